package database

import (
	"go.uber.org/fx"

	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/examples/ordering/events"
	"github.com/berth-go/berth/examples/ordering/orders"
)

// Module provides what the packages orders and events ask for.
var Module = fx.Module("database",
	config.Bind[Settings]("database"),

	di.Singleton(Open),
	di.Singleton(NewOutage),
	di.Scoped(NewTx, di.As[*Tx](), di.As[orders.UnitOfWork]()),
	di.Scoped(NewOrders, di.As[orders.Repository](), di.As[orders.Backlog]()),
	di.Scoped(NewOutbox, di.As[orders.Outbox](), di.As[events.Outbox]()),
	di.Scoped(NewInbox, di.As[events.Inbox]()),
)
