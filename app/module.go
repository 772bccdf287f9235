package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// Module makes the options of an application out of ours and fx's for a program that calls fx.New itself:
//
//	fx.New(app.Module(opts...)).Run()
//
// All options of the program belong inside. Wiring checks, lifetimes, scopes and the order and guarantees of hooks
// are those of New, and what was constructed is released if fx.New fails. Signals, time limits and the exit
// code are fx's, and so is what happens when a constructor panics.
//
// Module stands at the root of fx.New, not inside an fx.Module, and serves one fx.New: call it again for
// another. In Main, Run and New pass the options themselves.
func Module(opts ...fx.Option) fx.Option {
	here := place.Caller()
	m := &module{at: here.Place()}
	m.app = compile(opts, wiring{outer: m.join})
	if m.app.err != nil {
		return fx.Error(m.app.err)
	}
	m.app.engine.Add(&supervise.Task{
		Name:  "fx.Shutdowner",
		Kind:  "Module",
		Place: m.at,
		Stage: supervise.AfterIntake,
		Run:   m.watch,
	})
	return decl.Compiled{Here: here, Option: fx.Options(
		fx.Module("app", fx.Invoke(m.first)), // Invokes of a module run before those of the root
		fx.Options(m.app.graph.Options...),
		fx.Invoke(func(fx.Lifecycle, fx.Shutdowner) error { return hosting.CheckOnly(m.app.engine) }),
		fx.ErrorHook(m),
	)}
}

// A module is an application that fx starts and stops.
type module struct {
	app        *App
	at         place.Place
	used       atomic.Bool
	started    atomic.Bool
	told       atomic.Bool   // fx has got the error of a failed start
	shutdowner fx.Shutdowner // fx's own
}

// errReused is what a second fx.New with one Module comes to.
var errReused = errors.New("app.Module serves one fx.New: call it again for another")

func (m *module) first() error {
	if m.used.Swap(true) {
		return fmt.Errorf("module at %v is used a second time: %w", m.at, errReused)
	}
	return nil
}

// join is given fx's own lifecycle and shutdowner, once each, while fx constructs.
func (m *module) join(own any) {
	switch own := own.(type) {
	case fx.Shutdowner:
		m.shutdowner = own
	case fx.Lifecycle:
		// Two hooks: fx stops the first also while the second starts, or if that fails.
		own.Append(fx.Hook{OnStop: m.stop})
		own.Append(fx.Hook{OnStart: m.start})
	}
}

// start starts the application. Where a shutdown has interrupted that, which is no failure, fx is told of the
// shutdown as it is of one that comes later.
func (m *module) start(ctx context.Context) error {
	if m.started.Swap(true) {
		return fmt.Errorf("module at %v is started a second time: %w", m.at, supervise.ErrStarted)
	}
	err := m.app.engine.Start(ctx)
	if err == nil {
		return nil
	}
	select {
	case <-m.app.engine.Requested():
		switch result := m.app.engine.Result().(type) { //nolint:errorlint // an error joined to it is a failure
		case nil, *ExitError:
			return m.shutdowner.Shutdown(fx.ExitCode(exitCode(result)))
		}
	default: // a failure, or a Stop
	}
	m.told.Store(true)
	return err
}

func (m *module) stop(ctx context.Context) error {
	err := m.app.engine.Stop(ctx)
	if m.told.Load() {
		return nil
	}
	var exit *ExitError
	if errors.As(m.app.engine.Cause(), &exit) {
		return err // an error here would hide the exit code from fx, which has had it
	}
	return m.app.engine.Result()
}

// watch passes a shutdown of the application on to fx.
func (m *module) watch(turn supervise.Turn) error {
	select {
	case <-turn.Context.Done():
		return nil
	case <-m.app.engine.Requested():
		return m.shutdowner.Shutdown(fx.ExitCode(exitCode(m.app.engine.Cause())))
	}
}

// HandleError releases what was constructed before fx.New failed.
func (m *module) HandleError(err error) {
	if !errors.Is(err, errReused) {
		_ = m.app.engine.Stop(context.Background()) // fx has no place for a second error; it is an event
	}
}
