package supervise

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/berth-go/berth/lifecycle/event"
)

// errLimit is the cause of a context that ended at the start limit.
var errLimit error = limitOver{}

type limitOver struct{}

func (limitOver) Error() string { return "start limit is over" }

func (limitOver) Unwrap() error { return context.DeadlineExceeded }

// Start runs steps 2 to 6 of the start. ctx bounds the start only. If a step fails, panics, exceeds the
// start limit or ctx, or is interrupted by Shutdown, Stop or a fault, nothing further starts, and what was
// started or constructed is stopped and released with a fresh budget before Start returns the joined
// errors. An interruption without a cause is ErrStopping; a second Start is ErrStarted.
func (e *Engine) Start(ctx context.Context) error {
	began := time.Now()
	e.mu.Lock()
	begun, stopping := e.begun, e.stopping
	e.begun = true
	if stopping || begun {
		e.mu.Unlock()
		if stopping {
			return join(ErrStopping, e.Stop(ctx))
		}
		return ErrStarted
	}
	ctx, release := e.begin(ctx)
	e.mu.Unlock()
	defer release()
	e.phases.enter(PhaseStarting)
	e.Emit(event.Starting{})

	errs := e.start(ctx)
	err := e.verdict(ctx, errs)
	if err == nil {
		e.Emit(event.Started{Took: time.Since(began)})
		e.settle()
		return nil
	}
	e.Emit(event.StartFailed{Err: err, Took: time.Since(began)})
	e.settle()
	return join(err, e.Stop(context.WithoutCancel(ctx)))
}

// start runs the steps until one of them fails or ctx ends.
func (e *Engine) start(ctx context.Context) []error {
	if errs := e.startHooks(ctx); len(errs) > 0 || ctx.Err() != nil {
		return errs
	}
	all := e.allTasks()
	method := func(op string, of func(*task) func(context.Context) error) func(context.Context, *task) error {
		return func(ctx context.Context, t *task) error {
			_, err := e.stage(ctx, t, op, e.stillStarting(t.src()), of(t))
			return err
		}
	}
	starting := method("starting", func(t *task) func(context.Context) error { return t.Starting })
	started := method("started", func(t *task) func(context.Context) error { return t.Started })

	if errs := e.each(ctx, all, starting); len(errs) > 0 || ctx.Err() != nil {
		return errs
	}
	for _, stage := range []Stage{Services, Timers, Intake, AfterIntake} {
		if errs := e.each(ctx, of(all, stage), e.startTask); len(errs) > 0 || ctx.Err() != nil {
			return errs
		}
	}
	return e.each(ctx, all, started)
}

func (e *Engine) startHooks(ctx context.Context) []error {
	for ctx.Err() == nil {
		h := e.nextHook()
		if h == nil {
			return nil
		}
		took, err := e.startHook(ctx, h)
		if failure, ok := err.(*FailedError); ok { //nolint:errorlint // call has just made it
			e.Emit(event.HookFailed{Source: h.src, Op: "start", Err: failure.Err, Took: took})
		}
		if err != nil {
			return []error{err}
		}
		h.started = true
		e.Emit(event.HookStarted{Source: h.src, Took: took})
		if ctx.Err() != nil {
			return []error{failed(h.src, "start", took, context.Cause(ctx))}
		}
	}
	return nil
}

func (e *Engine) startHook(ctx context.Context, h *entry) (time.Duration, error) {
	if h.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.timeout)
		defer cancel()
	}
	return e.call(ctx, h.src, "start", e.stillStarting(h.src), h.start)
}

// each starts tasks one after another until one fails or ctx ends, or all at once if that was asked
// for.
func (e *Engine) each(ctx context.Context, tasks []*task, start func(context.Context, *task) error) []error {
	one := func(t *task) error {
		began := time.Now()
		err := start(ctx, t)
		if err == nil && ctx.Err() != nil {
			return failed(t.src(), "start", time.Since(began), context.Cause(ctx))
		}
		return err
	}
	if e.Limits().ConcurrentStart {
		return Together(tasks, one)
	}
	for _, t := range tasks {
		if ctx.Err() != nil {
			return nil
		}
		if err := one(t); err != nil {
			return []error{err}
		}
	}
	return nil
}

// Together calls fn for all at once and returns the errors in their order.
func Together[T any](all []T, fn func(T) error) []error {
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, v := range all {
		wg.Go(func() { errs[i] = fn(v) })
	}
	wg.Wait()
	return slices.DeleteFunc(errs, func(err error) bool { return err == nil })
}

func (e *Engine) allTasks() []*task {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.tasks)
}

// of are the tasks of one stage.
func of(tasks []*task, stage Stage) []*task {
	var some []*task
	for _, t := range tasks {
		if t.Stage == stage {
			some = append(some, t)
		}
	}
	return some
}

// verdict is what a construction or start returns that ended with errs. If there is nothing to say and
// nobody has interrupted it until now, the application is running.
func (e *Engine) verdict(ctx context.Context, errs []error) error {
	e.mu.Lock()
	why := context.Cause(ctx)
	if why == nil && len(errs) == 0 {
		e.interrupt = nil
		if e.begun {
			e.phases.enter(PhaseRunning)
		}
		e.mu.Unlock()
		return nil
	}
	e.mu.Unlock()

	if errors.Is(why, ErrStopping) {
		errs = slices.DeleteFunc(errs, isEnd)
		failure := errors.Join(errs...)
		e.fail(failure)
		if cause := e.Cause(); cause != nil {
			return join(cause, failure)
		}
		return join(ErrStopping, failure)
	}
	err := join(errs...)
	switch {
	case errors.Is(why, errLimit):
		if err == nil {
			err = context.DeadlineExceeded
		}
		err = &LimitError{Limit: e.Limits().Start, Err: err}
	case why != nil && err == nil:
		err = fmt.Errorf("start was interrupted: %w", why)
	}
	e.fail(err)
	return err
}

// fail notes the failure of a construction or start.
func (e *Engine) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.failure = join(e.failure, err)
}

// settle says that the construction or start under way has ended: a stop that waits for it goes on.
func (e *Engine) settle() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.interrupt = nil
	close(e.idle)
}
