package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/settings"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/internal/testsetup"
	"github.com/berth-go/berth/lifecycle"
)

// An App is one application: constructed by New, started once and stopped once. Its methods are safe for
// goroutines.
type App struct {
	engine  *supervise.Engine
	journal *journal
	keys    limitKeys                 // of the section "app"
	keysIn  *confbind.Snapshot        // has them
	page    *page                     // to be printed instead of a run, or nil
	graph   *fxgraph.Graph            // nil if the options are wrong, or were only to be checked
	renew   func()                    // asks for a reload of the configuration, or nil
	err     error                     // of the options, or of the construction in New
	signal  atomic.Pointer[os.Signal] // at which Main stops
}

// An ExitError is what Run returns, with the Code, after a shutdown by fx.Shutdowner with fx.ExitCode(n), n not 0. Main
// exits with that code.
type ExitError = supervise.ExitError

// New checks the options, all of them before anything is constructed, and constructs the application in
// the calling goroutine, without a time limit. It always returns an App; Err says whether it failed, and
// then everything that was constructed has been released already.
//
// An App that was constructed must be stopped, also if it is never started. A nil option says nothing.
func New(opts ...fx.Option) *App {
	a := compile(opts, wiring{})
	if a.graph == nil {
		return a
	}
	returned := false
	defer func() {
		if !returned { // a constructor has exited this goroutine, as t.FailNow does
			_ = a.engine.Stop(context.Background())
		}
	}()
	if err := a.build(); err != nil {
		if a.interrupted(err) {
			err = supervise.ErrStopping
			if cause := a.engine.Cause(); cause != nil {
				err = cause
			}
		}
		a.err = join(err, a.engine.Stop(context.Background()))
	}
	returned = true
	return a
}

// Run constructs, starts and stops an application, and returns when it has stopped. It is Main without
// signals and exit code, for programs that own their main function.
//
// The application stops when ctx ends, when somebody calls lifecycle.Shutdown or fx.Shutdowner, and when
// a service fails; each interrupts a construction or start under way. The start limit covers construction
// too, which runs in a goroutine of its own.
//
// Run returns nil after a clean stop. Otherwise it returns the joined errors: what is wrong with the
// options, what failed to be constructed or started, the causes given to Shutdown, the fault of a service, and
// what failed or hung while stopping.
//
// An application that is run inside another, in a constructor or a unit, is one of its own: it stops when the context that it
// is given ends.
func Run(ctx context.Context, opts ...fx.Option) error {
	return compile(opts, wiring{}).run(ctx)
}

// Err is nil while all is well. If New failed, it is why. Once Done is closed, it is why the application
// stops: the causes given to Shutdown and the faults of services, joined, or nil for a clean stop.
func (a *App) Err() error {
	if a.err != nil {
		return a.err
	}
	return a.engine.Cause()
}

// Done is closed once the application is to be stopped because somebody has called Shutdown or a service
// has failed. Who has called Start then calls Stop. It is not closed by Stop alone.
func (a *App) Done() <-chan struct{} { return a.engine.Requested() }

// Start starts the application and returns when everything has been started. ctx, and the start limit,
// bound the start only. If anything fails or interrupts the start, everything started or constructed is
// stopped and released before Start returns the joined errors; after an interruption without a cause,
// that is lifecycle.ErrStopping. If New failed, Start returns that error.
func (a *App) Start(ctx context.Context) error {
	if a.err != nil {
		return a.err
	}
	return a.engine.Start(whole(ctx))
}

// Stop stops the application and releases everything, within the stop limit, and returns what failed or
// hung, joined. It interrupts a start under way, and before a start it releases what New constructed.
// Every call returns, once the stop is over, the result of the first. The end of ctx shortens the stop,
// but hooks and cleanups always run.
func (a *App) Stop(ctx context.Context) error {
	if a.graph == nil {
		return nil // nothing was constructed
	}
	return a.engine.Stop(whole(ctx))
}

// Run starts the application, waits until ctx ends or the application is to be stopped, and stops it. It
// returns what the function Run returns.
func (a *App) Run(ctx context.Context) error {
	if a.interrupted(a.err) {
		return a.engine.Result()
	}
	if a.err != nil {
		return a.err
	}
	defer a.shutdownAfter(ctx)()
	return a.serve(context.WithoutCancel(whole(ctx)))
}

// run is Run for an App that has not been constructed.
func (a *App) run(ctx context.Context) error {
	if a.err != nil {
		return a.err
	}
	defer a.shutdownAfter(ctx)()
	ctx = context.WithoutCancel(whole(ctx))
	if err := a.engine.Construct(ctx, a.build); err != nil {
		return a.engine.Result()
	}
	return a.serve(ctx)
}

// whole is ctx or, where that is nil, a context that bounds nothing.
func whole(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}

// shutdownAfter makes the end of ctx a clean stop.
func (a *App) shutdownAfter(ctx context.Context) (release func() bool) {
	ctx = whole(ctx)
	if ctx.Err() != nil {
		a.engine.Shutdown(nil)
	}
	return context.AfterFunc(ctx, func() { a.engine.Shutdown(nil) })
}

// serve starts and stops what has been constructed.
func (a *App) serve(ctx context.Context) error {
	if err := a.engine.Start(ctx); errors.Is(err, supervise.ErrStarted) {
		return err
	} else if err == nil {
		select {
		case <-a.engine.Requested():
			a.graph.Stopping(a.signal.Load())
		case <-a.engine.Stopping(): // somebody has called Stop
		}
	}
	_ = a.engine.Stop(ctx) // part of the result
	return a.engine.Result()
}

// build has fx construct the application. What a constructor panics with becomes an error.
func (a *App) build() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fxgraph.Panicked(v)
		}
	}()
	if err := fx.New(a.graph.Options...).Err(); err != nil {
		return a.graph.Failure(err)
	}
	return hosting.CheckOnly(a.engine)
}

// interrupted reports whether construction ended in err because a constructor had called Shutdown.
func (a *App) interrupted(err error) bool {
	return errors.Is(err, supervise.ErrStopping) && a.engine.Interrupted() != nil
}

// A wiring is how the application is joined to what is around it.
type wiring struct {
	loud  bool      // Main: errors are logged here
	outer func(any) // Module: given fx's own Lifecycle and Shutdowner
}

// compile checks the options. It constructs nothing.
func compile(opts []fx.Option, w wiring) *App {
	setup := testsetup.Of(opts)
	a := &App{journal: newJournal(setup.Logger, w.loud)}
	a.engine = supervise.New(a.journal.record)
	a.journal.root = logs.Of(a.engine)
	graph, err := fxgraph.Compile(append(a.journal.options(w.outer == nil), opts...), fxgraph.Config{
		Engine:    a.engine,
		Adapt:     adapters(a.journal.root),
		Builtins:  append(builtins(a.journal), a.limits(), a.triggers(), settings.Builtin()),
		CheckOnly: setup.CheckOnly,
		Outer:     w.outer,
	})
	if a.page = pageOf(graph, a.engine, err); a.page != nil && !setup.CheckOnly {
		a.err = join(errPage, err)
		return a
	}
	if err != nil || setup.CheckOnly {
		a.err = err
		return a
	}
	if w.outer == nil {
		a.journal.fx = graph.Events()
	}
	if a.err = a.configure(graph); a.err == nil {
		a.graph = graph
	}
	return a
}

// builtins are what an application provides unless its options do.
func builtins(j *journal) []fx.Option {
	return append(j.builtins(),
		decl.Builtin(func(engine any, _ string) lifecycle.Shutdown {
			return engine.(*supervise.Engine).Shutdown
		}),
		decl.Builtin(func(engine any, _ string) *lifecycle.Status {
			return lifecycle.NewStatus(engine.(*supervise.Engine))
		}),
		decl.Builtin(func(engine any, _ string) *hosting.Triggers {
			return hosting.TriggersOf(engine.(*supervise.Engine))
		}),
		decl.Builtin(func(engine any, _ string) *health.Health {
			return health.Of(engine.(*supervise.Engine))
		}),
	)
}

// configure applies the settings among the options.
func (a *App) configure(graph *fxgraph.Graph) error {
	limits := supervise.Limits{Start: graph.StartTimeout, Stop: graph.StopTimeout}
	var errs []error
	for _, s := range graph.Settings {
		switch v := s.Value.(type) {
		case limit:
			errs = append(errs, v.apply(&limits, s.Here.Place()))
		case logs.Extra:
			if v == nil {
				errs = append(errs, fmt.Errorf("option log.Fields at %v has no function", s.Here.Place()))
				break
			}
			a.journal.root.Extra = append(a.journal.root.Extra, v)
		case testsetup.Only:
			hosting.Only(a.engine, v...)
			supervise.Local(a.engine, newOnly).given = true
		}
	}
	conf := settings.Of(a.engine, graph.Settings)
	errs = append(errs, conf.Late()...)
	if watch := conf.Watch(); watch != nil {
		a.engine.Add(watch)
		a.renew = conf.Ask
	}
	a.keys.apply(&limits)
	a.engine.Configure(limits)
	errs = append(errs, a.keys.misfits(a.engine.Limits().Stop, a.keysIn)...)
	a.journal.budgets = a.budgets(graph.Settings)
	return errors.Join(errs...)
}

// join is errors.Join that leaves a single error as it is.
func join(err, other error) error {
	if other == nil {
		return err
	}
	return errors.Join(err, other)
}
