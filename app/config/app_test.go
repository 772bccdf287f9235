package config_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
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
		`key "server.port" in config.Values at HERE must be a whole number`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\nis not in\n%s", want, text)
		}
	}
}

func (s server) PortNumber() int { return s.Port }

func TestBindTakesTheOptionsOfAProvider(t *testing.T) {
	type numbered interface{ PortNumber() int }
	for name, opts := range map[string][]config.Option{"read once": nil, "reloaded": {config.Reload()}} {
		t.Run(name, func(t *testing.T) {
			type read func(context.Context) (int, error)
			var call read
			apptest.Start(t,
				config.Load(append(opts, config.Values(map[string]any{"a.port": 1, "b.port": 2, "c.port": 4}))...),
				config.Bind[server]("a", di.As[numbered]()),
				config.Bind[server]("b", di.Group("servers")),
				config.Bind[server]("c", di.Group("servers")),
				scopes.Bind[read](func(n numbered, in struct {
					fx.In
					All []server `group:"servers"`
				},
				) int {
					sum := n.PortNumber()
					for _, s := range in.All {
						sum += s.Port
					}
					return sum
				}),
				fx.Populate(&call),
			)
			if sum, err := call(t.Context()); sum != 7 || err != nil {
				t.Errorf("got %d, %v", sum, err)
			}
		})
	}
}

func TestOptionsThatDoNotFitABindAreErrors(t *testing.T) {
	type numbered interface{ PortNumber() string }
	for want, opt := range map[string]di.Option{
		"does not implement":             di.As[numbered](),
		"di.Close needs a method":        di.Close(),
		"a group needs a name, not \"\"": di.Group(""),
	} {
		err := app.New(fx.NopLogger, config.Bind[server]("server", opt)).Err()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "config/app_test.go:") {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

// A counted section says how often it was validated.
type counted struct{ N int }

var validations atomic.Int32

func (counted) Validate() error {
	validations.Add(1)
	return nil
}

// HO-023.
func TestASectionIsValidatedOnceForAnApplication(t *testing.T) {
	before := validations.Load()
	apptest.Start(t, config.Bind[counted]("counted"), di.Singleton(func(counted, *config.Live[counted]) server { return server{} }),
		fx.Invoke(func(counted, server) {}), fx.Invoke(func(counted) {}))
	if n := validations.Load() - before; n != 1 {
		t.Errorf("validated %d times", n)
	}
}
