// Package api is how the depot is reached.
package api

import (
	"go.uber.org/fx"
	"go.uber.org/zap"
)

// Module serves the depot.
var Module = fx.Module("api",
	fx.Decorate(func(log *zap.Logger) *zap.Logger { return log.Named("api") }),
	fx.Provide(newAccessLog, fx.Private),
	fx.Provide(
		NewHealth,
		NewStatus,
		NewListener,
		fx.Annotate(NewServer, fx.OnStart(serve), fx.OnStop(shutdown)),
		fx.Annotate(NewMux, fx.ParamTags(`group:"routes"`)),
		fx.Annotate(postParcel, fx.ResultTags(`group:"routes"`)),
		fx.Annotate(getParcel, fx.ResultTags(`group:"routes"`)),
		fx.Annotate(getStatus, fx.ResultTags(`group:"routes"`)),
		fx.Annotate(getHealth, fx.ResultTags(`group:"routes"`)),
		fx.Annotate(postFlood, fx.ResultTags(`group:"routes"`)),
	),
	fx.Invoke(func(*Server) {}),
)
