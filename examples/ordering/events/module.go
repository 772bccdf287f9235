package events

import (
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/scopes"
)

// Module needs an Outbox, an Inbox and an orders.UnitOfWork, all scoped.
var Module = fx.Module("events",
	di.Singleton(NewInProcess, di.As[Bus]()),

	scopes.Bind[Unpublished](Outbox.Unpublished),
	scopes.Bind[MarkPublished](scopes.Around(Outbox.MarkPublished, orders.InTx)),
	hosting.Loop(relay, hosting.Idle(200*time.Millisecond), hosting.Timeout(30*time.Second)),
	health.Check("outbox", lag, health.FailureStatus(health.Degraded)),

	scopes.Bind[Record](scopes.Around(Inbox.Record, orders.InTx)),
	hosting.Run(subscribe),
)
