package hosting

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/supervise"
)

// A schedule says when the turn comes that follows one that was due, ended and returned err, and
// whether that is after a regular interval.
type schedule func(interval time.Duration, due, ended time.Time, err error) (next time.Time, regular bool)

// A tick is one turn of a schedule.
type tick struct {
	due     time.Time // by the schedule
	at      time.Time // with jitter
	regular bool      // by the interval or the schedule; SetInterval and SetCron move it
}

// repeating completes the task of a trigger that calls its unit again and again.
func (t *Trigger) repeating(b decl.Bound, after schedule) {
	t.unit = func(ctx context.Context) error {
		_, err := b.Call(ctx)
		return err
	}
	t.task.Stage = supervise.Timers
	t.task.Respawn = true // a Goexit of the unit is a failure like any other
	r := &rounds{t: t, after: after}
	if t.settings.restart != nil {
		r.failing = newFailing(*t.settings.restart, t.settings.kind)
	}
	t.task.Run = r.run
}

// rounds are the turns of a trigger, one after another.
type rounds struct {
	t        *Trigger
	after    schedule
	*failing // nil without a policy

	begun bool
	over  bool  // there will be no other
	err   error // why, if it is a failure
}

// run is called anew, in another goroutine, when a unit has exited that before.
func (r *rounds) run(turn supervise.Turn) error {
	turn.Context = r.t.within(turn.Context, r.t.says)
	if !r.begun {
		r.begun = true
		r.t.begin(turn.Context)
	}
	r.repeat(turn)
	r.t.ended(turn.Context, nil)
	return r.err
}

// begin enters the first wait.
func (t *Trigger) begin(life context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.life, t.state = life, Waiting
	now, s := time.Now(), t.settings
	switch {
	case s.delayed:
		t.setNext(now.Add(s.delay), false)
	case s.runAtStart || s.kind == kindLoop:
		t.setNext(now, false)
	case s.kind == kindCron:
		t.countFrom(now)
	default:
		t.setNext(now.Add(t.interval), true)
	}
}

// setNext sets the next turn. The caller holds t.mu.
func (t *Trigger) setNext(due time.Time, regular bool) {
	t.next = tick{due: due, at: due, regular: regular}
	if t.settings.jitter > 0 && due.After(time.Now()) {
		t.next.at = due.Add(rand.N(t.settings.jitter + 1))
	}
}

// repeat takes turns until it may take no more.
func (r *rounds) repeat(turn supervise.Turn) {
	t := r.t
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !r.over && t.claim(turn, timer) {
		r.take(turn.Context)
	}
	if t.hasFailed() {
		r.err = nil
		<-turn.Draining
	}
	if r.err != nil || t.isDone() {
		return
	}
	// A turn that RunNow takes belongs to the work under way.
	select {
	case t.turn <- struct{}{}:
	case <-turn.Context.Done():
	}
}

// take takes the turn that is due, for which the caller has the token, and plans the next one.
func (r *rounds) take(ctx context.Context) {
	defer r.t.release()
	if !r.t.allowed() {
		r.t.plan(r.after, nil)
		return
	}
	r.t.take(ctx, func(err error) { r.judge(ctx, err) })
}

// judge decides what follows from the end of a turn.
func (r *rounds) judge(ctx context.Context, err error) {
	failed := failure(ctx, err)
	switch {
	case failed && r.t.settings.stopOnError:
		r.over, r.err = true, err
	case r.failing == nil:
		r.t.plan(r.after, err)
	case !failed:
		r.succeeded()
		r.t.plan(r.after, err)
	default:
		r.fail(err)
	}
}

// fail counts a failure against the policy.
func (r *rounds) fail(err error) {
	count, wait := r.failed(time.Now())
	switch {
	case count >= r.Failures:
		r.over, r.err = true, r.t.escalate(r.failing, err)
	case r.t.settings.kind == kindLoop:
		r.t.plan(func(_ time.Duration, _, ended time.Time, _ error) (time.Time, bool) { return ended.Add(wait), false }, err)
	default:
		r.t.plan(r.after, err)
	}
}

// claim waits until the next turn is due and none is under way, and takes the token. It returns false,
// without the token, when no new turn may be taken.
func (t *Trigger) claim(turn supervise.Turn, timer *time.Timer) bool {
	for !t.isDone() {
		if wait := time.Until(t.due()); wait > 0 {
			timer.Reset(t.patience(wait))
			select {
			case <-t.changed:
				continue
			case <-timer.C:
				t.look()
				continue
			case <-turn.Draining:
				return false
			}
		}
		select {
		case t.turn <- struct{}{}:
		case <-turn.Draining:
			return false
		}
		t.flow.enter()
		if closed(turn.Draining) || t.isDone() {
			t.release()
			return false
		}
		return true
	}
	return false
}

// release gives back the token that claim has taken.
func (t *Trigger) release() {
	<-t.turn
	t.flow.leave()
}

func (t *Trigger) due() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next.at
}

// allowed reports whether the turn that is due may be taken. From now on SetInterval leaves it alone.
func (t *Trigger) allowed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next.regular = false
	return !t.paused
}

// plan sets the turn after the one that has just ended with err, or was skipped.
func (t *Trigger) plan(after schedule, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.setNext(after(t.interval, t.next.due, time.Now(), err))
}
