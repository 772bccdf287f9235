package hosting

import (
	"context"
	"fmt"
	"reflect"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
)

// Service hosts what constructor returns: a type with at least one of the methods
//
//	Start(context.Context) error // the start waits for it; an error makes the start fail
//	Run(context.Context) error   // runs from the end of Start on in a goroutine of its own
//
// and any of
//
//	Stop(context.Context) error     // in reverse order of the starts, within its share of the time to stop
//	Starting(context.Context) error // before the first Start of all services
//	Started(context.Context) error  // when the application has been started
//	Stopping(context.Context) error // at the beginning of the stop
//	Stopped(context.Context) error  // when all services have stopped
//
// A method of such a name that has another signature is an error at startup: it would not be called. What only tells
// something, as Started() bool does, may have the name of a stage. The context of Start is that of the start, and ends with it.
// The context of Run ends with cause lifecycle.ErrStopping when the service's turn to stop comes, at the
// same time as Stop is called; both are waited for. Run that returns nil is done and the application goes
// on; Run that returns an error or panics stops the application, unless Restart says otherwise. Only services that have been started
// are stopped.
//
// The constructor is called once, as that of a di.Singleton, and its instance belongs to the trigger: it
// cannot be injected, and the same constructor may be hosted twice. Use Host for a provided singleton.
func Service(constructor any, opts ...Option) fx.Option {
	d := declaration{
		label:    "Service",
		here:     place.Caller(),
		settings: settings{kind: kindService}.apply(opts),
	}
	return d.option(decl.Unit{Fn: constructor, Constructs: true, Singletons: true, Service: true}, serve)
}

// Host hosts the singleton T that is provided already, as Service does with what it constructs. An instance is hosted
// once: a second Host of it is an error.
func Host[T any](opts ...Option) fx.Option {
	d := declaration{
		label:    "Host",
		here:     place.Caller(),
		settings: settings{kind: kindService}.apply(opts),
	}
	return d.option(decl.Unit{Hosts: reflect.TypeFor[T](), Singletons: true, Service: true}, host)
}

// host completes the task of a service with the methods of a value that others may host too.
func host(t *Trigger, b decl.Bound) error {
	for _, other := range TriggersOf(t.engine).All() {
		if plan.SameInstance(other.hosts, b.Value) {
			return fmt.Errorf("service %T at %v is hosted at %v already", b.Value, b.Place, other.at)
		}
	}
	t.hosts = b.Value
	return serve(t, b)
}

// serve completes the task of a service with the methods of its value.
func serve(t *Trigger, b decl.Bound) error {
	v, task := b.Value, t.task
	starter, starts := v.(interface{ Start(context.Context) error })
	runner, runs := v.(interface{ Run(context.Context) error })
	if wrong := plan.CheckHosted(v); wrong != "" { // what an interface holds is known only now
		return fmt.Errorf("service %T at %v: %s", v, b.Place, wrong)
	}
	if t.settings.restart != nil && !runs {
		return fmt.Errorf("option Restart is for services with a method Run(context.Context) error: %T at %v has none", v, b.Place)
	}
	if starts {
		task.Start = func(ctx context.Context) error {
			t.started()
			return t.guard(ctx, starter.Start, false)
		}
	}
	if runs {
		task.Run = t.running(runner.Run)
	}
	if s, ok := v.(interface{ Stop(context.Context) error }); ok {
		task.Stop = func(ctx context.Context) error { return t.guard(ctx, s.Stop, true) }
	}
	if s, ok := v.(interface{ Starting(context.Context) error }); ok {
		task.Starting = t.saying(s.Starting)
	}
	if s, ok := v.(interface{ Started(context.Context) error }); ok {
		task.Started = t.saying(s.Started)
	}
	if s, ok := v.(interface{ Stopping(context.Context) error }); ok {
		task.Stopping = t.saying(s.Stopping)
	}
	if s, ok := v.(interface{ Stopped(context.Context) error }); ok {
		task.Stopped = t.saying(s.Stopped)
	}
	return nil
}
