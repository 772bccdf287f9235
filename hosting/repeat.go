package hosting

import (
	"context"
	"errors"
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
	regular bool      // an interval after the turn before; SetInterval moves it
}

// repeating completes the task of a trigger that calls its unit again and again.
func (t *Trigger) repeating(b decl.Bound, after schedule) {
	t.unit = func(ctx context.Context) error {
		_, err := b.Call(ctx)
		return err
	}
	t.task.Stage = supervise.Timers
	t.task.Run = func(turn supervise.Turn) error {
		turn.Context = t.within(turn.Context, t.says)
		t.begin(turn.Context)
		defer t.ended(turn.Context, nil)
		return t.repeat(turn, after)
	}
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
func (t *Trigger) repeat(turn supervise.Turn, after schedule) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for t.claim(turn, timer) {
		var err error
		if t.allowed() {
			err = t.take(turn.Context)
		}
		t.release()
		if err != nil && t.settings.stopOnError && !errors.Is(err, Again) {
			return err
		}
		t.plan(after, err)
	}
	// A turn that RunNow takes belongs to the work under way.
	select {
	case t.turn <- struct{}{}:
	case <-turn.Context.Done():
	}
	return nil
}

// claim waits until the next turn is due and none is under way, and takes the token. It returns false,
// without the token, when no new turn may be taken.
func (t *Trigger) claim(turn supervise.Turn, timer *time.Timer) bool {
	for {
		if wait := time.Until(t.due()); wait > 0 {
			timer.Reset(wait)
			select {
			case <-t.changed:
				continue
			case <-timer.C:
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
		if closed(turn.Draining) {
			t.release()
			return false
		}
		return true
	}
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
