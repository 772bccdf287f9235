package scopes_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// wantCycle checks that err is a *di.CycleError of so many steps.
func wantCycle(t *testing.T, err error, steps int) {
	t.Helper()
	var cycle *di.CycleError
	if !errors.As(err, &cycle) {
		t.Fatalf("error = %v, want a *di.CycleError", err)
	}
	if len(cycle.Trace) != steps {
		t.Errorf("trace of %q has %d steps, want %d", err, len(cycle.Trace), steps)
	}
}

// resolving is a constructor of an A that asks its scope for a B.
func resolving[A, B any](s *scopes.Scope) (*A, error) {
	_, err := scopes.Get[*B](s)
	return new(A), err
}

func TestConstructorsThatAskForEachOtherAreACycle(t *testing.T) {
	f := opener(t, di.Scoped(resolving[first, second]), di.Scoped(resolving[second, third]), di.Scoped(resolving[third, first]))
	s := open(t, f)
	for range 2 { // nothing is left under construction
		_, err := scopes.Get[*second](s)
		wantCycle(t, err, 3)
	}
}

func TestConstructorThatAsksForItselfIsACycle(t *testing.T) {
	tests := map[string]fx.Option{
		"scoped":          di.Scoped(resolving[first, first]),
		"transient":       di.Transient(resolving[first, first]),
		"lazy, scoped":    di.Scoped(lazily[first, first]),
		"lazy, transient": di.Transient(lazily[first, first]),
	}
	for name, option := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := scopes.Get[*first](open(t, opener(t, option)))
			wantCycle(t, err, 1)
		})
	}
}

// lazily is a constructor of an A that asks a Lazy for a B.
func lazily[A, B any](ctx context.Context, l di.Lazy[*B]) (*A, error) {
	_, err := l.Get(ctx)
	return new(A), err
}

func TestConstructorsThatGetThroughALazyAreACycle(t *testing.T) {
	var f call
	apptest.Start(t,
		di.Scoped(lazily[first, second]),
		di.Scoped(func(*first) *second { return &second{} }),
		scopes.Bind[call](func(*second) {}),
		fx.Populate(&f),
	)
	wantCycle(t, f(t.Context()), 2)
}

func TestCycleThroughATransientIsFound(t *testing.T) {
	f := opener(t,
		di.Scoped(resolving[first, second]),
		di.Transient(resolving[second, first]),
	)
	s := open(t, f)
	_, err := scopes.Get[*first](s)
	wantCycle(t, err, 2)
	_, err = scopes.Get[*second](s)
	wantCycle(t, err, 2)
}

func TestCircleBetweenGoroutinesIsAnErrorNotAHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var met atomic.Int32
		both := make(chan struct{})
		meet := func() {
			if met.Add(1) == 2 {
				close(both)
			}
			<-both
		}
		f := opener(t,
			di.Scoped(func(s *scopes.Scope) (*first, error) { meet(); return resolving[first, second](s) }),
			di.Scoped(func(s *scopes.Scope) (*second, error) { meet(); return resolving[second, first](s) }),
		)
		s := open(t, f)
		failed := make(chan error, 2)
		go func() { _, err := scopes.Get[*first](s); failed <- err }()
		go func() { _, err := scopes.Get[*second](s); failed <- err }()
		for range 2 {
			wantCycle(t, <-failed, 2)
		}
	})
}

func TestConstructorThatWaitsForAGoroutineThatAsksForItIsACycle(t *testing.T) {
	f := opener(t, di.Scoped(func(s *scopes.Scope) (*first, error) {
		failed := make(chan error)
		go func() { _, err := scopes.Get[*first](s); failed <- err }()
		return &first{}, <-failed
	}))
	_, err := scopes.Get[*first](open(t, f))
	wantCycle(t, err, 1)
}

func TestScopeKeptAfterConstructionIsNoCycle(t *testing.T) {
	type node struct {
		scope *scopes.Scope
		next  di.Lazy[*second]
	}
	f := opener(t,
		di.Scoped(func(s *scopes.Scope, l di.Lazy[*second]) *node { return &node{s, l} }),
		di.Scoped(func(n *node) (*second, error) {
			_, err := scopes.Get[*node](n.scope) // it is built by now
			return &second{}, err
		}),
	)
	s := open(t, f)
	n := get[*node](t, s)
	v, err := n.next.Get(t.Context())
	if err != nil || v != get[*second](t, n.scope) {
		t.Errorf("lazy value %v, %v", v, err)
	}
}
