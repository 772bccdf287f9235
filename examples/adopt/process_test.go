package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/app"
)

// The test binary runs itself as a program: a scenario, in one of the ways that a program can be run.
const (
	scenarioVar = "ADOPT_SCENARIO"
	wayVar      = "ADOPT_WAY"
)

func TestMain(m *testing.M) {
	if name := os.Getenv(scenarioVar); name != "" {
		programs[os.Getenv(wayVar)](scenarios[name].options()...)
		return
	}
	goleak.VerifyTestMain(m)
}

// programs are the main functions that are compared.
var programs = map[string]func(opts ...fx.Option){
	"app.Main": app.Main,
	"app.Run": func(opts ...fx.Option) {
		finish(app.Run(context.Background(), opts...))
	},
	"app.New": func(opts ...fx.Option) {
		a := app.New(opts...)
		finish(a.Run(context.Background()))
	},
	"app.Module": func(opts ...fx.Option) {
		module := app.Module(opts...)
		fx.New(module).Run()
	},
	"fx.New": func(opts ...fx.Option) { fx.New(opts...).Run() },
}

// finish ends a program as its own main function would.
func finish(err error) {
	var exit *app.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.Code)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%+v\n", err)
		os.Exit(1)
	}
}

// say writes a line of a scenario.
func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// toStderr is the logger of scenarios.
func toStderr() *zap.Logger {
	c := zap.NewProductionEncoderConfig()
	c.TimeKey = ""
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(c), zapcore.Lock(os.Stderr), zap.InfoLevel))
}

// An outcome is how a program ended.
type outcome struct {
	said string // line by line
	errs string // on standard error
	code int    // or killed, or hung
}

const (
	killed = -1 // by a signal
	hung   = -2 // it did not end
)

// execute runs a scenario as a process, and sends it the signals of the scenario, one each time it says "ready".
func execute(t *testing.T, way, scenario string) outcome {
	t.Helper()
	limit := 20 * time.Second
	if scenarios[scenario].hangs(way) {
		limit = time.Second
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	process := exec.CommandContext(ctx, os.Args[0])
	process.Env = append(os.Environ(), scenarioVar+"="+scenario, wayVar+"="+way)
	var errs bytes.Buffer
	process.Stderr = &errs
	said := &speech{signals: scenarios[scenario].signals}
	process.Stdout = said
	said.signal = func() {
		// fx listens to signals only some time after the program is ready.
		time.AfterFunc(100*time.Millisecond, func() { _ = process.Process.Signal(syscall.SIGTERM) })
	}
	err := process.Run()
	o := outcome{said: said.text.String(), errs: errs.String(), code: process.ProcessState.ExitCode()}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		o.code = hung
	case err != nil && !errors.As(err, &exit):
		t.Fatal(err)
	}
	return o
}

// A speech is what a process says. At each line "ready" it sends the process a signal, if there are any left.
type speech struct {
	text    strings.Builder
	signals int
	signal  func()
}

func (s *speech) Write(p []byte) (int, error) {
	before := strings.Count(s.text.String(), "ready\n")
	s.text.Write(p)
	for range strings.Count(s.text.String(), "ready\n") - before {
		if s.signals > 0 {
			s.signals--
			s.signal()
		}
	}
	return len(p), nil
}

// lines are what a process said, but for "ready".
func (o outcome) lines() string {
	return strings.ReplaceAll(strings.TrimSpace(strings.ReplaceAll(o.said, "ready\n", "")), "\n", ", ")
}
