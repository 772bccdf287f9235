package hosting

import (
	"context"
	"errors"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// A restarter calls the body of a Run or Service again and again, as its policy says.
type restarter struct {
	t    *Trigger
	body func(context.Context) error
	*failing

	calls int
	wait  time.Duration // before the next call
	over  bool          // there will be none
	err   error         // what the body came to, if over
}

// restarting is the Run of a task that calls body as long as the policy of the trigger lets it.
func (t *Trigger) restarting(body func(context.Context) error) func(supervise.Turn) error {
	t.task.Respawn = true // a Goexit is judged as every other failure
	r := &restarter{t: t, body: t.saying(body), failing: newFailing(*t.settings.restart, t.settings.kind)}
	t.calm = r.Calm
	return r.run
}

// run is called anew, in another goroutine, when the body has exited that before.
func (r *restarter) run(turn supervise.Turn) error {
	for !r.over {
		if r.calls > 0 && !r.pauses(turn) {
			r.t.ended(turn.Context, nil)
			return nil
		}
		r.begin()
		attempt(turn.Context, r.body, func(took time.Duration, err error) { r.judge(turn, took, err) })
	}
	if r.err != nil && r.t.hasFailed() {
		<-turn.Draining
		return nil
	}
	return r.err
}

// pauses returns false if the application stops before the next call.
func (r *restarter) pauses(turn supervise.Turn) bool {
	timer := time.NewTimer(r.wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return !closed(turn.Draining)
	case <-turn.Draining:
		return false
	}
}

func (r *restarter) begin() {
	r.calls++
	if r.calls == 1 {
		r.t.started()
		return
	}
	r.t.restarted()
}

// judge decides what follows from the end of a call.
func (r *restarter) judge(turn supervise.Turn, took time.Duration, err error) {
	switch {
	case told(err, ErrDone) || err == nil && r.When != Always:
		r.end(turn, nil)
	case closed(turn.Draining):
		r.end(turn, err)
	case err == nil:
		r.wait = growing(r.First, r.First).NextBackOff()
		r.t.waits(nil, r.wait)
		r.t.engine.Emit(event.Restarting{Source: r.t.source(), Took: took, Wait: r.wait})
	default:
		r.fail(took, err)
	}
}

func (r *restarter) end(turn supervise.Turn, err error) {
	r.over, r.err = true, err
	r.t.ended(turn.Context, err)
}

func (r *restarter) fail(took time.Duration, err error) {
	count, wait := r.failed(time.Now())
	if count >= r.Failures {
		r.over, r.err = true, r.t.escalate(r.failing, err)
		return
	}
	r.wait = wait
	r.t.waits(err, wait)
	r.t.engine.Emit(event.Restarting{
		Source: r.t.source(), Err: err, Took: took, Wait: wait, Failure: count, Failures: r.Failures, Window: r.within(),
	})
}

// escalate records that the trigger has failed for good, and returns the error.
func (t *Trigger) escalate(f *failing, last error) error {
	err := f.tooMany(last)
	stops := f.Then == StopApplication
	t.mu.Lock()
	t.state, t.lastErr = Failed, err
	if t.unit == nil { // of others the turn has been counted
		t.failures++
	}
	t.unhealthy = !stops
	t.mu.Unlock()
	t.engine.Emit(event.Escalated{Source: t.source(), Err: err, Failures: f.Failures, Window: f.within(), Stops: stops})
	return err
}

// hasFailed reports whether the application goes on without the trigger.
func (t *Trigger) hasFailed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unhealthy
}

// waits records an end, by a failure or nil, that is followed by a restart.
func (t *Trigger) waits(err error, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state, t.next.at = Restarting, time.Now().Add(wait)
	t.lastErr = err
	if err != nil {
		t.failures++
	}
}

func (t *Trigger) restarted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state, t.lastRun = Active, time.Now()
	t.runs++
	t.restarts++
}

// attempt calls fn and tells ended how that went, also after a panic, which becomes an error, and after a Goexit,
// which goes on.
func attempt(ctx context.Context, fn func(context.Context) error, ended func(took time.Duration, err error)) {
	var err error
	began, returned := time.Now(), false
	defer func() {
		if !returned {
			if v := recover(); v != nil {
				err = supervise.Recovered(v, "", place.Place{})
			} else {
				err = supervise.Exited()
			}
		}
		ended(time.Since(began), err)
	}()
	err = fn(ctx)
	returned = true
}

// told reports whether a unit said what its trigger knows, Again or ErrDone. What panicked said nothing.
func told(err, what error) bool {
	var panicked *supervise.PanicError
	return errors.Is(err, what) && !errors.As(err, &panicked)
}
