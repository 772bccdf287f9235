// Tutorial is the program that docs/tutorial.md builds: reminders, taken over HTTP and sent when due.
package main

import (
	"context"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/scopes"
)

// Module is the service without its surroundings: tests use it as it is.
var Module = fx.Module("reminders",
	config.Bind[Settings]("reminders"),
	di.Singleton(NewStore),
	di.Singleton(NewConsole, di.As[Sender]()),
	di.Scoped(NewTx),
	scopes.Bind[Remind](scopes.Around(remind, InTx)),
	hosting.Loop(scopes.Around(SendDue, InTx), hosting.With(pace)),
	web.Handle("POST /reminders", Post),
)

func main() {
	app.Main(
		config.Load(config.File("reminders.yaml", config.Optional()), config.Env("REMINDERS")),
		Module,
		web.Serve(":8080"),
	)
}

// Settings are the section "reminders" of the configuration.
type Settings struct {
	Pace time.Duration `default:"1s"` // between two looks for what is due
}

func pace(s Settings) hosting.Option { return hosting.Idle(s.Pace) }

// Remind stores a reminder in a unit of work of its own.
type Remind func(ctx context.Context, text string, in time.Duration) error
