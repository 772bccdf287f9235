package log

import (
	"context"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/place"
)

// From returns the logger of the unit of work that ctx belongs to, for functions that are given a context and no logger. It
// is named after the unit, and its lines say what those of an injected logger do: see the package comment. For a context
// that comes from no unit it is zap.L(), which writes nothing outside of app.Main.
func From(ctx context.Context) *zap.Logger { return logs.From(ctx) }

// Fields has the lines of all units of work say what fn takes from the context of their unit, behind what they say anyway: a
// tenant, for example. fn is called for the first line of a unit that is written, from any goroutine. Several
// Fields add up.
//
// With it, an injected logger may cost a unit an allocation even if it writes nothing.
func Fields(fn func(ctx context.Context) []zap.Field) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Setting{Value: logs.Extra(fn), Here: here}, here)
}
