package app_test

import (
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
)

func TestMainPrintsAPageInsteadOfRunning(t *testing.T) {
	for _, c := range []struct {
		program string
		code    int
		printed string
		log     string
	}{
		{program: "help", printed: "--app.stop_timeout  duration"},
		{program: "print config", printed: "app.grace = 3s "},
		{program: "print wrong config", code: 1, printed: "app.grace = (invalid) ", log: `key \"app.grace\" in flag --app.grace must be a duration`},
	} {
		t.Run(c.program, func(t *testing.T) {
			t.Parallel()
			r := runProgram(t, c.program)
			if r.code != c.code || !strings.Contains(r.stdout, c.printed) {
				t.Errorf("exit code %d, printed\n%s", r.code, r.stdout)
			}
			if strings.Contains(r.stdout, "released") || strings.Contains(r.stdout+r.stderr, "s3cret") {
				t.Errorf("constructed something, or shows a value\n%s%s", r.stdout, r.stderr)
			}
			if !strings.Contains(r.stderr, c.log) || c.log == "" && r.stderr != "" {
				t.Errorf("logged %s", r.stderr)
			}
		})
	}
}

func TestPagesAreForMainOnly(t *testing.T) {
	err := app.Run(t.Context(), fx.NopLogger, config.Load(config.Flags([]string{"--help"})))
	if err == nil || err.Error() != "flags --help and --print-config are answered by app.Main only" {
		t.Errorf("got %v", err)
	}
}
