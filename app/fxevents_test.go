package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/lifecycle"
)

// spy is a program's own logger of fx's events.
type spy struct{ record *record }

func (s spy) LogEvent(ev fxevent.Event) {
	line := strings.TrimPrefix(fmt.Sprintf("%T", ev), "*fxevent.")
	switch e := ev.(type) {
	case *fxevent.Provided:
		line += fmt.Sprint(" ", e.ConstructorName, " ", e.OutputTypeNames, " in ", e.ModuleName)
		for _, frame := range slices.Concat(e.StackTrace, e.ModuleTrace) {
			if strings.Contains(frame, "pprof") || strings.Contains(frame, "berth/internal") || strings.Contains(frame, "berth/app.") {
				line += " from " + frame
			}
		}
	case *fxevent.Run:
		line += fmt.Sprint(" ", e.Kind, " ", e.Name)
	case *fxevent.BeforeRun:
		line += fmt.Sprint(" ", e.Kind, " ", e.Name)
	case *fxevent.Invoking:
		line += " " + e.FunctionName
	case *fxevent.Invoked:
		line += fmt.Sprint(" ", e.FunctionName, " ", e.Err)
	case *fxevent.OnStartExecuted:
		line += fmt.Sprint(" ", e.FunctionName, " of ", e.CallerName, " ", e.Err)
	case *fxevent.OnStopExecuted:
		line += fmt.Sprint(" ", e.FunctionName, " of ", e.CallerName, " ", e.Err)
	case *fxevent.LoggerInitialized:
		line += fmt.Sprint(" ", e.ConstructorName, " ", e.Err)
	case *fxevent.Started:
		line += fmt.Sprint(" ", e.Err)
	case *fxevent.RollingBack:
		line += fmt.Sprint(" ", e.StartErr)
	case *fxevent.RolledBack:
		line += fmt.Sprint(" ", e.Err)
	case *fxevent.Stopping:
		line += fmt.Sprint(" ", e.Signal)
	case *fxevent.Stopped:
		line += fmt.Sprint(" ", e.Err)
	}
	s.record.add(strings.ReplaceAll(line, "github.com/berth-go/berth/", ""))
}

// has wants lines, each once, and nothing of what fx is given in place of the program's own.
func (s spy) has(t *testing.T, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if n := len(slices.DeleteFunc(slices.Clone(s.record.lines), func(line string) bool { return line != want })); n != 1 {
			t.Errorf("%d events %q", n, want)
		}
	}
	for _, line := range s.record.lines {
		for _, helper := range []string{"makeFuncStub", "internal/", " app.", `"berth.`} {
			if strings.Contains(line, helper) {
				t.Errorf("event %q is about a helper", line)
			}
		}
	}
	if t.Failed() {
		t.Logf("events:\n\t%s", strings.Join(s.record.lines, "\n\t"))
	}
}

type (
	bell   struct{}
	tower  struct{}
	clock  struct{}
	sounds struct {
		fx.In
		Bells []*bell `group:"bells"`
	}
)

func newBell() *bell                 { return &bell{} }
func newTower(*bell) *tower          { return &tower{} }
func newClock(sounds, *tower) *clock { return &clock{} }
func gilded(b *bell) *bell           { return b }
func ring(*clock)                    {}
func appendHook(lc fx.Lifecycle)     { lc.Append(fx.StartStopHook(wind, unwind)) }
func wind()                          {}
func unwind() error                  { return errBoom }
func (s spy) logger() fxevent.Logger { return s }
func (s spy) inner() fxevent.Logger  { return s }

func TestLoggerOfTheProgramIsToldWhatFxWouldTell(t *testing.T) {
	s := spy{new(record)}
	a := app.New(quiet,
		fx.WithLogger(s.logger),
		fx.Provide(newBell),
		fx.Provide(fx.Annotate(newBell, fx.ResultTags(`group:"bells"`), fx.OnStart(wind))),
		di.Decorate(gilded),
		di.Singleton(newTower),
		fx.Module("clocks", fx.Provide(newClock)),
		fx.Invoke(ring, appendHook),
		lifecycle.OnStart(func(*clock, sounds) {}),
	)
	if err := errors.Join(a.Err(), a.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(t.Context()); !errors.Is(err, errBoom) {
		t.Error(err)
	}
	s.has(t,
		"LoggerInitialized app_test.spy.logger-fm() <nil>",
		"Provided app_test.newBell() [*app_test.bell] in ",
		"BeforeRun provide app_test.newBell()",
		"Run provide app_test.newBell()",
		"Provided fx.Annotate(app_test.newBell(), fx.ResultTags([\"group:\\\"bells\\\"\"]) [*app_test.bell[group = \"bells\"]] in ",
		"Run provide fx.Annotate(app_test.newBell(), fx.ResultTags([\"group:\\\"bells\\\"\"])",
		"Provided app_test.newTower() [*app_test.tower] in ",
		"Run provide app_test.newTower()",
		"Provided app_test.newClock() [*app_test.clock] in clocks",
		"Invoking app_test.ring()",
		"Invoked app_test.ring() <nil>",
		"OnStartExecuted app_test.wind() of app_test.appendHook <nil>",
		"OnStopExecuted app_test.unwind() of app_test.appendHook boom",
		"Started <nil>",
	)
}

// ender is a logger that ends a run as soon as all is started.
type ender struct {
	spy
	end context.CancelFunc
}

func (e ender) LogEvent(ev fxevent.Event) {
	e.spy.LogEvent(ev)
	if _, ok := ev.(*fxevent.Started); ok {
		e.end()
	}
}

func TestLoggerOfTheProgramIsToldThatARunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := ender{spy{new(record)}, cancel}
	if err := app.Run(ctx, quiet, fx.WithLogger(func() fxevent.Logger { return s }), fx.Invoke(ring), fx.Provide(newBell, newTower, newClock)); err != nil {
		t.Error(err)
	}
	s.has(t, "Run provide app_test.newClock()", "Started <nil>", "Stopping terminated", "Stopped <nil>")
}

func TestLoggerOfAModuleIsToldOfItsModule(t *testing.T) {
	outer, inner := spy{new(record)}, spy{new(record)}
	a := app.New(quiet, fx.WithLogger(outer.logger),
		di.Singleton(newTower),
		fx.Module("clocks", fx.WithLogger(inner.inner), fx.Provide(newClock), di.Decorate(gilded), fx.Module("bells", fx.Provide(newBell))),
		fx.Invoke(ring),
	)
	if err := errors.Join(a.Err(), a.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	outer.has(t, "Provided app_test.newTower() [*app_test.tower] in ", "Run provide app_test.newTower()", "Invoking app_test.ring()")
	inner.has(t,
		"LoggerInitialized app_test.spy.inner-fm() <nil>",
		"Provided app_test.newClock() [*app_test.clock] in clocks", "Run provide app_test.newClock()",
		"Provided app_test.newBell() [*app_test.bell] in bells", "Run provide app_test.newBell()",
	)
}

func TestLoggerOfTheProgramIsToldOfAFailedStart(t *testing.T) {
	s := spy{new(record)}
	a := app.New(quiet, fx.WithLogger(s.logger), fx.Invoke(appendHook), lifecycle.OnStart(func() error { return errBoom }))
	if err := a.Start(t.Context()); !errors.Is(err, errBoom) {
		t.Error(err)
	}
	at := slices.IndexFunc(s.record.lines, func(line string) bool { return strings.HasPrefix(line, "RollingBack ") })
	if at < 0 {
		t.Fatalf("no rollback among %q", s.record.lines)
	}
	var events []string
	for _, line := range s.record.lines[at:] {
		event, told, _ := strings.Cut(line, " ")
		events = append(events, fmt.Sprint(event, " ", strings.Count(told, "boom")))
	}
	want := []string{"RollingBack 1", "OnStopExecuting 0", "OnStopExecuted 1", "RolledBack 1", "Started 2"}
	if !slices.Equal(events, want) {
		t.Errorf("got %q, want %q", s.record.lines[at:], want)
	}
	s.has(t, "OnStopExecuted app_test.unwind() of app_test.appendHook boom")
}

func TestLoggerOfEventsThatFailsIsNamed(t *testing.T) {
	err := app.New(quiet, fx.WithLogger(func() (fxevent.Logger, error) { return nil, errBoom })).Err()
	if !errors.Is(err, errBoom) || !strings.Contains(err.Error(), "app/fxevents_test.go:") {
		t.Errorf("Err is %v", err)
	}
}
