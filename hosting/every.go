package hosting

import (
	"fmt"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
)

// Every calls unit each interval while the application runs, from the time when all services have been
// started; the first time one interval after that, unless RunAtStart or Delay says otherwise. Each tick
// has a scope of its own. A unit that takes a context is given one that stays live for the grace period
// when the application stops.
//
// Ticks come at a fixed rate, or with FixedDelay an interval after the end of the turn before. Turns
// never overlap: ticks missed during a long turn merge into one that comes at once, and those that
// follow keep to the rate. An error or a panic is an event, and the next tick comes as if nothing had
// happened.
func Every(interval time.Duration, unit any, opts ...Option) fx.Option {
	s := settings{kind: kindEvery, interval: interval}
	if interval <= 0 {
		s.problems = []string{fmt.Sprintf("interval must be positive, is %v", interval)}
	}
	d := declaration{
		label:    fmt.Sprintf("Every %v", interval),
		here:     place.Caller(),
		settings: s.apply(opts),
	}
	return d.option(decl.Unit{Fn: unit}, func(t *Trigger, b decl.Bound) error {
		t.task.Kind = fmt.Sprintf("Every %v", t.interval)
		if t.settings.fixedDelay {
			t.repeating(b, fixedDelay)
		} else {
			t.repeating(b, fixedRate)
		}
		return nil
	})
}

func fixedDelay(interval time.Duration, _, ended time.Time, _ error) (time.Time, bool) {
	return ended.Add(interval), true
}

// fixedRate skips all missed ticks but the last, which then comes at once.
func fixedRate(interval time.Duration, due, ended time.Time, _ error) (time.Time, bool) {
	next := due.Add(interval)
	if late := ended.Sub(next); late > 0 {
		next = next.Add(late.Truncate(interval))
	}
	return next, true
}
