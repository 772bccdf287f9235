// Package program puts the depot together.
package program

import (
	"context"
	"time"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/api"
	"github.com/berth-go/berth/examples/adopt/billing"
	"github.com/berth-go/berth/examples/adopt/depot"
	"github.com/berth-go/berth/examples/adopt/jobs"
	"github.com/berth-go/berth/examples/adopt/notify"
	"github.com/berth-go/berth/examples/adopt/settings"
	"github.com/berth-go/berth/examples/adopt/store"
)

// Options are the whole program. ctx is what long jobs run on, log is where it writes.
func Options(ctx context.Context, log *zap.Logger) fx.Option {
	return fx.Options(
		fx.Supply(
			fx.Annotate(ctx, fx.As(new(context.Context))),
			log,
			fx.Annotated{Name: "version", Target: "1.4.2"},
		),
		settings.Module,
		store.Module,
		depot.Module,
		notify.Module,
		billing.Module,
		jobs.Module,
		api.Module,

		fx.Decorate(fx.Annotate(inRegion, fx.ParamTags(``, `name:"region"`))),
		fx.Replace(fx.Annotate(billing.Fixed{"EUR": 1, "USD": 1.25}, fx.As(new(billing.Rates)))),
		fx.WithLogger(func(log *zap.Logger) fxevent.Logger {
			events := &fxevent.ZapLogger{Logger: log.Named("fx")}
			events.UseLogLevel(zap.DebugLevel)
			return events
		}),
		fx.StartTimeout(10*time.Second),
		fx.StopTimeout(10*time.Second),
	)
}

// inRegion writes the region on every line.
func inRegion(log *zap.Logger, region string) *zap.Logger {
	return log.With(zap.String("region", region))
}
