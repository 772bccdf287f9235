package logs

import (
	"context"
	"log/slog"
	"slices"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
)

// A handler writes what a slog.Logger is told to the core of a zap.Logger, under its name. A line that comes with the
// context of a unit of work says what there is to say of that.
type handler struct {
	slog.Handler
	root *Root
	log  *zap.Logger
	// bound: the logger is that of a scope already.
	bound bool
	// steps are what WithAttrs and WithGroup did to the handler, for the one of a scope.
	steps []func(slog.Handler) slog.Handler
}

// NewSlog makes a slog.Logger of a zap.Logger.
func (r *Root) NewSlog(log *zap.Logger) *slog.Logger {
	c, ours := log.Core().(*core)
	return slog.New(&handler{Handler: r.handler(log), root: r, log: log, bound: ours && (c.bound || c.facts != nil)})
}

func (r *Root) handler(log *zap.Logger) slog.Handler {
	opts := append([]zapslog.HandlerOption{zapslog.WithName(log.Name()), zapslog.AddStacktraceAt(never)}, r.Slog...)
	return zapslog.NewHandler(log.Core(), opts...)
}

// never is beyond all levels.
const never = slog.LevelError + 1<<10

// NamedSlog names a logger that NewSlog has made after its consumer, as Named does. Others stay as they are.
func (r *Root) NamedSlog(log *slog.Logger, consumer string) *slog.Logger {
	h, ours := log.Handler().(*handler)
	if !ours {
		return log
	}
	return r.NewSlog(Named(h.log, consumer))
}

// slog is the room's logger as one of slog. h is what was bound.
func (r *Room) slog(h *handler) *slog.Logger {
	if r.scope != nil {
		r.scope.mu.Lock()
		defer r.scope.mu.Unlock()
	}
	if r.stdFrom == nil {
		r.stdFrom, r.std = h, *slog.New((*bound)(r))
	}
	return &r.std
}

// bound is the handler of a room. It is made when the first line is written.
type bound Room

func (b *bound) handler() slog.Handler {
	if h := b.writes.Load(); h != nil {
		return *h
	}
	h := b.root.handler(&b.log)
	b.writes.Store(&h)
	return h
}

// Enabled is called by slog.
func (b *bound) Enabled(ctx context.Context, level slog.Level) bool {
	return b.stdFrom.Enabled(ctx, level)
}

// Handle is called by slog. A line of another span of the unit says so.
func (b *bound) Handle(ctx context.Context, line slog.Record) error {
	if ctx == nil || ctx == b.ctx || !trace.SpanContextFromContext(ctx).IsValid() || sameSpan(ctx, b.ctx) {
		return b.handler().Handle(ctx, line)
	}
	return b.stdFrom.Handle(ctx, line)
}

// WithAttrs is called by slog.
func (b *bound) WithAttrs(attrs []slog.Attr) slog.Handler { return b.handler().WithAttrs(attrs) }

// WithGroup is called by slog.
func (b *bound) WithGroup(name string) slog.Handler { return b.handler().WithGroup(name) }

// Handle is called by slog.
func (h *handler) Handle(ctx context.Context, line slog.Record) error {
	if h.bound || ctx == nil {
		return h.Handler.Handle(ctx, line)
	}
	log := h.root.Bind(ctx, h.log)
	if log == h.log {
		return h.Handler.Handle(ctx, line)
	}
	handler := h.root.handler(log)
	for _, step := range h.steps {
		handler = step(handler)
	}
	return handler.Handle(ctx, line)
}

// WithAttrs is called by slog.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(func(to slog.Handler) slog.Handler { return to.WithAttrs(attrs) })
}

// WithGroup is called by slog.
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.with(func(to slog.Handler) slog.Handler { return to.WithGroup(name) })
}

func (h *handler) with(step func(slog.Handler) slog.Handler) slog.Handler {
	with := *h
	with.Handler = step(h.Handler)
	with.steps = append(slices.Clip(h.steps), step)
	return &with
}
