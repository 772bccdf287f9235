package logs

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"

	"github.com/berth-go/berth/internal/supervise"
)

// A Root is what one application knows of its loggers.
type Root struct {
	log   atomic.Pointer[zap.Logger] // the application's, once there is one
	named sync.Map                   // name to *zap.Logger: as many as there are units

	setters sync.Pool // of *setter

	// Extra is set before the application is constructed.
	Extra []Extra
	// Slog says of slog's lines what options of zap say of zap's. It is set with the logger.
	Slog []zapslog.HandlerOption
}

// Extra takes fields from the context of a unit.
type Extra func(context.Context) []zap.Field

// Of is the root of an application.
func Of(e *supervise.Engine) *Root { return supervise.Local(e, func() *Root { return new(Root) }) }

// Use is given the application's logger as soon as there is one.
func (r *Root) Use(log *zap.Logger) { r.log.Store(log) }

// logger is the application's, under the name of a unit.
func (r *Root) logger(name string) *zap.Logger {
	if log, ok := r.named.Load(name); ok {
		return log.(*zap.Logger)
	}
	log := r.log.Load()
	if log == nil {
		return zap.NewNop()
	}
	named, _ := r.named.LoadOrStore(name, Named(log, name))
	return named.(*zap.Logger)
}

// From returns the logger of the unit of work that ctx belongs to, or zap's global one.
func From(ctx context.Context) *zap.Logger {
	s := scopeOf(ctx)
	if s == nil {
		return zap.L()
	}
	return s.root.Bind(ctx, s.root.logger(s.source.Name()))
}

// Bind makes a logger that Named has made the one of the unit of work that ctx belongs to: its lines say of it what its
// Source does, and of which span they are. It costs nothing for a scope that has bound the logger before, as that of a timer
// has after its first turn, or that has room for it.
func (r *Root) Bind(ctx context.Context, log *zap.Logger) *zap.Logger {
	if room := r.room(ctx, log); room != nil {
		return &room.log
	}
	return log
}

// BindSlog is Bind for what Slog has made.
func (r *Root) BindSlog(ctx context.Context, log *slog.Logger) *slog.Logger {
	h, ours := log.Handler().(*handler)
	if !ours {
		return log
	}
	if room := r.room(ctx, h.log); room != nil {
		return room.slog(h)
	}
	return log
}

// room is that of a logger for a context, or nil if there is nothing to say of it.
func (r *Root) room(ctx context.Context, log *zap.Logger) *Room {
	c, ours := log.Core().(*core)
	if !ours {
		return nil
	}
	s := scopeOf(ctx)
	switch {
	case s == nil && len(r.Extra) == 0 && !trace.SpanContextFromContext(ctx).IsValid():
		return nil
	case s == nil:
		room := &Room{ctx: ctx, root: r}
		room.bind(log, c)
		return room
	case ctx == context.Context(s), len(r.Extra) == 0 && sameSpan(ctx, s):
		return s.own(log, c)
	}
	return s.inside(ctx, log, c)
}

func (r *Root) setter() *setter {
	if s, ok := r.setters.Get().(*setter); ok {
		return s
	}
	return newSetter()
}
