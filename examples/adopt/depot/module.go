// Package depot takes parcels in, sorts them and sends them out.
package depot

import (
	"go.uber.org/fx"
	"go.uber.org/zap"
)

// Module provides the depot with its three halls.
var Module = fx.Module("depot",
	fx.Decorate(func(log *zap.Logger) *zap.Logger { return log.Named("depot") }),
	fx.Provide(
		NewPricer,
		fx.Annotate(NewWeight, fx.As(new(Rule)), fx.ResultTags(`group:"rules"`)),
		fx.Annotate(NewSize, fx.As(new(Rule)), fx.ResultTags(`group:"rules"`)),
		fx.Annotate(seasonal, fx.ResultTags(`group:"rules,flatten"`)),
		NewDepot,
	),
	fx.Module("intake",
		fx.Provide(func() limit { return 40 }, fx.Private),
		fx.Provide(NewScanner, NewIntake),
	),
	fx.Module("sorting",
		fx.Decorate(func(log *zap.Logger) *zap.Logger { return log.Named("sorting") }),
		fx.Provide(func() limit { return 15 }, fx.Private),
		fx.Provide(
			fx.Annotate(newBelt("a"), fx.ResultTags(`name:"belt a"`)),
			fx.Annotate(newBelt("b"), fx.ResultTags(`name:"belt b"`)),
			fx.Annotate(newBelt("c"), fx.ResultTags(`name:"belt c"`)),
			fx.Annotate(NewSorter, fx.ParamTags(`name:"belt a"`, `name:"belt b"`, `name:"belt c"`)),
		),
		fx.Invoke(func(lc fx.Lifecycle, s *Sorter) { lc.Append(fx.StartStopHook(s.start, s.stop)) }),
	),
	fx.Module("delivery",
		fx.Provide(func() limit { return 120 }, fx.Private),
		fx.Provide(newRouteBook, fx.Private),
		fx.Provide(
			fx.Annotate(newVans, fx.ResultTags(`group:"vans,flatten"`)),
			fx.Annotate(newBike, fx.ResultTags(`group:"vans"`)),
			NewPlanner,
			NewDelivery,
		),
		fx.Decorate(func(p *Planner) *Planner { return &Planner{book: p.book, traffic: p.traffic, careful: true} }),
	),
)
