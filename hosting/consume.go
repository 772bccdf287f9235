package hosting

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// Consume provides a *Queue[T] and calls unit with each item that is sent to it, in a scope of its own. T is given to
// the unit, its wrappers and the constructors of the scope; one of them must take it. The workers begin
// after all services have been started. With one worker, the default, items are processed in the order
// in which they were sent.
//
// An error, a panic or a Goexit of the unit is an event, and the item is processed again if Retry says so;
// else it counts as failed and the next one follows.
//
// When the application stops, the queue refuses senders from outside and is processed to its end, together with
// what units that are still under way send. After the grace period their contexts end with cause
// lifecycle.ErrStopping. An item that no unit has finished by then is left over: see Leftover.
//
// Two queues of one T need names: with Name the queue is provided under that name, as by di.Name.
func Consume[T any](unit any, opts ...Option) fx.Option {
	of := reflect.TypeFor[T]()
	s := settings{kind: kindConsume, workers: 1, capacity: 100}
	if of == reflect.TypeFor[context.Context]() {
		s.problem("items cannot be contexts: the unit has one of its own")
	}
	d := &declaration{
		label:    fmt.Sprintf("Consume[%v]", of),
		here:     place.Caller(),
		settings: s.apply(opts),
	}
	isNil := decl.NilTest[T]()
	consume := d.option(decl.Unit{Fn: unit, Given: []reflect.Type{of}, Uses: true}, func(t *Trigger, b decl.Bound) error {
		return queueOf[T](t.engine, d, isNil).install(d, t, b)
	})
	provide := decl.New(&decl.Provider{
		Type: reflect.TypeFor[*Queue[T]](),
		Name: d.settings.name,
		Here: d.here,
		Builtin: func(engine any, _ string) decl.Value {
			return decl.ValueOf(queueOf[T](engine.(*supervise.Engine), d, isNil))
		},
	}, d.here)
	if d.settings.leftover == nil {
		return fx.Options(consume, provide)
	}
	leftover := decl.New(&decl.Unit{
		Label: "Leftover of " + d.label,
		Fn:    d.settings.leftover,
		Given: []reflect.Type{reflect.TypeFor[[]T]()},
		Uses:  true,
		Install: func(engine any, b decl.Bound) error {
			q := queueOf[T](engine.(*supervise.Engine), d, isNil)
			q.leftover = func(ctx context.Context, left []T) error {
				_, err := b.Call(ctx, decl.ValueOf(left))
				return err
			}
			return nil
		},
		Here: d.here,
	}, d.here)
	return fx.Options(consume, provide, leftover)
}

// install makes t the trigger of the queue.
func (q *Queue[T]) install(d *declaration, t *Trigger, b decl.Bound) error {
	s := t.settings
	if s.name != d.settings.name {
		return fmt.Errorf("option Name of a queue must be given directly, not by With: %s at %v", d.label, b.Place)
	}
	q.call = calls(b, s.timeout)
	q.retry = s.retry
	q.mu.Lock()
	q.trigger, q.capacity = t, s.capacity
	q.mu.Unlock()
	t.queue = q
	t.task.Kind, t.task.Stage = d.label, supervise.Timers
	t.task.Workers, t.task.Respawn = s.workers, true
	t.task.Start = func(context.Context) error { q.open(); return nil }
	t.task.Run = q.run
	// A hook, because it is run whether the workers have been started or not.
	name := b.Name
	if s.named {
		name = s.name
	}
	q.engine.Append(supervise.Hook{Name: "leftover of " + name, Place: b.Place, Stop: q.handOver})
	return nil
}

// calls is what calls the unit, with a context of its own only if that is limited.
func calls(b decl.Bound, timeout time.Duration) func(context.Context, []decl.Value) error {
	call := func(ctx context.Context, given []decl.Value) error {
		_, err := b.Call(ctx, given...)
		return err
	}
	if timeout <= 0 {
		return call
	}
	return func(ctx context.Context, given []decl.Value) error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return call(ctx, given)
	}
}

// Workers is how many items of a Consume are processed at once. With more than one they may end in another
// order than they were sent in. Default: 1.
func Workers(n int) Option {
	return counted("Workers", n, func(s *settings) { s.workers = n })
}

// Capacity is how many items the queue of a Consume holds beside those that are being processed. Default: 100.
func Capacity(n int) Option {
	return counted("Capacity", n, func(s *settings) { s.capacity = n })
}

// counted is an option of a Consume whose number must be above zero.
func counted(name string, n int, set func(*settings)) Option {
	return Option{name, kindConsume, func(s *settings) {
		if n <= 0 {
			s.problem("option %s must be positive, is %d", name, n)
			return
		}
		set(s)
	}}
}

// Leftover hands what nobody has processed when the application stops to unit, which is given a []T, in a scope of
// its own: items still in the queue, those that wait for another attempt, and those whose unit was interrupted by the
// stop or hangs. It is called once, after all services have stopped, with a live context, also if the start
// has failed; not without items. An error is an error of the stop. Without it those items are lost; in any
// case their number is an event.
func Leftover(unit any) Option {
	return Option{"Leftover", kindConsume, func(s *settings) {
		if unit == nil {
			s.problem("unit of option Leftover must not be nil")
		}
		s.leftover = unit
	}}
}
