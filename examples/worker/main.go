// Worker is what a new service starts from: settings, one loop, and a graceful stop.
package main

import (
	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/health"
)

// Module is the program without its configuration.
var Module = fx.Module("worker",
	config.Bind[Settings]("worker"),
	di.Scoped(NewWorker),
	hosting.Loop((*Worker).Work, hosting.Name("work"), hosting.With(idle), hosting.Restart(patience)),
	health.Check("turns", turning, health.Live),
)

func main() {
	app.Main(
		config.Load(config.File("worker.yaml", config.Optional()), config.Env("APP")),
		Module,
	)
}
