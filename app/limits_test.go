package app_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
)

// HO-007.
func TestKeysOfTheApplicationWinOverItsOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := app.Run(t.Context(), fx.NopLogger,
			config.Load(config.Values(map[string]any{"app.start_timeout": "2s"})),
			app.StartTimeout(time.Hour),
			fx.Invoke(func(l fx.Lifecycle) {
				l.Append(fx.Hook{OnStart: func(ctx context.Context) error {
					<-ctx.Done()
					return ctx.Err()
				}})
			}),
		)
		if err == nil || !strings.Contains(err.Error(), "2s") {
			t.Errorf("got %v", err)
		}
	})
}

func TestKeysOfTheApplicationThatMakeNoSenseAreErrors(t *testing.T) {
	err := app.New(fx.NopLogger, config.Load(config.Values(map[string]any{
		"app.stop_timeout": "0s", "app.grase": "1s",
	}))).Err()
	for _, want := range []string{
		"app: 2 problems in the configuration",
		`key "app.grase" in config.Values at app/limits_test.go`, `is unknown; did you mean "grace"?`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
}

func TestKeysThatDoNotFitIntoTheStopAreErrors(t *testing.T) {
	for _, c := range []struct {
		keys map[string]any
		opt  fx.Option
		want string
	}{
		{map[string]any{"app.drain_delay": "25s"}, fx.Options(), `key "app.drain_delay" in config.Values at`},
		{map[string]any{"app.drain_delay": "24s"}, fx.Options(), ""},
		{map[string]any{"app.drain_delay": "25s"}, app.StopTimeout(time.Minute), ""},
		{map[string]any{"app.drain_delay": "25s", "app.stop_timeout": "5s"}, app.StopTimeout(time.Minute), "must be shorter than the budget of the stop, of which it is a part: set app.stop_timeout"},
		{map[string]any{"app.grace": "6s", "app.stop_timeout": "5s"}, fx.Options(), `key "app.grace" in config.Values at`},
		{map[string]any{"app.grace": "5s", "app.stop_timeout": "5s"}, fx.Options(), ""},
	} {
		err := app.New(fx.NopLogger, config.Load(config.Values(c.keys)), c.opt).Err()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v", c.keys, err)
		}
	}
}
