package logs

import (
	"context"
	"log/slog"
	"reflect"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// A Room is what a logger takes that says what there is to say of one context: all of it, so that a scope that comes with
// rooms binds loggers without another allocation.
type Room struct {
	scope *Scope // the one that ctx belongs to, or nil
	ctx   context.Context
	root  *Root

	from *zap.Logger // what was bound
	log  zap.Logger  // what it has become, with core
	core core

	std     slog.Logger                  // the same for slog, once it was asked for
	stdFrom *handler                     // what was bound for it
	writes  atomic.Pointer[slog.Handler] // made for the first line of std

	next *Room // of the same scope
}

// bind has the room make of a logger that Named has made the one of its context.
func (r *Room) bind(log *zap.Logger, c *core) {
	r.from, r.log = log, *log
	r.core.inner, r.core.levels, r.core.gauge, r.core.facts = c.inner, c.levels, c.gauge, r
	s := r.root.setter()
	s.set(&r.log, &r.core)
	r.root.setters.Put(s)
}

// version is that of fields: it grows with that of each scope around.
func (r *Room) version() uint64 {
	if r.scope == nil {
		return 0
	}
	return r.scope.version()
}

// fields are those of the scope, of the span, and those that the program takes from the context.
func (r *Room) fields() []zap.Field {
	var all []zap.Field
	if r.scope != nil {
		all = r.scope.fields()
	}
	if span := trace.SpanContextFromContext(r.ctx); span.IsValid() {
		all = append(all, zap.String("trace_id", span.TraceID().String()), zap.String("span_id", span.SpanID().String()))
	}
	for _, extra := range r.root.Extra {
		all = append(all, extra(r.ctx)...)
	}
	return all
}

// sameSpan reports whether two contexts are inside of the same span, or both of none.
func sameSpan(a, b context.Context) bool {
	one, other := trace.SpanContextFromContext(a), trace.SpanContextFromContext(b)
	return one.TraceID() == other.TraceID() && one.SpanID() == other.SpanID()
}

// A setter puts a core into a zap.Logger where that stands. zap does it in a copy only, which would be an allocation for each
// logger of a request.
type setter struct {
	core  zapcore.Core
	apply func(*zap.Logger)
}

func newSetter() *setter {
	s := new(setter)
	option := zap.WrapCore(func(zapcore.Core) zapcore.Core { return s.core })
	s.apply = func(log *zap.Logger) { *log = *log.WithOptions(option) }
	// zap's options are functions that change the logger they are given, though nobody but zap may call them.
	if f := reflect.ValueOf(option); f.CanConvert(reflect.TypeOf(s.apply)) {
		s.apply = f.Convert(reflect.TypeOf(s.apply)).Interface().(func(*zap.Logger))
	}
	return s
}

func (s *setter) set(log *zap.Logger, c *core) {
	s.core = c
	s.apply(log)
	s.core = nil
}
