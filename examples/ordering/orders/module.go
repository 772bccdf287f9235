package orders

import (
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/scopes"
)

// Module needs a Repository, a Backlog, an Outbox and a UnitOfWork, all scoped.
var Module = fx.Module("orders",
	config.Bind[Settings]("orders"),

	scopes.Bind[Place](scopes.Around(place, InTx)),
	scopes.Bind[Find](Repository.Find),
	scopes.Bind[List](Repository.List),

	di.Scoped(NewGracePeriodManager),
	hosting.Loop(scopes.Around((*GracePeriodManager).Check, InTx),
		hosting.With(checkInterval), hosting.Timeout(30*time.Second)),

	health.Check("storage", readable),
)

// checkInterval counts from the next start on; triggers.orders.GracePeriodManager.Check.interval at once.
func checkInterval(s *config.Live[Settings]) hosting.Option {
	return hosting.Idle(s.Get().CheckInterval)
}
