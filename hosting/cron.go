package hosting

import (
	"fmt"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/crontab"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
)

// Cron calls unit at the times that spec names while the application runs, from the time when all services have been
// started. Each tick has a scope of its own. A unit that takes a context is given one that stays live for
// the grace period when the application stops.
//
// A spec is that of crontab(5): minute, hour, day of month, month and day of week, each a number, *, a list (1,3), a range
// (1-5) or a step (*/2, 8-18/2); months and weekdays have names too (JAN, MON), and Sunday is 0 or 7. A day must fit both its fields,
// unless neither begins with *: then one of them suffices. Or a spec is @hourly, @daily, @weekly, @monthly, @yearly, or @every with a
// duration, which is what Every does. Times are local, or those of the time zone in front of the spec: "CRON_TZ=Europe/Berlin 0 3 * * *". The
// database of time zones is part of the program.
//
// Where clocks are changed, a schedule with a fixed hour comes exactly once a day: at the first instant after the gap if its
// time is skipped, and in the first pass if it is repeated. A schedule whose hour is * or */n follows real time: it comes
// whenever the clock shows a time of its, in both passes, and not in a gap. Nothing comes on a day that a zone leaves out as a whole, or
// on one that a month does not have.
//
// Turns never overlap: ticks missed during a long turn, or while the machine slept, merge into one that comes at once. An error or
// a panic is an event, and the next tick comes as if nothing had happened. A clock that is set is noticed within
// ten minutes: set back by up to three hours, the Cron waits until it shows a later time than that of the last tick; set back
// further, it goes by the new time at once.
//
// A spec that makes no sense, or names a date that does not exist, is an error at startup.
func Cron(spec string, unit any, opts ...Option) fx.Option {
	s := settings{kind: kindCron}
	s.schedule(spec)
	d := declaration{
		label:    fmt.Sprintf("Cron %q", spec),
		here:     place.Caller(),
		settings: s.apply(opts),
	}
	return d.option(decl.Unit{Fn: unit}, func(t *Trigger, b decl.Bound) error {
		t.task.Kind = fmt.Sprintf("Cron %q", t.cron)
		t.repeating(b, t.scheduled)
		return nil
	})
}

// Spec replaces the spec of a Cron.
func Spec(spec string) Option {
	return Option{"Spec", kindCron, func(s *settings) { s.schedule(spec) }}
}

func (s *settings) schedule(spec string) {
	read, err := crontab.Parse(spec)
	if err != nil {
		s.problem("%v", err)
	}
	s.cron = read
}

// SetCron changes the spec of a Cron. It applies to the wait under way too, unless Delay made that. It returns an error for a
// spec that Cron would refuse, and for a trigger that is no Cron.
func (t *Trigger) SetCron(spec string) error {
	read, err := crontab.Parse(spec)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cron == nil {
		return fmt.Errorf("trigger %q has no spec: it is no Cron", t.task.Name)
	}
	if err != nil {
		return fmt.Errorf("trigger %q: %w", t.task.Name, err)
	}
	t.cron = read
	if t.next.regular {
		t.countFrom(time.Now())
		t.notify()
	}
	return nil
}

// scheduled is the schedule of a Cron. The caller holds t.mu.
func (t *Trigger) scheduled(_ time.Duration, due, ended time.Time, _ error) (next time.Time, regular bool) {
	if every, ok := t.cron.Every(); ok {
		return fixedRate(every, due, ended, nil)
	}
	t.last = due
	if next = t.cron.After(due, ended); next.Before(ended) {
		return ended, false // missed
	}
	return next, true
}

// lookAgain is how long a Cron waits until it looks at the clock again. It waits for a time on the wall, which may be
// set, or go on while the machine sleeps and timers do not.
const lookAgain = 10 * time.Minute

// patience is how long a timer may run that ends the wait for the next turn.
func (t *Trigger) patience(wait time.Duration) time.Duration {
	if t.settings.kind == kindCron {
		return min(wait, lookAgain)
	}
	return wait
}

// look finds out whether a clock that was set changes what a Cron waits for.
func (t *Trigger) look() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cron == nil || !t.next.regular {
		return
	}
	if _, steady := t.cron.Every(); steady {
		return
	}
	if next := t.cron.After(t.last, time.Now()); !next.Equal(t.next.due) {
		t.setNext(next, true)
	}
}

// countFrom plans the first turn of a Cron, or the one after a change of its spec. The caller holds t.mu.
func (t *Trigger) countFrom(now time.Time) {
	t.last = now
	t.setNext(t.cron.Next(now), true)
}
