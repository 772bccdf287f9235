package logs

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

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

	taken atomic.Int32 // rooms

	mu sync.Mutex

	bound *Room // the loggers of this very context: most scopes have one or two
	free  *Room // rooms that the scope came with
}

type scopeKey struct{}

// Enter makes the context of a unit of work of an application.
func Enter(ctx context.Context, e *supervise.Engine, source Source) *Scope {
	return &Scope{Context: ctx, root: Of(e), source: source, outer: scopeOf(ctx)}
}

// Begin makes s, which is part of something larger, the context of a unit of work that is inside of no other. It may come with
// rooms for loggers.
func (s *Scope) Begin(ctx context.Context, root *Root, source Source, rooms []Room) {
	s.Context, s.root, s.source = ctx, root, source
	for i := range rooms {
		rooms[i].next, s.free = s.free, &rooms[i]
	}
}

// Taken is how many rooms the scope would have needed so far.
func (s *Scope) Taken() int { return int(s.taken.Load()) }

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

// version is that of fields: it grows with that of each scope around.
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

// own is the room of a logger that says what the scope does: one for each logger.
func (s *Scope) own(log *zap.Logger, c *core) *Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := s.bound; r != nil; r = r.next {
		if r.from == log {
			return r
		}
	}
	r := s.take(s)
	r.bind(log, c)
	r.next, s.bound = s.bound, r
	return r
}

// inside is the room of a logger that says what the scope and a context inside of it do.
func (s *Scope) inside(ctx context.Context, log *zap.Logger, c *core) *Room {
	s.mu.Lock()
	r := s.take(ctx)
	s.mu.Unlock()
	r.bind(log, c)
	return r
}

// take is called with the lock held.
func (s *Scope) take(ctx context.Context) *Room {
	s.taken.Add(1)
	r := s.free
	if r == nil {
		r = new(Room)
	} else {
		s.free, r.next = r.next, nil
	}
	r.scope, r.ctx, r.root = s, ctx, s.root
	return r
}

// A Unit is the Source of a unit of which there is nothing to say but its name.
type Unit string

// Name implements Source.
func (u Unit) Name() string { return string(u) }

// Fields implements Source.
func (Unit) Fields() []zap.Field { return nil }

// Version implements Source.
func (Unit) Version() uint64 { return 0 }
