package plan

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
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
	if err := s.enter(); err != nil {
		return reflect.Value{}, err
	}
	defer s.gate.Leave()
	return s.resolve(s.frame.live(), k)
}

// Close runs the cleanups in reverse order of construction and returns what failed, as a *CleanupError. ctx
// gives them its values, not its end. Later calls wait for the first and return its result; through the
// handle of a constructor inside the scope, which a cleanup may hold, they return nil at once.
func (s *Scope) Close(ctx context.Context) error { return s.close(ctx, s.frame == nil) }

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

// An instanceKey is a scoped provider, or a transient one that a Lazy has.
type instanceKey struct {
	node *Node
	lazy *lazyRef
}

// An instance is what a provider has made in one scope.
type instance struct {
	frame  *building // who builds it; nil once built
	values map[*Result]reflect.Value
	err    error
	done   chan struct{}
}

// A building is a constructor under way, and what it was called for.
type building struct {
	node   *Node
	parent *building
	ended  atomic.Bool
}

// live is the innermost constructor that has not returned. Who holds a handle longer than that asks
// for itself.
func (b *building) live() *building {
	for b != nil && b.ended.Load() {
		b = b.parent
	}
	return b
}

// constructs reports whether an instance of n is under construction here or further out.
func (b *building) constructs(n *Node) bool {
	for ; b != nil; b = b.parent {
		if b.node == n {
			return true
		}
	}
	return false
}

func (b *building) within(outer *building) bool {
	for ; b != nil; b = b.parent {
		if b == outer {
			return true
		}
	}
	return false
}

var errClosed = supervise.ErrClosed

// A wait is a constructor that needs an instance which another one builds.
type wait struct {
	frame *building
	needs *instance
}

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
	if k == (Key{Type: contextType}) {
		return reflect.ValueOf(&s.ctx).Elem(), nil
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

func (s *session) missing(k Key, frame *building) error {
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
		if frame.constructs(n) {
			return reflect.Value{}, ringOf(frame, n)
		}
		b := &building{node: n, parent: frame}
		defer b.ended.Store(true)
		values, err := s.build(b, n, []*Result{r})
		return values[r], err
	case decl.Scoped:
		return s.shared(ctx, frame, instanceKey{node: n}, r, n.Results)
	}
	l := s.g.canonicalLeaf(s.g.leafOf(m, r))
	v, ok := s.g.table[l]
	if !ok {
		return reflect.Value{}, fmt.Errorf("%v is not built: nothing in the application takes it as a parameter, so take it as one", r.Key)
	}
	if adapt := s.g.Adapt[r.Key.Type]; adapt != nil && r.Key.Name == "" && r.Key.Group == "" {
		v = adapt(v, consumer)
	}
	return v, nil
}

// shared returns r of the one instance that this scope has under a key.
func (s *session) shared(ctx context.Context, frame *building, k instanceKey, r *Result, all []*Result) (reflect.Value, error) {
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return reflect.Value{}, errClosed
		}
		inst := s.instances[k]
		if inst == nil {
			inst = &instance{frame: &building{node: k.node, parent: frame}, done: make(chan struct{})}
			s.instances[k] = inst
			s.mu.Unlock()
			values, err := s.construct(k, inst, all)
			return values[r], err
		}
		if inst.frame == nil {
			v := inst.values[r]
			s.mu.Unlock()
			return v, nil
		}
		if ring := s.ring(frame, inst); ring != nil {
			s.mu.Unlock()
			return reflect.Value{}, ring
		}
		w := wait{frame, inst}
		s.waits = append(s.waits, w)
		s.mu.Unlock()

		var err error
		select {
		case <-inst.done:
			err = inst.err
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		s.mu.Lock()
		if i := slices.Index(s.waits, w); i >= 0 {
			s.waits = slices.Delete(s.waits, i, i+1)
		}
		s.mu.Unlock()
		if err != nil {
			return reflect.Value{}, err
		}
	}
}

// ring reports that frame would wait for ever: inst is under construction by it, or by one
// that waits for it. It is called with the lock held.
func (s *session) ring(frame *building, inst *instance) error {
	if frame == nil {
		return nil
	}
	seen := map[*instance]bool{}
	var blocked func(i *instance) bool
	blocked = func(i *instance) bool {
		if i.frame == nil || seen[i] {
			return false
		}
		seen[i] = true
		if frame.within(i.frame) {
			return true
		}
		for _, w := range s.waits {
			if w.frame.within(i.frame) && blocked(w.needs) {
				return true
			}
		}
		return false
	}
	if !blocked(inst) {
		return nil
	}
	return ringOf(frame, inst.frame.node)
}

// ringOf is the error of a constructor that needs n, which is under construction for its sake or waits for it.
func ringOf(frame *building, n *Node) error {
	e := &CycleError{}
	for f := frame; f != nil; f = f.parent {
		e.Trace = append([]Step{f.node.step()}, e.Trace...)
		if f.node == n {
			return e
		}
	}
	e.Trace = append(e.Trace, n.step())
	return e
}

func (s *session) construct(k instanceKey, inst *instance, all []*Result) (values map[*Result]reflect.Value, err error) {
	b := inst.frame
	err = supervise.ErrGoexit // until the constructor has returned
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil && s.closed {
			values, err = nil, errClosed
		}
		b.ended.Store(true)
		inst.frame, inst.values, inst.err = nil, values, err
		if err != nil {
			delete(s.instances, k) // the next one tries again
		}
		close(inst.done)
	}()
	return s.build(b, k.node, all)
}

// build calls a constructor and the decorators of its results.
func (s *session) build(b *building, n *Node, results []*Result) (values map[*Result]reflect.Value, err error) {
	out, err := s.call(b, n, reflect.Value{})
	if err != nil {
		return nil, err
	}
	values = make(map[*Result]reflect.Value, len(results))
	for _, r := range results {
		v := out[r.Out]
		for _, f := range r.Path {
			v = v.Field(f)
		}
		if v.Kind() == reflect.Interface && v.IsNil() {
			return nil, &ConstructError{Func: n.name(), Place: n.where(), Err: errNilInterface}
		}
		if n.Prov != nil && n.Prov.Close && len(values) == 0 {
			if release := closerOf(v.Type())(v); release != nil {
				if err := s.keep(n, release); err != nil {
					return nil, err
				}
			}
		}
		if r.Key.Type != r.From && !r.Flatten {
			v = v.Convert(r.Key.Type)
		}
		for _, d := range r.Decorators {
			dec := &building{node: d, parent: b}
			wrapped, err := s.call(dec, d, v)
			dec.ended.Store(true)
			if err != nil {
				return nil, err
			}
			v = wrapped[d.Fn.Results[0].Out]
			if v.Kind() == reflect.Interface && v.IsNil() {
				return nil, &ConstructError{Func: d.name(), Place: d.where(), Err: errNilInterface}
			}
		}
		values[r] = v
	}
	return values, nil
}

// call calls the function of a provider or decorator and keeps its cleanup.
func (s *session) call(b *building, n *Node, inner reflect.Value) (out []reflect.Value, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = supervise.Recovered(value, n.name(), n.where())
		}
	}()
	deps := s.g.depsOf(n)
	args := make([]reflect.Value, len(deps))
	for i, d := range deps {
		if d.kind == fromInner {
			args[i] = inner
			continue
		}
		if args[i], err = s.arg(b, n, d); err != nil {
			return nil, err
		}
	}
	out = n.Fn.Value.Call(args)
	if n.Fn.Err >= 0 {
		if err := errorOf(out[n.Fn.Err]); err != nil {
			return nil, &ConstructError{Func: n.name(), Place: n.where(), Err: err}
		}
	}
	if n.Fn.Cleanup >= 0 && !out[n.Fn.Cleanup].IsNil() {
		err = s.keep(n, out[n.Fn.Cleanup].Interface())
	}
	return out, err
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
	_ = s.release(s.ctx, n, cleanup, cleanupLimit)
	return errClosed
}

// arg returns the value of a parameter of a constructor.
func (s *session) arg(b *building, n *Node, d *dep) (reflect.Value, error) {
	switch d.kind {
	case fromContext:
		return reflect.ValueOf(&s.ctx).Elem(), nil
	case fromStruct:
		values := make([]reflect.Value, len(d.fields))
		for i, f := range d.fields {
			v, err := s.arg(b, n, f)
			if err != nil {
				return v, err
			}
			values[i] = v
		}
		return fillStruct(d.typ, d.indexes, values), nil
	case fromMembers:
		values := make([]reflect.Value, len(d.members))
		flat := make([]bool, len(d.members))
		for i, r := range d.members {
			v, err := s.value(s.ctx, b, n.Mod, n.consumer(), r)
			if err != nil {
				return v, err
			}
			values[i], flat[i] = v, r.Flatten
		}
		return gatherSlice(d.typ, values, flat), nil
	case fromResult:
		return s.value(s.ctx, b, n.Mod, n.consumer(), d.res)
	case fromDig:
		return s.g.table[s.g.canonicalLeaf(d.leaf(n.Mod))], nil
	case fromFactory:
		return reflect.ValueOf(s.g.factory(n)), nil
	case fromScope:
		// The handle that a constructor is given knows what is under construction, so that a circle is found.
		return reflect.ValueOf(&Scope{session: s, frame: b}), nil
	case fromLazy:
		return newLazy(d.typ, &lazyRef{scope: s, frame: b, node: n, dep: d}), nil
	case fromGiven:
		if v, ok := s.givenValue(d.key); ok {
			return v, nil
		}
		return reflect.Value{}, s.missing(d.key, b)
	}
	return reflect.Zero(d.typ), nil
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
	for _, t := range slices.Backward(s.tidy.list) {
		begun := time.Now()
		if err := s.release(ctx, t.node, t.fn, limit); err != nil {
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

// release runs one cleanup in a goroutine of its own, so that Close returns although it hangs.
func (s *session) release(ctx context.Context, n *Node, cleanup any, limit time.Duration) error {
	err := supervise.RunCleanup(ctx, n.name(), n.where(), limit, uniform(cleanup))
	if failed, ok := err.(*supervise.FailedError); ok { //nolint:errorlint // RunCleanup has just made it
		s.g.cleanupFailed(n, failed.Err) // the event says whose cleanup it is
	} else if err != nil {
		s.g.cleanupFailed(n, err)
	}
	return err
}
