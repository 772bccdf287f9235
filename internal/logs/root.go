package logs

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/internal/supervise"
)

// A Root is what one application knows of its loggers.
type Root struct {
	log   atomic.Pointer[zap.Logger] // the application's, once there is one
	named sync.Map                   // name to *zap.Logger: as many as there are units

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

// Bind makes a logger that Named has made the one of the scope that ctx belongs to: its lines say of it what its Source
// does. It costs nothing for a scope that has bound the logger before, as that of a timer has after its first turn.
func (r *Root) Bind(ctx context.Context, log *zap.Logger) *zap.Logger {
	s := scopeOf(ctx)
	switch {
	case len(r.Extra) > 0: // they may say something else for each context
		return bind(log, &view{root: r, scope: s, ctx: ctx})
	case s == nil:
		return log
	}
	return s.of(log, func() any { return bind(log, s) }).(*zap.Logger)
}

// BindSlog is Bind for what Slog has made.
func (r *Root) BindSlog(ctx context.Context, log *slog.Logger) *slog.Logger {
	h, ours := log.Handler().(*handler)
	if !ours {
		return log
	}
	s := scopeOf(ctx)
	switch {
	case len(r.Extra) > 0:
	case s == nil:
		return log
	default:
		return s.of(log, func() any { return r.NewSlog(bind(h.log, s)) }).(*slog.Logger)
	}
	return r.NewSlog(r.Bind(ctx, h.log))
}

// facts are what the lines of a logger say beside its fields.
type facts interface {
	fields() []zap.Field
	version() uint64
}

// bind makes the core of a logger add facts. It hands them over as a field that core.With understands: with an option
// it would take three allocations more.
func bind(log *zap.Logger, f facts) *zap.Logger {
	return log.With(zap.Field{Type: zapcore.SkipType, Interface: f})
}

// A view is what a scope, if there is one, and the functions of the program say of one context.
type view struct {
	root  *Root
	scope *Scope
	ctx   context.Context // of the unit, for those functions: it lives as long as the logger
}

func (v *view) version() uint64 {
	if v.scope == nil {
		return 0
	}
	return v.scope.version()
}

func (v *view) fields() []zap.Field {
	var all []zap.Field
	if v.scope != nil {
		all = v.scope.fields()
	}
	for _, extra := range v.root.Extra {
		all = append(all, extra(v.ctx)...)
	}
	return all
}
