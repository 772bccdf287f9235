package lifecycle_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

// A stages is a hosted service with every method there is.
type stages struct {
	name string
	r    *record
}

func (s stages) say(what string) error { s.r.add("%s %s", what, s.name); return nil }

func (s stages) Starting(context.Context) error { return s.say("starting") }
func (s stages) Start(context.Context) error    { return s.say("start") }
func (s stages) Started(context.Context) error  { return s.say("started") }
func (s stages) Stopping(context.Context) error { return s.say("stopping") }
func (s stages) Stop(context.Context) error     { return s.say("stop") }
func (s stages) Stopped(context.Context) error  { return s.say("stopped") }

// built is a constructor whose construction and release are recorded.
func built[T any](r *record, name string, value T) func() (T, func()) {
	return func() (T, func()) {
		r.add("build %s", name)
		return value, func() { r.add("release %s", name) }
	}
}

// service is a hosted service that is built, passes through all stages and is released.
func (r *record) service(name string, opts ...hosting.Option) fx.Option {
	return hosting.Service(built(r, name, stages{name, r}), append(opts, hosting.Name(name))...)
}

// running is a Run that is recorded when its context ends.
func (r *record) running(name string, opts ...hosting.Option) fx.Option {
	return hosting.Run(func(ctx context.Context) error {
		<-ctx.Done()
		r.add("context of %s ends", name)
		return ctx.Err()
	}, append(opts, hosting.Name(name))...)
}

// listening tells what the application reports of triggers that have no Start of their own.
func (r *record) listening() fx.Option {
	return lifecycle.Listen(func(ev event.Event) {
		switch ev := ev.(type) {
		case event.TaskStarted:
			if ev.Kind != "Service" {
				r.add("start %s", ev.Name)
			}
		case event.TaskStopped:
			if ev.Kind != "Service" {
				r.add("stop %s", ev.Name)
			}
		case event.Started:
			r.add("RUNNING")
		case event.Stopping:
			r.add("STOPPING")
		case event.Stopped:
			r.add("STOPPED")
		}
	})
}

type (
	database struct{}
	pool     struct{}
	tx       struct{}
)

// program declares its parts in an order that is not the one in which they start.
func program(r *record) fx.Option {
	return fx.Options(quiet, r.listening(),
		hosting.Loop(func(ctx context.Context, _ *tx) error {
			<-ctx.Done() // a turn is under way when the stop begins
			r.add("grace of loop ends")
			return ctx.Err()
		}, hosting.Name("loop"), hosting.Delay(time.Second)),
		r.service("last", hosting.AfterIntake()),
		r.service("server", hosting.Intake()),
		r.running("consumer", hosting.Intake()),
		r.service("a"),
		lifecycle.OnStart(func(*tx) { r.add("OnStart one") }),
		lifecycle.OnStop(func(*tx) { r.add("OnStop two") }),
		fx.Module("storage",
			di.Singleton(func(lc fx.Lifecycle) (*database, func()) {
				r.add("build database")
				lc.Append(fx.StartStopHook(r.note("hook database starts"), r.note("hook database stops")))
				return &database{}, func() { r.add("release database") }
			}),
			di.Scoped(built(r, "tx", &tx{})),
			fx.Provide(fx.Annotate(func(*database) *pool { r.add("build pool"); return &pool{} },
				fx.OnStart(r.note("annotated pool starts")), fx.OnStop(r.note("annotated pool stops")))),
			fx.Invoke(func(lc fx.Lifecycle, _ *pool) {
				r.add("invoke")
				lc.Append(fx.Hook{OnStart: r.note("hook invoked starts"), OnStop: r.note("hook invoked stops")})
			}),
		),
		hosting.Every(time.Hour, func() {}, hosting.Name("timer")),
		r.running("runner"),
		lifecycle.OnStart(func() { r.add("OnStart three") }),
		r.service("b"),
	)
}

// HO-036, HO-052, HO-084
func TestEverythingStartsInItsStepAndStopsInReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		a := app.New(program(&r), app.DrainDelay(2*time.Second), app.Grace(3*time.Second))
		if a.Err() != nil {
			t.Fatal(a.Err())
		}
		// Step 1: what plain fx invokes first, then units in the order of declaration.
		r.want(t, "build database", "build pool", "invoke",
			"build last", "build server", "build a", "build b")

		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.want(t,
			// Step 2.
			"hook database starts", "annotated pool starts", "hook invoked starts",
			"build tx", "OnStart one", "release tx", "OnStart three",
			// The stages around the rest.
			"starting last", "starting server", "starting a", "starting b",
			// Step 3.
			"start a", "start runner", "start b",
			// Step 4.
			"start loop", "start timer",
			// Step 5.
			"start server", "start consumer",
			// Step 6.
			"start last",
			"started last", "started server", "started a", "started b",
			"RUNNING",
		)

		<-time.After(time.Minute)
		r.want(t, "build tx")

		began := time.Now()
		if err := a.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("the stop took %v, want the drain delay and the grace", took)
		}
		r.want(t,
			// Step 1.
			"STOPPING",
			"stopping b", "stopping a", "stopping server", "stopping last",
			// Step 3, after the drain delay.
			"stop last",
			"context of consumer ends", "stop consumer", "stop server",
			// Step 4.
			"grace of loop ends", "release tx", "stop timer", "stop loop",
			// Step 5.
			"stop b", "context of runner ends", "stop runner", "stop a",
			"stopped b", "stopped a", "stopped server", "stopped last",
			// Step 6: one list, in reverse of appending and constructing. The constructor of the database had
			// appended its hook before it returned.
			"build tx", "OnStop two", "release tx",
			"release b", "release a", "release server", "release last",
			"hook invoked stops", "annotated pool stops", "hook database stops", "release database",
			"STOPPED",
		)
	})
}

// refusing is a service that does not start.
type refusing struct{}

func (refusing) Start(context.Context) error { return errUnit }

func TestFailedStartUndoesInReverseWhatWasDone(t *testing.T) {
	released := []string{
		"OnStop two", "release b", "release a", "release server", "release last",
		"hook invoked stops", "annotated pool stops", "hook database stops", "release database",
	}
	refuses := func(opts ...hosting.Option) fx.Option {
		return hosting.Service(func() *refusing { return &refusing{} }, opts...)
	}
	tests := []struct {
		name string
		fail fx.Option
		want []string
	}{
		{"in step 2", lifecycle.OnStart(func() error { return errUnit }), nil},
		{"in step 3", refuses(), []string{"stop b", "stop runner", "stop a"}},
		{"in step 5", refuses(hosting.Intake()), []string{
			"stop consumer", "stop server", "stop timer", "stop loop", "stop b", "stop runner", "stop a",
		}},
		{"in step 6", refuses(hosting.AfterIntake()), []string{
			"stop last", "stop consumer", "stop server", "stop timer", "stop loop", "stop b", "stop runner", "stop a",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r record
				err := app.New(program(&r), test.fail).Start(t.Context())
				wantText(t, err, "failed: unit failed")
				undoes := func(line string) bool {
					verb, _, _ := strings.Cut(line, " ")
					return line != "release tx" && (verb == "stop" || verb == "release" || verb == "OnStop" || strings.HasSuffix(line, " stops"))
				}
				r.lines = slices.DeleteFunc(r.lines, func(line string) bool { return !undoes(line) })
				r.want(t, slices.Concat(test.want, released)...)
			})
		})
	}
}
