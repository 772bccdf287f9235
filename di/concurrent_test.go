package di_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// together runs each of the functions n times, all at once.
func together(n int, fns ...func()) {
	var wg sync.WaitGroup
	for range n {
		for _, fn := range fns {
			wg.Go(fn)
		}
	}
	wg.Wait()
}

// DI-026: a singleton is built during the start, so that units which run at once only share it.
func TestConcurrentUnitsShareWhatIsBuiltOnce(t *testing.T) {
	var run Run
	var built, others atomic.Int32
	var first atomic.Pointer[DB]
	apptest.Start(t,
		di.Singleton(func() *DB { built.Add(1); return &DB{} }),
		di.Scoped(func(db *DB) *Tx { return &Tx{db} }),
		unit(&run, func(tx *Tx, db *DB) {
			if !first.CompareAndSwap(nil, db) && first.Load() != db || tx.db != db {
				others.Add(1)
			}
		}),
	)
	together(16, func() {
		if err := run(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if built.Load() != 1 || others.Load() != 0 {
		t.Errorf("built %d times, %d units have another one", built.Load(), others.Load())
	}
}

// Two goroutines that ask one scope for one thing get one, and its constructor runs once.
func TestConcurrentUseOfOneScopeBuildsOnce(t *testing.T) {
	var f *scopes.Factory
	var built atomic.Int32
	apptest.Start(t,
		di.Scoped(func() *DB { built.Add(1); return &DB{} }),
		di.Scoped(func(db *DB) *Tx { return &Tx{db} }),
		fx.Populate(&f),
	)
	s, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	together(8,
		func() { _, err := scopes.Get[*DB](s); check(t, err) },
		func() { _, err := scopes.Get[*Tx](s); check(t, err) },
	)
	if built.Load() != 1 {
		t.Errorf("built %d times", built.Load())
	}
	check(t, s.Close(t.Context()))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// DI-028: lazies and groups, several kinds of instance, and scopes that open scopes.
func TestConcurrentScopesOfALargeGraph(t *testing.T) {
	type Inner Run
	type leaves struct {
		fx.In
		All []*Box[int] `group:"leaves"`
	}
	opts := []fx.Option{
		fx.Supply(1, "s"),
		di.Singleton(NewBox[string]), di.Scoped(NewBox[int]), di.Transient(NewBox[*Box[int]]),
		di.Scoped(NewBox[di.Lazy[*Tx]]),
		di.Scoped(func(b *Box[int], _ *Box[*Box[int]]) *DB { return &DB{fmt.Sprint(b.v)} }),
		di.Scoped(func(db *DB, _ leaves) *Tx { return &Tx{db} }),
		di.Scoped(func(ctx context.Context, b *Box[di.Lazy[*Tx]], db di.Lazy[*DB]) (*Repo, error) {
			tx, err := b.v.Get(ctx)
			_, err2 := db.Get(ctx)
			return &Repo{tx}, errors.Join(err, err2)
		}),
		scopes.Bind[Inner](func(*Repo, *Box[string]) {}),
	}
	for i := range 50 {
		opts = append(opts, di.Scoped(func(*Box[string]) *Box[int] { return NewBox(i) }, di.Group("leaves")))
	}
	var run Run
	apptest.Start(t, append(opts, unit(&run, func(ctx context.Context, r *Repo, inner Inner, p leaves, tx *Tx) error {
		if r.tx != tx || len(p.All) != 50 || p.All[49].v != 49 {
			return fmt.Errorf("got %v and %d leaves", r.tx, len(p.All))
		}
		return inner(ctx)
	}))...)
	together(16, func() {
		for range 20 {
			check(t, run(t.Context()))
		}
	})
}

// DI-029
func TestConcurrentUseOfManyLazies(t *testing.T) {
	type in struct {
		fx.In
		A di.Lazy[*DB]
		B di.Lazy[*Tx]
		C di.Lazy[*Repo]
		D di.Lazy[*Cache]
		E di.Lazy[*Box[int]]
		F di.Lazy[*Box[string]]
		G di.Lazy[*Person]
		H di.Lazy[Namer]
	}
	var built atomic.Int32
	one := func() { built.Add(1) }
	call(t, 5, func(ctx context.Context, p in) {
		built.Store(0)
		together(4,
			func() { _, err := p.A.Get(ctx); check(t, err) },
			func() { _, err := p.B.Get(ctx); check(t, err) },
			func() { _, err := p.C.Get(ctx); check(t, err) },
			func() { _, err := p.D.Get(ctx); check(t, err) },
			func() { _, err := p.E.Get(ctx); check(t, err) },
			func() { _, err := p.F.Get(ctx); check(t, err) },
			func() { _, err := p.G.Get(ctx); check(t, err) },
			func() { _, err := p.H.Get(ctx); check(t, err) },
		)
		if built.Load() != 8 {
			t.Errorf("%d constructors ran, want 8", built.Load())
		}
	},
		di.Scoped(func() *DB { one(); return &DB{} }),
		di.Scoped(func(db *DB) *Tx { one(); return &Tx{db} }),
		di.Scoped(func(tx *Tx) *Repo { one(); return &Repo{tx} }),
		di.Scoped(func(*Repo, *DB) *Cache { one(); return &Cache{} }),
		di.Scoped(func() *Box[int] { one(); return NewBox(1) }),
		di.Scoped(func(*Box[int]) *Box[string] { one(); return NewBox("s") }),
		di.Scoped(func(*Cache) *Person { one(); return &Person{} }),
		di.Scoped(func(p *Person) Namer { one(); return p }),
	)
}
