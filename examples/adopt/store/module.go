// Package store keeps what the depot knows.
package store

import (
	"go.uber.org/fx"
	"go.uber.org/zap"
)

// Module provides the tables and a cache.
var Module = fx.Module("store",
	fx.Decorate(func(log *zap.Logger) *zap.Logger { return log.Named("store") }),
	fx.Provide(newEngine, newPool, fx.Private),
	fx.Provide(
		fx.Annotate(newPrimary,
			fx.ResultTags(`name:"primary"`),
			fx.OnStart(openPrimary),
			fx.OnStop(closePrimary),
		),
		fx.Annotate(newReplica,
			fx.ParamTags(`name:"primary"`),
			fx.ResultTags(`name:"replica"`),
			fx.OnStart(openReplica),
			fx.OnStop(closeReplica),
		),
		fx.Annotated{Name: "audit", Target: NewAudit},
		NewParcels,
		NewCustomers,
		NewInvoices,
		NewRoutes,
		NewMigrator,
	),
	fx.Provide(
		fx.Annotated{Group: "migrations", Target: func() Migration { return Migration{1, "parcels"} }},
		fx.Annotated{Group: "migrations", Target: func() Migration { return Migration{2, "customers"} }},
		fx.Annotated{Group: "migrations,flatten", Target: func() []Migration { return []Migration{{3, "invoices"}, {4, "routes"}} }},
	),
	fx.Module("cache",
		fx.Decorate(func(log *zap.Logger) *zap.Logger { return log.Named("cache") }),
		fx.Provide(newLRU, fx.Private),
		fx.Provide(fx.Annotate(NewMemory, fx.As(fx.Self()), fx.As(new(Cache)), fx.OnStop(flush))),
	),
	fx.Invoke((*Migrator).Migrate),
)
