package config_test

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
)

// HO-010, HO-067.
func TestSettingsAreInjectedEverywhere(t *testing.T) {
	var plain grace
	var ours time.Duration
	apptest.Start(t,
		config.Load(config.Values(map[string]any{"grace.check_interval": "2s"})),
		fx.Module("grace",
			config.Bind[grace]("grace"),
			di.Singleton(func(g grace) time.Duration { return g.CheckInterval }),
		),
		fx.Populate(&plain, &ours),
	)
	if plain.GracePeriod != time.Minute || ours != 2*time.Second {
		t.Errorf("got %+v and %v", plain, ours)
	}
}

func TestReplacedSettingsAreNotRead(t *testing.T) {
	var got grace
	apptest.Start(t,
		config.Load(config.Values(map[string]any{"grace.check_interval": "nonsense"})),
		config.Bind[grace]("grace"),
		di.Replace(grace{CheckInterval: 1}),
		fx.Populate(&got),
	)
	if got.CheckInterval != 1 {
		t.Errorf("got %+v", got)
	}
}

// HO-063.
func TestAllBadSectionsAreReportedBeforeAnythingIsConstructed(t *testing.T) {
	err := app.New(fx.NopLogger,
		config.Load(config.Values(map[string]any{"server.port": "x", "grace.shops": "a", "grace.check_interval": "1", "sever.port": 1})),
		config.Bind[grace]("grace"),
		config.Bind[server]("server"),
		fx.Invoke(func(grace, server) { t.Error("something was constructed") }),
	).Err()
	text := scrub(err, "?")
	for _, want := range []string{
		`key "grace.check_interval" in config.Values at HERE must be a duration such as "1m30s", not negative`,
		`key "sever" in config.Values at HERE is unknown; did you mean "server"?`,
		`key "server.port" in config.Values at HERE must be a whole number from -9223372036854775808 to 9223372036854775807`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\nis not in\n%s", want, text)
		}
	}
}
