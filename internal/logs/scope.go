package logs

import (
	"context"
	"slices"
	"sync"

	"go.uber.org/zap"

	"github.com/berth-go/berth/internal/supervise"
)

// A Source says what lines say of the unit of work in which they are written. It is called only for lines that are
// written, from any goroutine.
type Source interface {
	// Name is the name of the logger that From returns.
	Name() string
	// Fields are made when the first line is written, and anew when Version has grown.
	Fields() []zap.Field
	Version() uint64
}

// A Scope is the context of a unit of work, or of several that one goroutine calls one after another. It belongs to
// who calls the units, and nothing of it is used again for others: a logger that somebody keeps stays what it is.
type Scope struct {
	context.Context
	root   *Root
	source Source
	outer  *Scope // the one that the context is inside of, or nil

	mu sync.Mutex

	made  [2]made // the loggers of this scope: most have one or two
	extra []made
}

// made is a logger of an application and what a scope has made of it.
type made struct{ from, to any }

type scopeKey struct{}

// Enter makes the context of a unit of work of an application.
func Enter(ctx context.Context, e *supervise.Engine, source Source) *Scope {
	s := new(Scope)
	s.Enter(ctx, Of(e), source)
	return s
}

// Enter makes s, which is part of something larger, the context of a unit of work.
func (s *Scope) Enter(ctx context.Context, root *Root, source Source) {
	s.Context, s.root, s.source, s.outer = ctx, root, source, scopeOf(ctx)
}

// Value is that of the context inside, but for the scope itself.
func (s *Scope) Value(key any) any {
	if key == (scopeKey{}) {
		return s
	}
	return s.Context.Value(key)
}

func scopeOf(ctx context.Context) *Scope {
	s, _ := ctx.Value(scopeKey{}).(*Scope)
	return s
}

// Version is that of facts: it grows with that of each scope around.
func (s *Scope) version() uint64 {
	v := s.source.Version()
	if s.outer != nil {
		v += s.outer.version()
	}
	return v
}

// fields are those of the outer scopes and then its own, which hide outer ones of the same key.
func (s *Scope) fields() []zap.Field {
	own := s.source.Fields()
	if s.outer == nil {
		return own
	}
	all := slices.DeleteFunc(slices.Clone(s.outer.fields()), func(f zap.Field) bool {
		return slices.ContainsFunc(own, func(o zap.Field) bool { return o.Key == f.Key })
	})
	return append(all, own...)
}

// of returns what make makes of from, once for each scope.
func (s *Scope) of(from any, make func() any) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.made {
		m := &s.made[i]
		if m.from == nil {
			*m = made{from, make()}
		}
		if m.from == from {
			return m.to
		}
	}
	for _, m := range s.extra {
		if m.from == from {
			return m.to
		}
	}
	to := make()
	s.extra = append(s.extra, made{from, to})
	return to
}

// A Unit is the Source of a unit of which there is nothing to say but its name.
type Unit string

// Name implements Source.
func (u Unit) Name() string { return string(u) }

// Fields implements Source.
func (Unit) Fields() []zap.Field { return nil }

// Version implements Source.
func (Unit) Version() uint64 { return 0 }
