package config_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
)

// GraceSettings is the section "grace".
type GraceSettings struct {
	CheckInterval time.Duration `default:"10s"`
	GracePeriod   time.Duration `default:"1m"`
	Token         config.Secret
}

func (s GraceSettings) Validate() error {
	if s.CheckInterval > s.GracePeriod {
		return errors.New("check_interval must not be longer than grace_period")
	}
	return nil
}

func ExampleBind() {
	a := app.New(fx.NopLogger, app.Logger(zap.NewNop),
		config.Load(config.Values(map[string]any{"grace.check_interval": "5s", "grace.token": "abc"})),
		config.Bind[GraceSettings]("grace"),
		fx.Invoke(func(s GraceSettings) { fmt.Println(s) }),
	)
	defer a.Stop(context.Background())
	// Output: {5s 1m0s [secret]}
}

func ExampleLoad() {
	a := app.New(fx.NopLogger, app.Logger(zap.NewNop),
		config.Load(
			config.File("ordering.yaml", config.Optional()),
			config.Env("ORDERING"), // ORDERING_GRACE__CHECK_INTERVAL=5s
			config.Values(map[string]any{"grace.check_intervall": "5s"}),
		),
		config.Bind[GraceSettings]("grace"),
	)
	var e *config.Error
	if errors.As(a.Err(), &e) {
		fmt.Println(e.Key, e.Reason)
	}
	// Output: grace.check_intervall is unknown; did you mean "check_interval"?
}
