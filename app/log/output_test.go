package log_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
)

// settings are those of the section log.
func settings(values map[string]any) fx.Option {
	return config.Load(config.Values(map[string]any{"log": values}))
}

// standardError returns what is written to standard error until the returned function is called.
func standardError(t *testing.T) (written func() string) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	real := os.Stderr
	os.Stderr = file
	t.Cleanup(func() { os.Stderr = real; file.Close() })
	return func() string { return read(t, file.Name()) }
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func run(t *testing.T, opts ...fx.Option) {
	t.Helper()
	if err := app.Run(t.Context(), app.RunOnce(say), fx.Options(opts...)); err != nil {
		t.Fatal(err)
	}
}

func say(l *zap.Logger) {
	l.Info("hello", zap.Error(errors.New("no harm")))
	l.Debug("psst")
}

// HO-118
func TestFileHoldsTheLogToTheLastLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.log")
	stderr := standardError(t)
	for range 2 { // the second appends
		run(t, settings(map[string]any{"output": file}))
	}
	text := read(t, file)
	if n := strings.Count(text, `"msg":"hello"`); n != 2 {
		t.Errorf("file has the line %d times:\n%s", n, text)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, "application stopped") {
		t.Errorf("last line is %s", last)
	}
	if got := stderr(); got != "" {
		t.Errorf("standard error has\n%s", got)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file is %v, %v", info.Mode(), err)
	}
}

// HO-120
func TestLineAfterTheStopGoesToStandardError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.log")
	stderr := standardError(t)
	var kept *zap.Logger
	run(t, settings(map[string]any{"output": file}), fx.Populate(&kept))
	kept.Info("late")
	if got := stderr(); !strings.Contains(got, `"msg":"late"`) || strings.Contains(read(t, file), "late") {
		t.Errorf("standard error has\n%s", got)
	}
}

func TestFullDiskFailsNobody(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	stderr := standardError(t)
	run(t, settings(map[string]any{"output": "/dev/full"}))
	if got := stderr(); !strings.Contains(got, `"msg":"hello"`) || !strings.Contains(got, "application stopped") {
		t.Errorf("standard error has\n%s", got)
	}
}

// broken is a core that can do nothing.
type broken struct{}

func (b broken) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return ce.AddCore(e, b)
}
func (broken) Enabled(zapcore.Level) bool             { return true }
func (b broken) With([]zap.Field) zapcore.Core        { return b }
func (broken) Write(zapcore.Entry, []zap.Field) error { return errors.New("disk is full") }
func (broken) Sync() error                            { return errors.New("disk is full") }

// HO-119, HO-121
func TestOtherCoresGetTheLineIfOneFails(t *testing.T) {
	works, lines := observer.New(zap.InfoLevel)
	both := zapcore.NewTee(broken{}, works)
	run(t, fx.Supply(zap.New(both, zap.ErrorOutput(zapcore.AddSync(io.Discard)))))
	if n := lines.FilterMessage("hello").Len(); n != 1 {
		t.Errorf("line was written %d times", n)
	}
}

func TestEncodingAndOutputAreSet(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.log")
	tests := []struct {
		name     string
		settings map[string]any
		want     string
	}{
		{"console", map[string]any{"encoding": "console"}, "  INFO  log_test.say  hello: no harm"},
		{"json", map[string]any{"encoding": "json"}, `"logger":"log_test.say","msg":"hello","error":"no harm"`},
		{"caller", map[string]any{"caller": true}, `"caller":"log/output_test.go:`},
		{"stack", map[string]any{"stacktrace": "info"}, "log_test.say"},
		{"level", map[string]any{"levels": map[string]any{"log_test": "debug"}}, `"msg":"psst"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_ = os.Remove(file)
			test.settings["output"] = file
			run(t, settings(test.settings))
			if text := read(t, file); !strings.Contains(text, test.want) {
				t.Errorf("no %q in\n%s", test.want, text)
			}
		})
	}
}

func TestSamplingDropsAFlood(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.log")
	flood := fx.Invoke(func(l *zap.Logger) {
		for range 1000 {
			l.Warn("flood")
		}
	})
	run(t, flood, settings(map[string]any{"output": file, "sampling": map[string]any{"first": 10, "thereafter": 0}}))
	lines := 0
	for line := range strings.Lines(read(t, file)) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry["msg"] == "flood" {
			lines++
		}
	}
	if lines < 10 || lines > 30 { // a second may begin in between
		t.Errorf("%d of 1000 lines were written", lines)
	}
}

func TestWrongSettingsAreErrors(t *testing.T) {
	tests := []struct {
		name     string
		settings map[string]any
		want     string
	}{
		{"encoding", map[string]any{"encoding": "s3cret"}, `encoding must be "auto", "console" or "json"`},
		{"stack", map[string]any{"stacktrace": "s3cret"}, `stacktrace must be a level such as "error", or "none"`},
		{"level", map[string]any{"levels": map[string]any{"orders": "s3cret"}}, "log.levels.orders"},
		{"sampling", map[string]any{"sampling": map[string]any{"first": -1}}, "sampling.first must not be negative"},
		{"dots", map[string]any{"levels": map[string]any{"orders.": "debug"}}, "log"},
		{"directory", map[string]any{"output": os.TempDir()}, `names a file that cannot be written: is a directory`},
		{"directory's place", map[string]any{"output": os.TempDir()}, `key "log.output" in config.Values at`},
		{"unknown", map[string]any{"outputs": "stdout"}, "log.outputs"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := app.New(settings(test.settings), fx.Invoke(func(*zap.Logger) {})).Err()
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error is %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestTwoApplicationsWriteToOutputsOfTheirOwn(t *testing.T) {
	a, b := filepath.Join(t.TempDir(), "a.log"), filepath.Join(t.TempDir(), "b.log")
	run(t, settings(map[string]any{"output": a}), fx.Invoke(func(l *zap.Logger) {
		run(t, settings(map[string]any{"output": b, "levels": map[string]any{"": "error"}}))
		l.Info("outer")
	}))
	if text := read(t, a); !strings.Contains(text, "outer") {
		t.Errorf("file of the outer one has\n%s", text)
	}
	if text := read(t, b); strings.Contains(text, "outer") || strings.Contains(text, "hello") {
		t.Errorf("file of the inner one has\n%s", text)
	}
}
