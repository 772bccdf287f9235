package app

import (
	"errors"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/retune"
	"github.com/berth-go/berth/internal/settings"
)

// triggers binds the section "triggers": keys of each trigger, by its name.
func (a *App) triggers() fx.Option {
	return settings.Claim("triggers", place.Caller(), settings.Taker[map[string]retune.Keys]{
		Check: a.checkTriggers,
		Take:  func(all map[string]retune.Keys) { hosting.Retune(a.engine, all) },
		Live: func(key []string) bool {
			return len(key) == 2 && hosting.IsLive(a.engine, key[0], key[1])
		},
	})
}

func (a *App) checkTriggers(all map[string]retune.Keys, snap *confbind.Snapshot) error {
	var errs []error
	for _, m := range hosting.Misfits(a.engine, all) {
		path := []string{"triggers", m.Trigger}
		if m.Key != "" {
			path = append(path, m.Key)
		}
		errs = append(errs, snap.Wrong(path, m.Reason))
	}
	return errors.Join(errs...)
}
