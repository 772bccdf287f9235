package plan

import (
	"context"
	"errors"
	"reflect"

	"github.com/berth-go/berth/internal/decl"
)

// Lazy is a parameter whose value is built on first use, in the scope that its consumer was built in. A singleton is built at the
// start all the same, before its consumer where that is no cycle, and so released after it. Anything else is released in reverse order of
// construction as always, which is before a consumer that was there first: one whose cleanup needs the value takes it as it is, not as a Lazy.
type Lazy[T any] struct{ ref *lazyRef }

// Get builds the value, or returns the one that the scope has; a transient is one for each Lazy. ctx bounds only the wait for another
// goroutine that builds it; the constructor is given the context of its scope. Of a singleton Get is
// ErrNotReady until the application has been constructed, and ErrClosed after it has stopped or the scope
// has closed. A constructor that waits for itself through a Lazy is a *CycleError.
func (l Lazy[T]) Get(ctx context.Context) (T, error) {
	var zero T
	if l.ref == nil {
		return zero, errors.New("di.Lazy is not filled: it is for parameters of constructors and units of ours")
	}
	v, err := l.ref.get(ctx)
	if err != nil {
		return zero, err
	}
	t, _ := v.Interface().(T) // a nil interface may have been given
	return t, nil
}

func (Lazy[T]) lazyElem() reflect.Type { return reflect.TypeFor[T]() }
func (l *Lazy[T]) bind(ref *lazyRef)   { l.ref = ref }

// lazyElem returns what a Lazy is of.
func lazyElem(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || t.NumField() != 1 {
		return nil, false
	}
	l, ok := reflect.Zero(t).Interface().(interface{ lazyElem() reflect.Type })
	if !ok {
		return nil, false
	}
	return l.lazyElem(), true
}

// A lazyRef knows where a Lazy builds, and which constructor holds it.
type lazyRef struct {
	scope *session
	frame *building
	node  *Node
	dep   *dep
}

func newLazy(t reflect.Type, ref *lazyRef) reflect.Value {
	p := reflect.New(t)
	p.Interface().(interface{ bind(*lazyRef) }).bind(ref)
	return p.Elem()
}

func (l *lazyRef) get(ctx context.Context) (reflect.Value, error) {
	s := l.scope
	if err := s.enter(); err != nil {
		return reflect.Value{}, err
	}
	defer s.gate.Leave()
	if ctx == nil {
		ctx = s.ctx
	}
	frame, r := l.frame.live(), l.dep.res
	if r == nil {
		if v, ok := s.givenValue(l.dep.key); ok {
			return v, nil
		}
		return reflect.Value{}, s.missing(l.dep.key, frame)
	}
	if r.Node.Lifetime == decl.Transient && !frame.constructs(r) { // one per parameter
		return s.shared(ctx, frame, instanceKey{r.Node, l}, r, []*Result{r})
	}
	return s.value(ctx, frame, l.node.Mod, l.node.consumer(), r)
}
