package plan

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// A Scope is an open scope as its owner holds it, or as a constructor inside it was given it.
type Scope struct {
	*session
	frame *building // the constructor that holds it
}

// Resolve builds or finds what the scope's owner sees under a key.
func (s *Scope) Resolve(k Key) (reflect.Value, error) {
	if s == nil || s.session == nil {
		return reflect.Value{}, errUnopened
	}
	if err := s.enter(); err != nil {
		return reflect.Value{}, err
	}
	defer s.gate.Leave()
	return s.resolve(s.frame.live(), k)
}

// Close runs the cleanups in reverse order of construction and returns what failed, as a *CleanupError. ctx
// gives them its values, not its end. Later calls wait for the first and return its result; through the
// handle of a constructor inside the scope, which a cleanup may hold, they return nil at once.
func (s *Scope) Close(ctx context.Context) error {
	if s == nil || s.session == nil {
		return errUnopened
	}
	return s.close(ctx, s.frame == nil)
}

var errUnopened = errors.New("scope was never opened: scopes.Factory opens one")

// A session is an open scope whose instances are asked for one by one. Safe for goroutines.
//
// A scoped provider has one instance. While it is built no lock is held: others that
// need it wait, and a wait that could never end is found by walking over who waits
// for whom.
type session struct {
	g     *Graph
	view  *Module // whose private providers are seen
	owner Step    // who opened it
	ctx   context.Context
	gate  *supervise.Gate
	given []reflect.Value
	root  bool // of the application: cleanups go to the engine, and it never closes
	unit  bool // of a unit, which closes it

	mu        sync.Mutex
	instances map[instanceKey]*instance
	waits     []wait
	tidy      tidier
	closed    bool

	done   chan struct{} // closed when Close has ended
	result error
}

var errClosed = supervise.ErrClosed

func (g *Graph) scope(ctx context.Context, view *Module, gate *supervise.Gate, owner Step, given []reflect.Value) *session {
	if ctx == nil {
		ctx = g.Engine.Context()
	}
	return &session{
		g: g, view: view, owner: owner, ctx: ctx, gate: gate, given: given,
		instances: map[instanceKey]*instance{}, done: make(chan struct{}),
	}
}

// root is the scope of what singletons ask for through a Lazy.
func (g *Graph) root() *session {
	if g.rootScope == nil {
		g.rootScope = g.scope(g.Engine.Context(), g.Root, g.Engine.NewGate("di.Lazy", place.Place{}), Step{}, nil)
		g.rootScope.root = true
	}
	return g.rootScope
}

// enter fails if the application or the scope has come to its end. Otherwise the gate counts who asks for
// something.
func (s *session) enter() error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.gate.Leave()
		return errClosed
	}
	return nil
}

func (s *session) resolve(frame *building, k Key) (reflect.Value, error) {
	if v, ok := s.givenValue(k); ok {
		return v, nil
	}
	if r := s.g.find(s.view, k); r != nil {
		return s.value(s.ctx, frame, s.view, s.owner.Func, r)
	}
	switch k {
	case Key{Type: contextType}:
		return reflect.ValueOf(&s.ctx).Elem(), nil
	case Key{Type: scopeType}:
		return reflect.ValueOf(&Scope{session: s, frame: frame}), nil
	case Key{Type: factoryType}:
		return reflect.ValueOf(&Factory{g: s.g, view: s.view, owner: s.owner, gate: s.gate}), nil
	}
	return reflect.Value{}, s.missing(k, frame)
}

func (s *session) givenValue(k Key) (reflect.Value, bool) {
	for _, v := range s.given {
		if k == (Key{Type: v.Type()}) {
			return v, true
		}
	}
	return reflect.Value{}, false
}

func (s *session) missing(k Key, frame *building) *MissingError {
	e := &MissingError{Type: k.Type, Name: k.Name, Group: k.Group, Hint: s.g.similar(k)}
	for f := frame; f != nil; f = f.parent {
		e.Trace = append(e.Trace, f.node.step())
	}
	if s.owner.Func != "" {
		e.Trace = append(e.Trace, s.owner)
	}
	if givers := s.g.given[k.Type]; len(givers) > 0 {
		e.GivenBy = uniq(givers)
		e.Hint = givenOnly(givers, k) + "; scopes.Given gives one to Factory.Open"
	}
	return e
}

// value returns what r provides for a consumer in module m. ctx bounds only waiting.
func (s *session) value(ctx context.Context, frame *building, m *Module, consumer string, r *Result) (reflect.Value, error) {
	n := r.Node
	if n.Prov != nil && n.Prov.Builtin != nil {
		return n.Prov.Builtin(s.g.Engine, consumer), nil
	}
	switch n.Lifetime {
	case decl.Transient:
		if frame.constructs(r) {
			return reflect.Value{}, ringOf(frame, n)
		}
		b := &building{node: n, result: r, parent: frame}
		defer b.ended.Store(true)
		values, err := s.build(b, n, []*Result{r})
		return values[r], err
	case decl.Scoped:
		return s.shared(ctx, frame, instanceKey{node: n}, r, n.Results)
	}
	l := s.g.canonicalLeaf(s.g.leafOf(m, r))
	v, ok := s.g.table[l]
	if !ok {
		e := s.missing(r.Key, frame)
		e.GivenBy = nil
		e.Hint = fmt.Sprintf("%s (%v) provides one, but was not called, since nothing takes it as a parameter: take it as one", n.name(), n.where())
		return reflect.Value{}, e
	}
	if adapt, ok := s.g.Adapt[r.Key.Type]; ok && r.Key.Name == "" && r.Key.Group == "" {
		v = adapt.Name(v, consumer)
		if !s.root {
			v = adapt.Scope(v, s.ctx)
		}
	}
	return v, nil
}

// shut closes the scope of a unit and hands over its cleanups.
func (s *session) shut() *tidier {
	s.mu.Lock()
	if !s.closed {
		defer s.mu.Unlock()
		s.closed = true
		s.instances = nil
		close(s.done)
		return &s.tidy
	}
	s.mu.Unlock()
	<-s.done // the unit has closed it
	return &tidier{}
}

func (s *session) close(ctx context.Context, wait bool) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		if !wait {
			return nil
		}
		<-s.done
		return s.result
	}
	s.closed = true
	s.mu.Unlock()
	if ctx == nil {
		ctx = s.ctx
	}
	if !s.unit {
		defer s.gate.Leave()
	}
	defer close(s.done)

	limit := cleanupLimit
	var failed []error
	var c supervise.Cleaner // so that Close returns although a cleanup hangs
	defer c.End()
	for _, t := range slices.Backward(s.tidy.list) {
		begun := time.Now()
		if err := s.release(ctx, &c, t.node, t.fn, limit); err != nil {
			failed = append(failed, err)
		}
		limit = max(limit-time.Since(begun), cleanupFloor)
	}
	s.mu.Lock()
	s.tidy.list, s.instances = nil, nil
	s.mu.Unlock()
	if len(failed) > 0 {
		s.result = &CleanupError{Errs: failed}
	}
	return s.result
}

// release runs one cleanup.
func (s *session) release(ctx context.Context, c *supervise.Cleaner, n *Node, cleanup any, limit time.Duration) error {
	err := c.Run(ctx, n.name(), n.where(), limit, uniform(cleanup))
	if failed, ok := err.(*supervise.FailedError); ok { //nolint:errorlint // RunCleanup has just made it
		s.g.cleanupFailed(n, failed.Err) // the event says whose cleanup it is
	} else if err != nil {
		s.g.cleanupFailed(n, err)
	}
	return err
}

// keep remembers a cleanup. One that comes after Close is run by who built the value.
func (s *session) keep(n *Node, cleanup any) error {
	if s.root {
		s.g.Engine.Release(n.name(), n.where(), uniform(cleanup))
		return nil
	}
	s.mu.Lock()
	if !s.closed {
		s.tidy.add(n, cleanup)
		s.mu.Unlock()
		return nil
	}
	s.mu.Unlock()
	var c supervise.Cleaner
	defer c.End()
	_ = s.release(s.ctx, &c, n, cleanup, cleanupLimit)
	return errClosed
}
