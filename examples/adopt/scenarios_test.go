package main_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/examples/adopt/jobs"
	"github.com/berth-go/berth/examples/adopt/program"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// A scenario is a small program, and how many times it is asked to terminate.
type scenario struct {
	opts    []fx.Option
	signals int
	plain   bool     // of fx alone
	never   []string // the ways in which it does not end
}

func (s scenario) options() []fx.Option {
	if s.plain {
		return s.opts
	}
	return append(s.opts, app.Logger(toStderr))
}

func (s scenario) hangs(way string) bool { return slices.Contains(s.never, way) }

type (
	pool   struct{}
	report struct{}
	// A Tx is one piece of work.
	Tx struct{ number int }
	// Work runs a unit.
	Work func(context.Context) error
)

var errSick = errors.New("sick")

// pooled is a singleton that says when it is made and released.
var pooled = fx.Options(
	di.Singleton(func() (*pool, func()) {
		say("pool made")
		return &pool{}, func() { say("pool released") }
	}),
	fx.Invoke(func(*pool) {}),
)

// hook is a pair of hooks of fx that say when they run.
func hook(name string) fx.Option {
	return fx.Invoke(func(lc fx.Lifecycle) {
		lc.Append(fx.StartStopHook(func() { say("%s started", name) }, func() { say("%s stopped", name) }))
	})
}

// hooked is a hook of fx.
func hooked(h fx.Hook) fx.Option { return fx.Invoke(func(lc fx.Lifecycle) { lc.Append(h) }) }

// done ends the program once it runs.
var done = hosting.Run(func(_ context.Context, s *lifecycle.Status, shutdown lifecycle.Shutdown) {
	<-s.Started()
	shutdown(nil)
}, hosting.Name("done"))

// ready says so once the program runs, and again when it is stopping.
var ready = hosting.Run(func(ctx context.Context, s *lifecycle.Status) {
	<-s.Started()
	say("ready")
	<-s.Stopping()
	say("stopping")
	say("ready")
}, hosting.Name("ready"))

func hang(context.Context) error { select {} }

// startLimit is for starts that hang. A process on a busy machine comes that far within it.
const startLimit = time.Second

var scenarios = map[string]scenario{
	"wrong": {opts: []fx.Option{
		pooled,
		lifecycle.OnStart(func(*report) {}),
		di.Singleton(func(*Tx) *report { return nil }, di.Name("bad")),
		di.Scoped(func() *Tx { return nil }),
	}},
	"scopes": {opts: []fx.Option{
		done,
		di.Singleton(func() *int { return new(int) }),
		di.Scoped(func(n *int) (*Tx, func()) {
			*n++
			return &Tx{*n}, func() { say("tx %d released", *n) }
		}),
		di.Decorate(func(tx *Tx) *Tx { return &Tx{tx.number * 10} }),
		di.Singleton(func() *pool { panic("the real pool") }),
		di.Replace(&pool{}),
		scopes.Bind[Work](func(tx *Tx, _ *pool) { say("tx %d", tx.number) }),
		lifecycle.OnStart(func(ctx context.Context, w Work) error { return errors.Join(w(ctx), w(ctx)) }),
	}},
	"order": {opts: []fx.Option{
		pooled,
		hook("first"),
		lifecycle.OnStart(func() { say("unit") }),
		lifecycle.OnStop(func() { say("last unit") }),
		fx.Module("m", hook("inner")),
		done,
	}},
	"hook fails":  {opts: []fx.Option{hooked(fx.Hook{OnStart: func(context.Context) error { return errSick }})}},
	"hook panics": {opts: []fx.Option{hooked(fx.Hook{OnStart: func(context.Context) error { panic("secret") }})}},
	"hook hangs":  {opts: []fx.Option{app.StartTimeout(startLimit), hooked(fx.Hook{OnStart: hang})}},
	"start fails": {opts: []fx.Option{
		pooled,
		hook("first"),
		lifecycle.OnStop(func() { say("stop unit") }),
		lifecycle.OnStart(func() error { return errSick }),
		lifecycle.OnStart(func() { say("too far") }),
	}},
	"start hangs": {opts: []fx.Option{
		app.StartTimeout(startLimit), pooled, hook("first"), lifecycle.OnStart(hang),
	}},
	"start hangs by fx": {opts: []fx.Option{
		fx.StartTimeout(startLimit), fx.StopTimeout(2 * time.Second), pooled, hook("first"),
		// While this hook stops, a program whose Run does not wait for the hooks has exited.
		hooked(fx.Hook{OnStart: func(context.Context) error { return nil }, OnStop: func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		}}),
		lifecycle.OnStart(hang),
	}},
	"build fails": {opts: []fx.Option{
		pooled, hook("first"), fx.Provide(func(*pool) (*report, error) { return nil, errSick }), fx.Invoke(func(*report) {}),
	}},
	"triggers": {opts: []fx.Option{
		done,
		hosting.Loop(func(context.Context) { say("turn") }, hosting.Name("loop"), hosting.Delay(time.Hour)),
		lifecycle.OnStart(func(ctx context.Context, ts *hosting.Triggers, s *lifecycle.Status) error {
			say("%d triggers, %v", len(ts.All()), s.Phase())
			loop, _ := ts.Find("loop")
			return loop.RunNow(ctx)
		}),
	}},
	"ours panics": {opts: []fx.Option{
		pooled, di.Singleton(func(*pool) *report { panic("secret") }), fx.Invoke(func(*report) {}),
	}},
	"theirs panics": {opts: []fx.Option{
		pooled, fx.Provide(func(*pool) *report { panic("secret") }), fx.Invoke(func(*report) {}),
	}},
	"constructor hangs": {opts: []fx.Option{
		app.StartTimeout(100 * time.Millisecond), pooled,
		di.Singleton(func(*pool) *report { select {} }), fx.Invoke(func(*report) {}),
	}, never: []string{"app.New", "app.Module"}},
	"stop hangs": {opts: []fx.Option{
		app.StopTimeout(200 * time.Millisecond), pooled, hook("first"), hooked(fx.Hook{OnStop: hang}), done,
	}},
	"one signal":  {opts: []fx.Option{pooled, hook("first"), ready}, signals: 1},
	"two signals": {opts: []fx.Option{pooled, ready, hooked(fx.Hook{OnStop: hang})}, signals: 2, never: []string{"app.Module"}},
	"fault": {opts: []fx.Option{pooled, hosting.Run(func(_ context.Context, s *lifecycle.Status) error {
		<-s.Started()
		return errSick
	}, hosting.Name("patient"))}},
	"depot": {opts: []fx.Option{
		program.Options(context.Background(), toStderr()),
		fx.Invoke(func(lc fx.Lifecycle, dog *jobs.Watchdog) { lc.Append(fx.StartHook(dog.Bark)) }),
	}, plain: true},
	"exit code": {opts: []fx.Option{pooled, hosting.Run(func(_ context.Context, s *lifecycle.Status, shutdowner fx.Shutdowner) error {
		<-s.Started()
		return shutdowner.Shutdown(fx.ExitCode(5))
	})}},
}
