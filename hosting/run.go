package hosting

import (
	"context"
	"errors"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// Run calls unit once, when services start, in a goroutine of its own, and lets it run as long as the
// application. It does not hold up the start. The unit must take a context, which ends with cause
// lifecycle.ErrStopping when its turn to stop comes; the stop waits for the unit.
//
// A unit that returns nil is done and the application goes on. An error or a panic stops the
// application, and app.Run returns it, unless Restart says otherwise. The unit has no scope: it takes singletons only.
func Run(unit any, opts ...Option) fx.Option {
	d := declaration{
		label:    "Run",
		here:     place.Caller(),
		settings: settings{kind: kindRun}.apply(opts),
	}
	return d.option(decl.Unit{Fn: unit, Singletons: true, NeedsContext: true}, func(t *Trigger, b decl.Bound) error {
		body := func(ctx context.Context) error {
			_, err := b.Call(ctx)
			return err
		}
		if t.settings.abandon {
			body = t.leaving(body)
		}
		t.task.Run = t.running(body)
		return nil
	})
}

// running is the Run of a task that calls body, once unless the trigger has a policy.
func (t *Trigger) running(body func(context.Context) error) func(supervise.Turn) error {
	if t.settings.restart != nil {
		return t.restarting(body)
	}
	return func(turn supervise.Turn) error {
		t.started()
		return t.guard(turn.Context, func(ctx context.Context) error {
			if err := body(ctx); !told(err, ErrDone) {
				return err
			}
			return nil
		}, true)
	}
}

// leaving is body, but returns soon after its context has ended even if body does not.
func (t *Trigger) leaving(body func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		began, source := time.Now(), t.source()
		err := supervise.Do(ctx, source.Name, body)
		var hung *supervise.HungError
		if errors.As(err, &hung) {
			t.engine.Emit(event.Abandoned{Source: source, Op: "run", Took: time.Since(began), Stack: hung.Stack})
			return nil
		}
		return err
	}
}

// started records that a Service or Run starts, once for those that have both Start and Run.
func (t *Trigger) started() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == Pending {
		t.state, t.lastRun = Active, time.Now()
		t.runs++
	}
}

// guard calls a method of a service and records the end of the service if it fails, or if it is the last.
func (t *Trigger) guard(ctx context.Context, method func(context.Context) error, last bool) (err error) {
	attempt(ctx, t.saying(method), func(_ time.Duration, ended error) {
		if err = ended; err != nil || last {
			t.ended(ctx, err)
		}
	})
	return err
}

// saying is method with a context whose loggers say what the trigger does.
func (t *Trigger) saying(method func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error { return method(logs.Enter(ctx, t.engine, t.says)) }
}

func (t *Trigger) ended(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != Failed {
		t.state = Ended
	}
	if err != nil && !stopped(ctx, err) {
		t.lastErr = err
		t.failures++
	}
}
