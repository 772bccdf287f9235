package di_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

func TestLazyIsBuiltOnFirstUseInTheSameScope(t *testing.T) {
	var j journal
	call(t, 1, func(ctx context.Context, lazy di.Lazy[*Tx], r *Repo) error {
		j.note("unit")
		a, err := lazy.Get(ctx)
		if err != nil {
			return err
		}
		b, err := lazy.Get(ctx)
		if a != b || a.db.name != "db" {
			return fmt.Errorf("got %v and %v", a, b)
		}
		return err
	},
		di.Singleton(func() *DB { j.note("db"); return &DB{"db"} }),
		di.Scoped(func(db *DB) (*Tx, func()) { j.note("+tx"); return &Tx{db}, func() { j.note("-tx") } }),
		di.Scoped(func(tx di.Lazy[*Tx]) (*Repo, func()) { j.note("+repo"); return &Repo{}, func() { j.note("-repo") } }),
	)
	j.is(t, "db", "+repo", "unit", "+tx", "-tx", "-repo")
}

func TestLazyThatIsNotUsedBuildsNothing(t *testing.T) {
	call(t, 1, func(di.Lazy[*Tx], *Repo) {},
		di.Scoped(never[*Tx](t)),
		di.Transient(func(di.Lazy[*Tx], di.Lazy[*Repo]) *Repo { return &Repo{} }))
}

// A Lazy never builds a singleton at run time. One of a singleton is built before its consumer and
// released after it.
func TestLazySingletonIsBuiltBeforeItsConsumer(t *testing.T) {
	var j journal
	var early, inCleanup error
	var lazy di.Lazy[*DB]
	var run Run
	a := apptest.Start(t,
		di.Singleton(func(db di.Lazy[*DB]) (*Cache, func()) {
			lazy = db
			_, early = db.Get(context.Background())
			j.note("+cache")
			return &Cache{}, func() {
				_, inCleanup = db.Get(context.Background())
				j.note("-cache")
			}
		}),
		di.Singleton(func() (*DB, func()) { j.note("+db"); return &DB{}, func() { j.note("-db") } }),
		unit(&run, func(ctx context.Context, db di.Lazy[*DB], _ *Cache) error {
			got, err := db.Get(ctx)
			j.note("%v", got != nil)
			return err
		}),
	)
	if err := errors.Join(run(t.Context()), a.Stop()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(early, scopes.ErrNotReady) {
		t.Errorf("before the end of construction: %v", early)
	}
	if inCleanup != nil {
		t.Errorf("in the cleanup of who holds it: %v", inCleanup)
	}
	if _, err := lazy.Get(context.Background()); !errors.Is(err, scopes.ErrClosed) {
		t.Errorf("after the stop: %v", err)
	}
	j.is(t, "+db", "+cache", "true", "-cache", "-db")
}

// A ring with a Lazy in it is none.
func TestLazyBreaksACycle(t *testing.T) {
	type A struct{ b di.Lazy[*Tx] }
	for name, declare := range lifetimes {
		if name == "transient" {
			continue // would be built without end
		}
		t.Run(name, func(t *testing.T) {
			call(t, 1, func(ctx context.Context, a *A, tx *Tx) error {
				got, err := a.b.Get(ctx)
				if got != tx {
					return fmt.Errorf("got %v, want %v: %w", got, tx, err)
				}
				return err
			},
				declare(func(b di.Lazy[*Tx]) *A { return &A{b} }),
				declare(func(a *A) *Tx { return &Tx{&DB{}} }),
			)
		})
	}
}

// A constructor that waits for itself through a Lazy gets an error and does not hang.
func TestLazyUsedByItsOwnConstructorIsACycle(t *testing.T) {
	var run Run
	apptest.Start(t,
		di.Scoped(func(ctx context.Context, r di.Lazy[*Repo]) (*Tx, error) { _, err := r.Get(ctx); return &Tx{}, err }),
		di.Scoped(func(tx *Tx) *Repo { return &Repo{tx} }),
		unit(&run, func(*Repo) {}),
	)
	err := run(t.Context())
	var cycle *di.CycleError
	if !errors.As(err, &cycle) || len(cycle.Trace) != 2 {
		t.Errorf("got %v", err)
	}
}

// One for each parameter, as ever.
func TestLazyTransientInASingletonIsReleasedWithTheApplication(t *testing.T) {
	type Get func(context.Context) (*Part, error)
	var j journal
	var run Run
	a := apptest.Start(t,
		parts(&j),
		di.Singleton(func(p di.Lazy[*Part]) Get { return p.Get }),
		di.Singleton(func(p di.Lazy[*Part]) Get { return p.Get }, di.Name("other")),
		unit(&run, func(ctx context.Context, get Get, p struct {
			fx.In
			Other Get `name:"other"`
		},
		) error {
			one, err := get(ctx)
			two, err2 := p.Other(ctx)
			j.note("%d %d", one.n, two.n)
			return errors.Join(err, err2)
		}),
	)
	if err := errors.Join(run(t.Context()), run(t.Context()), a.Stop()); err != nil {
		t.Fatal(err)
	}
	j.is(t, "+1", "+2", "1 2", "1 2", "-2", "-1")
}

func TestLazyWithANameAndInAStruct(t *testing.T) {
	type in struct {
		fx.In
		Plain di.Lazy[*DB]
		Named di.Lazy[*DB] `name:"n"`
	}
	call(t, 1, func(ctx context.Context, p in) error {
		plain, err := p.Plain.Get(ctx)
		named, err2 := p.Named.Get(ctx)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if plain.name != "plain!" || named.name != "named" {
			return fmt.Errorf("got %v and %v", plain, named)
		}
		return nil
	},
		di.Scoped(func() *DB { return &DB{"plain"} }),
		di.Scoped(func() *DB { return &DB{"named"} }, di.Name("n")),
		di.Decorate(func(db *DB) *DB { return &DB{db.name + "!"} }),
	)
}

func TestLazyIsSafeForGoroutines(t *testing.T) {
	call(t, 3, func(ctx context.Context, lazy di.Lazy[*Tx], tx di.Lazy[*Repo]) error {
		var wg sync.WaitGroup
		got := make([]*Tx, 16)
		for i := range got {
			wg.Go(func() {
				if i%2 == 0 {
					if r, err := tx.Get(ctx); err == nil {
						got[i] = r.tx
					}
					return
				}
				got[i], _ = lazy.Get(ctx)
			})
		}
		wg.Wait()
		for _, g := range got {
			if g == nil || g != got[0] {
				return errors.New("got several instances")
			}
		}
		return nil
	}, di.Scoped(func() *Tx { return &Tx{} }), di.Scoped(func(tx *Tx) *Repo { return &Repo{tx} }))
}

func TestLazyAfterItsScopeIsClosed(t *testing.T) {
	var kept []func() error
	call(t, 1, func(a di.Lazy[*Tx], b di.Lazy[*Part], c di.Lazy[*DB]) {
		ctx := context.Background()
		kept = append(kept,
			func() error { _, err := a.Get(ctx); return err },
			func() error { _, err := b.Get(ctx); return err },
			func() error { _, err := c.Get(ctx); return err },
		)
	}, di.Scoped(func() *Tx { return nil }), di.Transient(func() *Part { return nil }), di.Singleton(func() *DB { return nil }))
	for i, get := range kept {
		if err := get(); !errors.Is(err, scopes.ErrClosed) {
			t.Errorf("%d: got %v", i, err)
		}
	}
}

func TestLazyThatNobodyFilledSaysSo(t *testing.T) {
	if _, err := (di.Lazy[*DB]{}).Get(t.Context()); err == nil {
		t.Error("got no error")
	}
}
