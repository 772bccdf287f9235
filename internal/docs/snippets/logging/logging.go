// Package logging is quoted by docs/logging.md.
package logging

import (
	"context"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/lifecycle"
)

type tenantKey struct{}

// Module says for whom it logs, and says much.
var Module = fx.Module("orders",
	log.Fields(func(ctx context.Context) []zap.Field {
		tenant, _ := ctx.Value(tenantKey{}).(string)
		return []zap.Field{zap.String("tenant", tenant)}
	}),
	lifecycle.OnStart(Verbose),
)

// Verbose has the package say more.
func Verbose(levels *log.Levels) {
	levels.Set("orders", zap.DebugLevel)
}
