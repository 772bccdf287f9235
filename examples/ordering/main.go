// Ordering takes orders over HTTP and gives each buyer a grace period to change
// their mind: a whole service on Berth, with a database, an outbox and an event bus.
package main

import (
	"errors"
	"net"
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

// HTTP is the section "http".
type HTTP struct {
	Addr string `default:":8080" doc:"address to listen on"`
}

// Validate finds what is no address before anything is constructed.
func (s HTTP) Validate() error {
	_, port, err := net.SplitHostPort(s.Addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return errors.New(`addr must be like ":8080" or "127.0.0.1:8080"`)
	}
	return nil
}

func address(s *config.Live[HTTP]) web.Option { return web.Address(s.Get().Addr) }

func main() {
	app.Main(
		config.Load(
			config.File("ordering.yaml", config.Optional()),
			config.Env("ORDERING"),
			config.Variable("DATABASE_URL", "database.url"),
			config.Variable("HTTP_ADDR", "http.addr"),
			config.Flags(os.Args[1:]),
			config.Reload(),
		),
		Module,
		config.Bind[HTTP]("http"),
		web.Serve(":8080", web.Name("http"), web.With(address)),
		hosting.Run(greet, hosting.AfterIntake()),
		app.StartTimeout(time.Minute),
	)
}
