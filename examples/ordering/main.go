// Ordering takes orders over HTTP and gives each buyer a grace period to change
// their mind: a whole service on Berth, with a database, an outbox and an event bus.
package main

import (
	"cmp"
	"os"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/examples/ordering/api"
	"github.com/berth-go/berth/examples/ordering/database"
	"github.com/berth-go/berth/examples/ordering/events"
	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
)

// Module is the service without its listener and its configuration.
var Module = fx.Options(database.Module, events.Module, orders.Module, api.Module)

func main() {
	app.Main(
		config.Load(
			config.File("ordering.yaml", config.Optional()),
			config.Env("ORDERING"),
			config.Values(map[string]any{"database": map[string]any{"url": os.Getenv("DATABASE_URL")}}),
		),
		Module,
		web.Serve(cmp.Or(os.Getenv("HTTP_ADDR"), ":8080"), web.Name("http")),
		hosting.Run(greet, hosting.AfterIntake()),
		app.StartTimeout(time.Minute),
	)
}
