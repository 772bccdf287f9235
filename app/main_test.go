package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// programVar names the program that the test binary is to be, instead of running tests.
const programVar = "BERTH_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if program := os.Getenv(programVar); program != "" {
		app.Main(programs[program]...)
		fmt.Println("returned")
		return
	}
	goleak.VerifyTestMain(m)
}

// opened is a singleton that says when it is released.
type opened struct{}

func open() (*opened, func()) { return &opened{}, func() { fmt.Println("released") } }

// signalMe asks the test for its next signal.
func signalMe() { fmt.Println("signal me") }

var (
	errBoom = errors.New("boom")

	wrongly = fx.Invoke(func(*opened) {}) // nothing provides it

	hold  = fx.Options(di.Singleton(open), fx.Invoke(func(*opened) {}))
	forth = hosting.Run(func(ctx context.Context) error { <-ctx.Done(); return nil })
)

var programs = map[string][]fx.Option{
	"running": {hold, forth, hosting.Service(newReady)},
	"reading": {hold, config.Load(config.From("a store that does not answer", deaf{}))},
	"constructing": {
		hold,
		di.Singleton(func(ctx context.Context, _ *opened) (*ready, error) {
			signalMe()
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}),
		fx.Invoke(func(*ready) {}),
		forth,
	},
	"constructing deaf": {
		hold,
		app.Grace(time.Second),
		di.Singleton(func(*opened) *ready {
			signalMe()
			select {}
		}),
		fx.Invoke(func(*ready) {}),
	},
	"starting": {hold, lifecycle.OnStart(func(ctx context.Context) error {
		signalMe()
		<-ctx.Done()
		return ctx.Err()
	})},
	"stopping":       {hold, lifecycle.OnStop(func() { signalMe(); select {} }), lifecycle.OnStart(signalMe)},
	"fault":          {hold, hosting.Run(func(context.Context) error { return errBoom })},
	"gives up":       {hold, hosting.Run(func(context.Context) error { return errBoom }, hosting.Restart(hosting.Policy{First: 1, Failures: 2}))},
	"panic in a run": {hold, hosting.Run(func(context.Context) { panic("secret") })},
	"shutdown":       {hold, lifecycle.OnStart(func(s lifecycle.Shutdown) { s(errBoom); s(nil) })},
	"late cause": {hold, hosting.Run(func(ctx context.Context, s lifecycle.Shutdown) {
		s(errBoom)
		<-ctx.Done()
		s(errors.New("bang"))
	})},
	"start fails":        {hold, lifecycle.OnStart(func() error { return errBoom })},
	"stop fails":         {hold, lifecycle.OnStop(func() error { return errBoom }), app.RunOnce(func() {})},
	"constructor fails":  {hold, fx.Provide(func() (*ready, error) { return nil, errBoom }), fx.Invoke(func(*opened, *ready) {})},
	"constructor panics": {hold, fx.Provide(newPanic), fx.Invoke(func(*opened, *ready) {})},
	"logger fails":       {app.Logger(func() (*zap.Logger, error) { return nil, errBoom })},
	"wiring":             {fx.Invoke(func(*opened) {}), di.Singleton(func(*ready) *opened { return nil })},
	"circle of fx":       {fx.Provide(func(*ready) *opened { return nil }, func(*opened) *ready { return nil }), fx.Invoke(func(*opened) {})},
	"exit code":          {hold, fx.Invoke(func(s fx.Shutdowner) error { return s.Shutdown(fx.ExitCode(7)) })},
	"exit code 0":        {hold, fx.Invoke(func(s fx.Shutdowner) error { return s.Shutdown() })},
	"once":               {hold, forth, app.RunOnce(func(*opened) { fmt.Println("once") })},
	"help":               {wrongly, config.Load(config.Flags([]string{"--help"}))},
	"print config":       {hold, config.Load(config.Flags([]string{"--app.grace=3s", "--print-config"}))},
	"print wrong config": {hold, config.Load(config.Flags([]string{"--app.grace=s3cret", "--print-config"}))},
	"story":              story,
	"process":            process,
	"touchy":             {forth, app.Logger(func() *zap.Logger { return zap.New(touchy{}) }), app.RunOnce(func() {})},
	"reloading":          reloading,
	"unchanged":          {forth, config.Load(config.From("unchanged", &unchanged{}), config.Reload()), hosting.Service(newReady)},
	"once fails":         {hold, forth, app.RunOnce(func() error { return errBoom })},
}

// deaf is a provider that nothing interrupts.
type deaf struct{}

func (deaf) Read() (map[string]any, error) {
	signalMe()
	select {}
}

func newPanic() *ready { panic("secret") }

// ready asks for a signal when everything has been started.
type ready struct{}

func newReady() *ready { return &ready{} }

func (*ready) Start(context.Context) error { return nil }

func (*ready) Started(context.Context) error {
	signalMe()
	return nil
}

// A result is what became of a program.
type result struct {
	code   int
	stdout string
	log    []map[string]any
	stderr string
}

// runText runs the test binary as a program, and sends it the next signal each time it asks.
func runText(t *testing.T, program string, signals ...syscall.Signal) result {
	t.Helper()
	if runtime.GOOS == "windows" && len(signals) > 0 {
		t.Skip("processes cannot be sent signals here")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), programVar+"="+program)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var r result
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		r.stdout += lines.Text() + "\n"
		if lines.Text() == "signal me" && len(signals) > 0 {
			if err := cmd.Process.Signal(signals[0]); err != nil {
				t.Error(err)
			}
			signals = signals[1:]
		}
	}
	err = cmd.Wait()
	r.code = cmd.ProcessState.ExitCode()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		r.code = 128 + int(status.Signal()) // as a shell says it
	}
	if err != nil && (r.code < 0 || r.code == 128+int(syscall.SIGKILL)) {
		t.Errorf("program ended by itself: %v", err)
	}
	r.stderr = stderr.String()
	return r
}

// runProgram runs a program that logs as JSON.
func runProgram(t *testing.T, program string, signals ...syscall.Signal) result {
	t.Helper()
	r := runText(t, program, signals...)
	for line := range strings.Lines(r.stderr) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("line on standard error is no JSON: %s", line)
		}
		r.log = append(r.log, entry)
	}
	return r
}

// errors are the texts of all errors in the log.
func (r result) errors() []string {
	var texts []string
	for _, entry := range r.log {
		if text, ok := entry["error"].(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// HO-061, HO-080, HO-084
func TestMainEndsAsItsApplicationDoes(t *testing.T) {
	const (
		sigint  = syscall.SIGINT
		sigterm = syscall.SIGTERM
	)
	tests := []struct {
		program string
		signals []syscall.Signal
		code    int
		stdout  string
		errors  []string // part of each error that is logged
	}{
		{program: "running", signals: []syscall.Signal{sigterm}, stdout: "signal me\nreleased\nreturned\n"},
		{program: "running", signals: []syscall.Signal{sigint}, stdout: "signal me\nreleased\nreturned\n"},
		{program: "reading", signals: []syscall.Signal{sigterm}, code: 143, stdout: "signal me\n"},
		{program: "constructing", signals: []syscall.Signal{sigterm}, stdout: "signal me\nreleased\nreturned\n"},
		{program: "constructing deaf", signals: []syscall.Signal{sigterm}, code: 1, stdout: "signal me\n", errors: []string{"app_test.init"}},
		{program: "starting", signals: []syscall.Signal{sigterm}, stdout: "signal me\nreleased\nreturned\n"},
		{program: "stopping", signals: []syscall.Signal{sigint, sigterm}, code: 143, stdout: "signal me\nsignal me\n"},
		{program: "stopping", signals: []syscall.Signal{sigterm, sigint}, code: 130, stdout: "signal me\nsignal me\n"},
		{program: "fault", code: 1, stdout: "released\n", errors: []string{"boom"}},
		{program: "gives up", code: 1, stdout: "released\n", errors: []string{"boom", "2 failures within 1m0s, the last: boom"}},
		{program: "panic in a run", code: 1, stdout: "released\n", errors: []string{"panic with a string"}},
		{program: "shutdown", code: 1, stdout: "released\n", errors: []string{"boom"}},
		{program: "late cause", code: 1, stdout: "released\n", errors: []string{"boom", "bang"}},
		{program: "start fails", code: 1, stdout: "released\n", errors: []string{"boom"}},
		{program: "stop fails", code: 1, stdout: "released\n", errors: []string{"boom"}},
		{program: "constructor fails", code: 1, stdout: "released\n", errors: []string{"boom"}},
		{program: "constructor panics", code: 1, stdout: "released\n", errors: []string{"app_test.newPanic"}},
		{program: "logger fails", code: 1, errors: []string{"boom"}},
		{program: "wiring", code: 1, errors: []string{"missing *app_test.ready"}},
		{program: "exit code", code: 7, stdout: "released\n", errors: []string{"exit code 7"}},
		{program: "exit code 0", stdout: "released\nreturned\n"},
		{program: "once", stdout: "once\nreleased\nreturned\n"},
		{program: "reloading", signals: []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP, sigterm}, stdout: "signal me\nread 2\nsignal me\nread 3\nsignal me\nreturned\n"},
		{program: "once fails", code: 1, stdout: "released\n", errors: []string{"boom"}},
	}
	for _, test := range tests {
		t.Run(test.program, func(t *testing.T) {
			t.Parallel()
			r := runProgram(t, test.program, test.signals...)
			if r.code != test.code {
				t.Errorf("exit code is %d, want %d", r.code, test.code)
			}
			if r.stdout != test.stdout {
				t.Errorf("program printed %q, want %q", r.stdout, test.stdout)
			}
			got := r.errors()
			ok := len(got) == len(test.errors)
			for i := range min(len(got), len(test.errors)) {
				ok = ok && strings.Contains(got[i], test.errors[i])
			}
			if !ok {
				t.Errorf("logged errors %q, want one with each of %q", got, test.errors)
			}
			// The value of a panic stands in a field of its own, never in a message.
			if n := strings.Count(r.stderr, "secret"); n != strings.Count(r.stderr, `"panic":"secret"`) {
				t.Error("the value of a panic is in a message")
			}
			if t.Failed() {
				t.Log(r.stderr)
			}
		})
	}
}

func TestLogOfASmallProgramFitsOnOneScreen(t *testing.T) {
	r := runProgram(t, "running", syscall.SIGTERM)
	if len(r.log) > 15 {
		t.Errorf("log has %d lines:\n%s", len(r.log), r.stderr)
	}
}

func TestSignalToReloadIsLoggedEvenIfNothingHasChanged(t *testing.T) {
	r := runProgram(t, "unchanged", syscall.SIGHUP, syscall.SIGTERM)
	var lines []string
	for _, entry := range r.log {
		if msg := fmt.Sprint(entry["msg"]); strings.HasPrefix(msg, "signal") || strings.Contains(msg, "configuration") {
			lines = append(lines, msg)
		}
	}
	want := []string{"signal received, the configuration is read anew", "signal received, a second one exits at once"}
	if !slices.Equal(lines, want) {
		t.Errorf("logged %q, want %q", lines, want)
	}
}

func TestSecondSignalSaysWhatWasNotWaitedFor(t *testing.T) {
	r := runProgram(t, "stopping", syscall.SIGTERM, syscall.SIGTERM)
	var named []string
	for _, entry := range r.log {
		if entry["msg"] == "not waited for any longer" {
			named = append(named, fmt.Sprint(entry["name"], " ", entry["place"], " ", entry["in"]))
		}
	}
	if len(named) != 1 || !strings.Contains(named[0], "app/main_test.go:") || !strings.HasSuffix(named[0], " stop") {
		t.Errorf("named %q; wrote\n%s", named, r.stderr)
	}
}
