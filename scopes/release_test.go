package scopes_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// SC-005
func TestFactoryIsThereWithoutADeclaration(t *testing.T) {
	if get[context.Context](t, open(t, opener(t))) == nil {
		t.Error("no context")
	}
}

// SC-006, SC-012
func TestScopeHandsOutItselfAndAFactoryOfItsSiblings(t *testing.T) {
	var j journal
	f := opener(t, di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }))
	s, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	own := get[*first](t, s)
	if get[*first](t, get[*scopes.Scope](t, s)) != own {
		t.Error("the scope it hands out is another")
	}
	sibling := open(t, get[*scopes.Factory](t, s))
	if get[*first](t, sibling) == own {
		t.Error("siblings share an instance")
	}
	if err := get[*scopes.Scope](t, s).Close(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open first", "open first", "close first")
	if _, err := scopes.Get[*scopes.Factory](s); !errors.Is(err, scopes.ErrClosed) {
		t.Errorf("factory of a closed scope: %v", err)
	}
	get[*first](t, sibling)
}

// SC-007
func TestFactoryKeptByASingletonOpensScopesWithinScopes(t *testing.T) {
	var j journal
	var k *keeper
	a := apptest.Start(t,
		di.Singleton(newKeeper),
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		di.Scoped(func(*first, *keeper) (*second, func()) { return &second{}, j.closing("second") }),
		fx.Populate(&k),
	)
	outer := open(t, k.factory)
	get[*second](t, outer)
	inner := open(t, get[*keeper](t, outer).factory)
	get[*second](t, inner)
	j.want(t, "open first", "open second", "open first", "open second")
	for range 2 {
		if err := errors.Join(inner.Close(t.Context()), outer.Close(t.Context())); err != nil {
			t.Error(err)
		}
	}
	j.want(t, "close second", "close first", "close second", "close first")
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
}

// SC-015, SC-017, SC-018, SC-020
func TestEachLifetimeIsReleasedByItsOwner(t *testing.T) {
	var j journal
	var f *scopes.Factory
	a := apptest.Start(t,
		di.Singleton(func() (*first, func()) { return &first{}, j.closing("singleton") }),
		di.Scoped(func(*first) (*second, func()) { return &second{}, j.closing("scoped") }),
		di.Transient(func(*second) (*third, func()) { return &third{}, j.closing("transient") }),
		di.Singleton(func(*first) (*keeper, func()) { return &keeper{}, j.closing("other singleton") }),
		fx.Populate(&f, new(*keeper)),
	)
	j.want(t, "open singleton", "open other singleton")
	s := open(t, f)
	get[*third](t, s)
	get[*third](t, s)
	j.want(t, "open scoped", "open transient", "open transient")
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "close transient", "close transient", "close scoped")
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	j.want(t, "close other singleton", "close singleton")
}

// SC-027, SC-031
func TestCleanupsThatTakeTheirTimeAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		slowly := func(name string) func(context.Context) error {
			return func(context.Context) error {
				<-time.After(2 * time.Second)
				j.add("closed %s", name)
				return nil
			}
		}
		var f call
		a := apptest.Start(t,
			di.Singleton(func() (*first, func(context.Context) error) { return &first{}, slowly("singleton") }),
			di.Scoped(func(*first) (*second, func(context.Context) error) { return &second{}, slowly("scoped") }),
			scopes.Bind[call](func(*second) {}),
			fx.Populate(&f),
		)
		for _, end := range []func() error{func() error { return f(t.Context()) }, a.Stop} {
			begun := time.Now()
			if err := end(); err != nil || time.Since(begun) != 2*time.Second {
				t.Errorf("error %v after %v, want none after 2 s", err, time.Since(begun))
			}
		}
		j.want(t, "closed scoped", "closed singleton")
	})
}

func TestCloseWhileAnotherClosesWaitsForItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := opener(t, di.Scoped(func() (*first, func(context.Context) error) {
			return &first{}, func(context.Context) error { <-time.After(time.Second); return errBoom }
		}))
		s := open(t, f)
		get[*first](t, s)
		begun := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := s.Close(t.Context()); !errors.Is(err, errBoom) || time.Since(begun) != time.Second {
					t.Errorf("Close = %v after %v, want boom after 1 s", err, time.Since(begun))
				}
			})
		}
		wg.Wait()
	})
}

func TestScopesCloseInAnyOrder(t *testing.T) {
	var j journal
	f := opener(t, di.Scoped(func(name client) (*first, func()) { return &first{}, j.closing(string(name)) }))
	var all []*scopes.Scope
	for _, name := range []client{"a", "b", "c"} {
		s := open(t, f, scopes.Given(name))
		get[*first](t, s)
		all = append(all, s)
	}
	for _, i := range []int{1, 0, 2} {
		if err := all[i].Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	j.want(t, "open a", "open b", "open c", "close b", "close a", "close c")
}

func TestFailuresOfAScopesCleanupsLeaveTheApplicationAlone(t *testing.T) {
	var f call
	a := apptest.Start(t,
		di.Singleton(func() *first { return &first{} }),
		di.Scoped(func(*first) (*second, func() error) { return &second{}, func() error { return errBoom } }),
		scopes.Bind[call](func(*second) {}),
		fx.Populate(&f),
	)
	for range 2 {
		if err := f(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("call = %v, want boom", err)
		}
	}
	if err := a.Stop(); err != nil {
		t.Errorf("stop = %v: the failure was the call's", err)
	}
}
