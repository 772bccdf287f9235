package app_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/internal/golden"
	"github.com/berth-go/berth/lifecycle"
)

// story is a short program that has a bad day.
var story = []fx.Option{
	config.Load(config.Values(map[string]any{"log.encoding": "console"})),
	web.Serve("127.0.0.1:0"),
	web.Handle("GET /carts", func() {}),
	lifecycle.OnStart(func(l *zap.Logger) { l.Info("schema is up to date", zap.Int("version", 7)) }),
	hosting.Every(time.Hour, func(l *zap.Logger) error {
		l.Info("looking for old carts", zap.Int("found", 2))
		return errors.New("cart 7 is locked")
	}, hosting.Name("carts.Expire")),
	hosting.Run(func(ctx context.Context, s *lifecycle.Status, triggers *hosting.Triggers) error {
		<-s.Started()
		expire, _ := triggers.Find("carts.Expire")
		_ = expire.RunNow(ctx)
		return errors.New("license has expired")
	}, hosting.Name("license.Watch")),
}

var (
	timeOfDay = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3}`)
	lasted    = regexp.MustCompile(`("took": ")[^"]*"`)
	compiler  = regexp.MustCompile(`("go": ")[^"]*"`)
	revision  = regexp.MustCompile(`("version": "[^"]*", )?("revision": "[^"]*", )?("modified": true, )?"go"`)
	port      = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	unnamed   = regexp.MustCompile(`app_test\.(init|glob\.)+\.*func\d+(\.\d+)*`)
)

// The log of a short program fits on one screen. The page docs/logging.md shows it.
func TestLogReadsLikeAStory(t *testing.T) {
	got := runText(t, "story").stderr
	got = timeOfDay.ReplaceAllString(got, "09:30:00.000")
	got = lasted.ReplaceAllString(got, `${1}1ms"`)
	got = revision.ReplaceAllString(got, `"version": "v1.4.2", "go"`)
	got = compiler.ReplaceAllString(got, `${1}go1.26.0"`)
	got = port.ReplaceAllString(got, "127.0.0.1:8080")
	got = strings.ReplaceAll(unnamed.ReplaceAllString(got, "carts.Unit"), "app/main_log_test.go", "carts/module.go")
	got = golden.Scrub(got)
	golden.Check(t, "story", got)
	page, err := os.ReadFile("../docs/logging.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), got) {
		t.Errorf("docs/logging.md does not show the log:\n%s", got)
	}
}

// process writes by the loggers of the process.
var process = []fx.Option{
	config.Load(config.Values(map[string]any{"log.encoding": "json"})),
	app.RunOnce(func() {
		log.Print("by log")
		slog.Warn("by slog", "n", 1)
		zap.L().Info("by zap")
	}),
}

func TestMainTakesTheLoggersOfTheProcess(t *testing.T) {
	r := runText(t, "process")
	for _, want := range []string{`"level":"info"`, `"msg":"by log"`, `"level":"warn"`, `"msg":"by slog","n":1`, `"msg":"by zap"`} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("log has no %s:\n%s", want, r.stderr)
		}
	}
}

func TestRunLeavesTheLoggersOfTheProcessAlone(t *testing.T) {
	std, global, out := slog.Default(), zap.L(), log.Writer()
	runOnce(t, fx.Invoke(func(*zap.Logger, *slog.Logger) {}))
	if slog.Default() != std || zap.L() != global || log.Writer() != out {
		t.Error("a logger of the process was replaced")
	}
}

// touchy is a core that says when it is flushed, and panics when the application stops.
type touchy struct{}

func (touchy) Enabled(zapcore.Level) bool             { return true }
func (t touchy) With([]zap.Field) zapcore.Core        { return t }
func (touchy) Sync() error                            { fmt.Println("flushed"); return nil }
func (touchy) Write(zapcore.Entry, []zap.Field) error { return nil }

func (t touchy) Check(e zapcore.Entry, _ *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if e.Message == "application stopping" {
		panic("touched")
	}
	return nil
}

func TestLogIsFlushedAfterAPanicOfMain(t *testing.T) {
	r := runText(t, "touchy")
	if r.code != 2 || !strings.HasSuffix(r.stdout, "flushed\n") {
		t.Errorf("exit code is %d, output\n%s", r.code, r.stdout)
	}
}
