package main

import (
	"context"
	"fmt"
	"net"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/hosting/web"
)

// A greeting is what greet needs.
type greeting struct {
	fx.In

	Addr     *web.Addr `name:"http"`
	Settings *config.Live[orders.Settings]
}

// greet says what to try. It is called once, when the service listens.
func greet(_ context.Context, g greeting) {
	host, port, _ := net.SplitHostPort(g.Addr.Addr().String())
	if net.ParseIP(host).IsUnspecified() { // all addresses
		host = "localhost"
	}
	fmt.Printf(`The ordering service is ready. Try in another terminal:

  curl -i '%[1]s/orders' -d '{"buyer":"ada","lines":[{"product":"tea","units":2,"price":450}]}'
  curl -s '%[1]s/orders?page_size=10'
  curl -s '%[1]s/orders/ID'

%[2]v after it was placed, an order awaits validation. Ctrl-C stops the service; started
again, it goes on where it was.

`, "http://"+net.JoinHostPort(host, port), g.Settings.Get().GracePeriod)
}
