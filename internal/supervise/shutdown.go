package supervise

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Shutdown asks the application to stop, and interrupts a construction or start under way. It never
// blocks: who runs the application waits for Requested and calls Stop. nil is a clean stop. The first
// cause stands first, later ones are joined; after the stop it does nothing.
func (e *Engine) Shutdown(cause error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.list.closed {
		return
	}
	if cause != nil {
		e.causes = append(e.causes, cause)
	}
	if !e.asked {
		e.asked = true
		close(e.requested)
	}
	if e.interrupt != nil {
		e.interrupt(ErrStopping)
	}
}

// Exit asks the application to stop with an exit code: 0 is a clean stop, another a shutdown whose
// cause is an *ExitError.
func (e *Engine) Exit(code int) {
	if code == 0 {
		e.Shutdown(nil)
		return
	}
	e.Shutdown(&ExitError{Code: code})
}

// Requested is closed once a shutdown was asked for or a task failed.
func (e *Engine) Requested() <-chan struct{} { return e.requested }

// Cause is why the application stops: the causes given to Shutdown and the faults of tasks, joined; nil
// for a clean stop.
func (e *Engine) Cause() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.causes) == 1 {
		return e.causes[0]
	}
	return errors.Join(slices.Clone(e.causes)...)
}

// Interrupted is ErrStopping once nothing further must be constructed, because a shutdown was asked for,
// the start limit is over or the stop has begun; nil before.
func (e *Engine) Interrupted() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asked || e.stopping || e.life.Err() != nil {
		return ErrStopping
	}
	return nil
}

// Result is what running the application came to, once it has stopped: the failure of its
// construction or start, the causes and faults of Cause, and what failed while stopping, joined. It is nil for
// a clean stop, also for one that interrupted the start. It waits for the stop.
func (e *Engine) Result() error {
	<-e.halted
	e.mu.Lock()
	failure := e.failure
	e.mu.Unlock()
	return join(failure, e.Cause(), e.stopErr)
}

// join is errors.Join that leaves a single error as it is.
func join(errs ...error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// begin opens a construction or start: its context ends with ctx, at the start limit, or with cause
// ErrStopping by Shutdown or Stop, also by one that came before. The caller holds e.mu.
func (e *Engine) begin(ctx context.Context) (context.Context, context.CancelFunc) {
	stop := context.CancelFunc(func() {})
	interrupted := e.asked || e.stopping
	if interrupted {
		ctx = context.WithoutCancel(ctx) // whatever else has ended came later
	} else if limit := e.limits.Start; limit > 0 {
		if e.startBy.IsZero() {
			e.startBy = time.Now().Add(limit)
		}
		ctx, stop = context.WithDeadlineCause(ctx, e.startBy, errLimit)
	}
	ctx, interrupt := context.WithCancelCause(ctx)
	e.interrupt = interrupt
	e.idle = make(chan struct{})
	if interrupted {
		interrupt(ErrStopping)
	}
	return ctx, func() {
		interrupt(nil)
		stop()
	}
}
