package app

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/fx"

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
	return settings.Claim("app", place.Caller(), settings.Taker[limitKeys]{Take: func(k limitKeys) { a.keys = k }})
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

func (k limitKeys) apply(l *supervise.Limits) {
	for _, key := range []struct{ from, to *time.Duration }{
		{k.StartTimeout, &l.Start}, {k.StopTimeout, &l.Stop}, {k.DrainDelay, &l.Drain}, {k.Grace, &l.Grace},
	} {
		if key.from != nil {
			*key.to = *key.from
		}
	}
}
