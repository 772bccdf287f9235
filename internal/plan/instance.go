package plan

import (
	"context"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/berth-go/berth/internal/supervise"
)

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
	result *Result // what it was called for
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

// constructs reports whether a transient r is under construction here or further out.
func (b *building) constructs(r *Result) bool {
	for ; b != nil; b = b.parent {
		if b.result == r {
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

// A wait is a constructor that needs an instance which another one builds.
type wait struct {
	frame *building
	needs *instance
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
			inst = &instance{frame: &building{node: k.node, result: r, parent: frame}, done: make(chan struct{})}
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
