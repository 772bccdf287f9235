package api

import (
	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting/web"
)

// Module needs the functions orders.Place, orders.Find and orders.List.
var Module = fx.Module("api",
	di.Singleton(NewOrders),
	web.Group("/orders", Problems, InTime,
		web.Handle("POST /", (*Orders).Place),
		web.Handle("GET /{id}", (*Orders).Get),
		web.Handle("GET /", (*Orders).List),
	),
)
