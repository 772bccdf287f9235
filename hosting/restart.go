package hosting

import (
	"errors"
	"fmt"
	"time"
)

// ErrDone is returned by a unit, or by the Run method of a service, that is done for good: its trigger ends, cleanly, and
// the application goes on. A Run and a service are not restarted, a Loop or timer takes no further turn. It
// counts as success, and wrappers around the unit see nil in its place. A Consume takes it for an error.
var ErrDone = errors.New("done")

// A Policy says what follows when a trigger fails: how often and when it is tried again, and what happens once that
// has been often enough. The zero Policy restarts after failures, and stops the application after the fifth within a
// minute.
type Policy struct {
	// When says after which ends the body of a Run or Service is restarted. For a Loop, Every or Cron, which go on by
	// themselves, Always is as OnFailure. Default: OnFailure.
	When When
	// First is the wait before a restart; it doubles with each further failure up to Most, and each wait is 20 % more
	// or less. They replace the back-off of a Loop and mean nothing to an Every or Cron, whose next
	// turn comes when it is due. Defaults: 100 ms and 30 s.
	First, Most time.Duration
	// Failures is how many failures within Window are too many: with the last of them the trigger is not tried again,
	// and Then says what follows. If there is no room for so many within Window, that never happens. Default: 5.
	Failures int
	// Window is the time within which failures count. Default: 1 minute. An Every or Cron without a Window counts
	// the turns that have failed in a row.
	Window time.Duration
	// Calm is how long it must go on without a failure until those before are forgotten, and the waits begin with First
	// again. Default: Window.
	Calm time.Duration
	// Then is what follows too many failures. Default: StopApplication.
	Then Then
}

// When says after which ends a Run or Service is restarted.
type When uint8

const (
	OnFailure When = iota // after an error, a panic or runtime.Goexit; nil is the end
	Always                // also after nil, which is no failure: then the wait is First
	Never                 // the first failure is one too many
)

// Then is what follows when a trigger has failed too often.
type Then uint8

const (
	StopApplication Then = iota // app.Run returns the last failure
	MarkUnhealthy               // the trigger ends in state Failed, and the application goes on
)

// Restart gives a trigger a policy for its failures. Each is an event, as is the end of it all.
//
// Of a Run the unit is called again, of a service its Run method, on the same instance: its Start is called
// once, before, and its Stop once, when the application stops, whether Run is going on, waits for a restart or has
// failed for good. A service must have a Run method for this. A stop ends the wait for a restart, and nothing is
// restarted from then on. Of a Loop, Every or Cron the policy counts failed turns; those that RunNow takes do not count.
//
// Default: a failure of a Run or Service stops the application; a Loop, Every or Cron goes on.
func Restart(policy Policy) Option {
	return Option{"Restart", lasting | repeating, func(s *settings) {
		policy.check(s)
		s.restart = &policy
	}}
}

// check notes what makes no sense.
func (p Policy) check(s *settings) {
	for _, d := range []struct {
		name string
		of   time.Duration
	}{{"First", p.First}, {"Most", p.Most}, {"Window", p.Window}, {"Calm", p.Calm}} {
		if d.of < 0 {
			s.problem("%s of option Restart must not be negative, is %v", d.name, d.of)
		}
	}
	if p.Failures < 0 {
		s.problem("Failures of option Restart must not be negative, is %d", p.Failures)
	}
	if p.When > Never {
		s.problem("When of option Restart is unknown: %d", p.When)
	}
	if p.Then > MarkUnhealthy {
		s.problem("Then of option Restart is unknown: %d", p.Then)
	}
	if p.Most > 0 && p.Most < p.First {
		s.problem("longest wait of option Restart, %v, is shorter than the first, %v", p.Most, p.First)
	}
	if p.When == Never && p != (Policy{When: Never, Then: p.Then}) {
		s.problem("option Restart with Never has no use for waits and counts")
	}
}

// failing counts the failures of one trigger against its policy. It belongs to the goroutine of the trigger.
type failing struct {
	Policy
	timed  bool // it is tried again when it is due, not after a wait
	inRow  bool // only a success lets failures be forgotten
	pause  func() time.Duration
	streak int         // failures in a row, if these count
	past   []time.Time // else of failures, those within Window
	resume time.Time   // when it was tried again after the last of them
}

// newFailing fills in the defaults.
func newFailing(p Policy, k kind) *failing {
	f := &failing{Policy: p, timed: k&timed != 0, inRow: k&timed != 0 && p.Window == 0}
	if f.First == 0 {
		f.First = 100 * time.Millisecond
	}
	if f.Most == 0 {
		f.Most = max(30*time.Second, f.First)
	}
	if f.Failures == 0 {
		f.Failures = 5
	}
	if f.When == Never {
		f.Failures = 1
	}
	if f.Window == 0 {
		f.Window = time.Minute
	}
	if f.Calm == 0 {
		f.Calm = f.Window
	}
	f.forget()
	return f
}

func (f *failing) forget() {
	f.streak, f.past, f.pause = 0, nil, growing(f.First, f.Most).NextBackOff
}

// succeeded notes a turn without failure.
func (f *failing) succeeded() {
	if f.inRow {
		f.forget()
	}
}

// failed notes a failure at that time. It returns how many there are by now, and the wait that follows if these are
// not too many.
func (f *failing) failed(now time.Time) (count int, wait time.Duration) {
	if f.inRow {
		f.streak++
		return f.streak, 0
	}
	if now.Sub(f.resume) >= f.Calm {
		f.forget()
	}
	for len(f.past) > 0 && now.Sub(f.past[0]) >= f.Window {
		f.past = f.past[1:]
	}
	f.past = append(f.past, now)
	if !f.timed {
		wait = f.pause()
	}
	f.resume = now.Add(wait)
	return len(f.past), wait
}

// tooMany is the error that so many failures come to, with the last of them.
func (f *failing) tooMany(last error) error {
	switch {
	case f.Failures == 1:
		return last
	case f.inRow:
		return fmt.Errorf("%d failures in a row, the last: %w", f.Failures, last)
	}
	return fmt.Errorf("%d failures within %v, the last: %w", f.Failures, f.Window, last)
}

// within is the window that events tell of: 0 means in a row.
func (f *failing) within() time.Duration {
	if f.inRow {
		return 0
	}
	return f.Window
}
