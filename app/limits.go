package app

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/settings"
	"github.com/berth-go/berth/internal/supervise"
)

// limitKeys is the section "app". A key that is set wins over the option of its name.
type limitKeys struct {
	StartTimeout *time.Duration `doc:"limits the start; default: that of app.StartTimeout, else none"`
	StopTimeout  *time.Duration `doc:"budget of the whole stop; default: that of app.StopTimeout, else 25s"`
	DrainDelay   *time.Duration `doc:"how long a stopping application still serves; default: that of app.DrainDelay, else 0s"`
	Grace        *time.Duration `doc:"how long units under way keep a live context; default: that of app.Grace, else half of the stop budget"`
}

// limits binds the section "app".
func (a *App) limits() fx.Option {
	return settings.Claim("app", place.Caller(), settings.Taker[limitKeys]{
		Check: func(_ limitKeys, snap *confbind.Snapshot) error {
			if a.keysIn == nil { // else it is a reload, and the limits are what they are
				a.keysIn = snap
			}
			return nil
		},
		Take: func(k limitKeys) { a.keys = k },
	})
}

// Validate refuses what the options refuse.
func (k limitKeys) Validate() error {
	var errs []error
	for _, l := range []struct {
		key string
		d   *time.Duration
	}{{"start_timeout", k.StartTimeout}, {"stop_timeout", k.StopTimeout}, {"grace", k.Grace}} {
		if l.d != nil && *l.d <= 0 {
			errs = append(errs, fmt.Errorf("%s must be longer than 0s", l.key))
		}
	}
	return errors.Join(errs...)
}

// misfits are the keys that do not fit into the budget of the stop, which may be that of an option or the default.
func (k limitKeys) misfits(stop time.Duration, in *confbind.Snapshot) []error {
	var errs []error
	if k.DrainDelay != nil && *k.DrainDelay >= stop {
		errs = append(errs, in.Wrong([]string{"app", "drain_delay"}, "must be shorter than the budget of the stop, of which it is a part: set app.stop_timeout"))
	}
	if k.Grace != nil && *k.Grace > stop {
		errs = append(errs, in.Wrong([]string{"app", "grace"}, "must not be longer than the budget of the stop, of which it is a part: set app.stop_timeout"))
	}
	return errs
}

func (k limitKeys) apply(l *supervise.Limits) {
	for _, key := range []struct{ from, to *time.Duration }{
		{k.StartTimeout, &l.Start}, {k.StopTimeout, &l.Stop}, {k.DrainDelay, &l.Drain}, {k.Grace, &l.Grace},
	} {
		if key.from != nil {
			*key.to = *key.from
		}
	}
}
