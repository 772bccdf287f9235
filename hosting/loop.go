package hosting

import (
	"errors"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
)

// Again is returned by the unit of a Loop that has more to do: the next iteration begins at once. It
// counts as success, and wrappers around the unit see nil in its place, so that a transaction is committed.
//
//lint:ignore ST1012 it is no failure, so it reads well without Err
var Again = errors.New("again")

// Loop calls unit again and again while the application runs, from the time when all services have been
// started. Each iteration has a scope of its own. The unit must take a context; it stays live for the
// grace period when the application stops.
//
// After nil the Loop waits Idle (1 s); after Again it goes on at once. After an error or a panic, which
// is an event, it waits for 100 ms, doubling with each failure in a row up to 30 s, each time 20 % more
// or less, and goes on. Restart changes that.
func Loop(unit any, opts ...Option) fx.Option {
	d := declaration{
		label:    "Loop",
		here:     place.Caller(),
		settings: settings{kind: kindLoop, interval: time.Second}.apply(opts),
	}
	return d.option(decl.Unit{Fn: unit, NeedsContext: true, Fine: []error{Again}}, func(t *Trigger, b decl.Bound) error {
		t.repeating(b, looping())
		return nil
	})
}

func looping() schedule {
	pause := growing(100*time.Millisecond, 30*time.Second)
	return func(idle time.Duration, _, ended time.Time, err error) (time.Time, bool) {
		if err != nil && !told(err, Again) {
			return ended.Add(pause.NextBackOff()), false
		}
		pause.Reset()
		if err != nil {
			return ended, false
		}
		return ended.Add(idle), true
	}
}
