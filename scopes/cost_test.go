package scopes_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/words"
	"github.com/berth-go/berth/scopes"
)

// The services of a unit as large as most: eight scoped ones over two singletons, three of them with a
// cleanup. None is inlined, so that they cost the same by hand.
type (
	costDB    struct{ n int }
	costClock struct{ n int }
	costTx    struct {
		db   *costDB
		open bool
	}
	costSession struct {
		tx   *costTx
		open bool
	}
	costUsers  struct{ tx *costTx }
	costOrders struct {
		tx    *costTx
		clock *costClock
	}
	costStock  struct{ tx *costTx }
	costOutbox struct {
		tx   *costTx
		open bool
	}
	costPolicy struct {
		users *costUsers
		db    *costDB
		clock *costClock
	}
	costRoot struct {
		session *costSession
		orders  *costOrders
		stock   *costStock
		outbox  *costOutbox
		policy  *costPolicy
	}
)

//go:noinline
func newCostDB() *costDB { return &costDB{1} }

//go:noinline
func newCostClock() *costClock { return &costClock{2} }

//go:noinline
func newCostTx(db *costDB, _ *costClock) (*costTx, func() error) {
	tx := &costTx{db: db, open: true}
	return tx, tx.close
}

//go:noinline
func (t *costTx) close() error { t.open = false; return nil }

//go:noinline
func newCostSession(tx *costTx) (*costSession, func() error) {
	s := &costSession{tx: tx, open: true}
	return s, s.close
}

//go:noinline
func (s *costSession) close() error { s.open = false; return nil }

//go:noinline
func newCostUsers(tx *costTx) *costUsers { return &costUsers{tx} }

//go:noinline
func newCostOrders(tx *costTx, c *costClock) *costOrders { return &costOrders{tx, c} }

//go:noinline
func newCostStock(tx *costTx) *costStock { return &costStock{tx} }

//go:noinline
func newCostOutbox(tx *costTx) (*costOutbox, func() error) {
	o := &costOutbox{tx: tx, open: true}
	return o, o.close
}

//go:noinline
func (o *costOutbox) close() error { o.open = false; return nil }

//go:noinline
func newCostPolicy(u *costUsers, db *costDB, c *costClock) *costPolicy {
	return &costPolicy{u, db, c}
}

//go:noinline
func newCostRoot(s *costSession, o *costOrders, st *costStock, ob *costOutbox, p *costPolicy) *costRoot {
	return &costRoot{s, o, st, ob, p}
}

//go:noinline
func (r *costRoot) run(ctx context.Context) error {
	if r.session.tx != r.orders.tx || !r.outbox.open {
		return context.Canceled
	}
	return ctx.Err()
}

//go:noinline
func runNothing(context.Context) error { return nil }

//go:noinline
func runThree(_ context.Context, s *costSession, o *costOutbox) error { return nil }

type (
	runZeroScoped  func(context.Context) error
	runThreeScoped func(context.Context) error
	runEightScoped func(context.Context) error
	runGiven       func(context.Context, int) (string, error)
)

//go:noinline
func runWithGiven(ctx context.Context, n int) (string, error) { return "", nil }

var costModule = fx.Options(
	di.Singleton(newCostDB),
	di.Singleton(newCostClock),
	di.Scoped(newCostTx),
	di.Scoped(newCostSession),
	di.Scoped(newCostUsers),
	di.Scoped(newCostOrders),
	di.Scoped(newCostStock),
	di.Scoped(newCostOutbox),
	di.Scoped(newCostPolicy),
	di.Scoped(newCostRoot),
	scopes.Bind[runZeroScoped](runNothing),
	scopes.Bind[runThreeScoped](runThree),
	scopes.Bind[runEightScoped]((*costRoot).run),
	scopes.Bind[runGiven](runWithGiven),
)

// byHand is what runEightScoped does, written out.
func byHand(ctx context.Context, db *costDB, clock *costClock) (err error) {
	tx, closeTx := newCostTx(db, clock)
	defer func() {
		if cerr := closeTx(); cerr != nil && err == nil {
			err = cerr
		}
	}()
	session, closeSession := newCostSession(tx)
	defer func() {
		if cerr := closeSession(); cerr != nil && err == nil {
			err = cerr
		}
	}()
	outbox, closeOutbox := newCostOutbox(tx)
	defer func() {
		if cerr := closeOutbox(); cerr != nil && err == nil {
			err = cerr
		}
	}()
	root := newCostRoot(session, newCostOrders(tx, clock), newCostStock(tx), outbox, newCostPolicy(newCostUsers(tx), db, clock))
	return root.run(ctx)
}

// What a call allocates is what its constructors do, and no more. Where reflection makes the calls (see
// internal/words), the list of results of each is one more, and the error of the unit.
func TestAllocationsOfABoundCall(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	var zero runZeroScoped
	var three runThreeScoped
	var eight runEightScoped
	var given runGiven
	apptest.Start(t, costModule, fx.Populate(&zero, &three, &eight, &given))
	ctx := t.Context()
	tests := []struct {
		name      string
		call      func() error
		most      float64
		reflected float64
	}{
		{"0 scoped", func() error { return zero(ctx) }, 0, 2},
		{"3 scoped, 3 cleanups", func() error { return three(ctx) }, 6, 11},
		{"8 scoped, 3 cleanups", func() error { return eight(ctx) }, 11, 21},
		{"given a value", func() error { _, err := given(ctx, 1); return err }, 7, 7},
	}
	reflects := words.Of(reflect.ValueOf(runNothing)) == nil
	for _, tt := range tests {
		got := testing.AllocsPerRun(200, func() {
			if err := tt.call(); err != nil {
				t.Fatal(err)
			}
		})
		if reflects {
			tt.most = tt.reflected
		}
		if got > tt.most {
			t.Errorf("%s: %v allocations, want at most %v", tt.name, got, tt.most)
		}
	}
}

func TestMemoryAfterManyScopesEqualsMemoryBefore(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties pools")
	}
	n := 100_000
	if testing.Short() {
		n = 5_000
	}
	tests := map[string]func(context.Context, runEightScoped, *scopes.Factory) error{
		"bound": func(ctx context.Context, eight runEightScoped, _ *scopes.Factory) error { return eight(ctx) },
		"explicit": func(ctx context.Context, _ runEightScoped, f *scopes.Factory) error {
			s, err := f.Open(ctx, scopes.Given(1))
			if err != nil {
				return err
			}
			if _, err := scopes.Get[*costRoot](s); err != nil {
				return err
			}
			return s.Close(ctx)
		},
	}
	for name, run := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var eight runEightScoped
				var f *scopes.Factory
				apptest.Start(t, costModule, fx.Populate(&eight, &f))
				ctx := t.Context()
				run := func(n int) int64 {
					for range n {
						if err := run(ctx, eight, f); err != nil {
							t.Fatal(err)
						}
					}
					<-time.After(time.Minute) // what timers held
					return live()
				}
				before := run(100)
				if grown := run(n) - before; grown > 64<<10 {
					t.Errorf("%d bytes more after %d scopes", grown, n)
				}
			})
		})
	}
}

// live is the size of what is reachable.
func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what finalizers and pools held
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestNothingKeepsAnInstanceOfAScopeThatIsClosedOrDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last weak.Pointer[costRoot]
		var eight runEightScoped
		var f *scopes.Factory
		a := apptest.Start(t, costModule, fx.Populate(&eight, &f),
			di.Decorate(func(r *costRoot) *costRoot { last = weak.Make(r); return r }))
		tests := []struct {
			name string
			run  func() error
		}{
			{"bound", func() error { return eight(t.Context()) }},
			{"closed", func() error {
				s := open(t, f)
				get[*costRoot](t, s)
				return s.Close(t.Context())
			}},
			{"dropped", func() error {
				s, err := f.Open(t.Context())
				if err == nil {
					_, err = scopes.Get[*costRoot](s)
				}
				return err
			}},
		}
		for _, tt := range tests {
			if err := tt.run(); err != nil {
				t.Error(err)
			}
			live()
			if last.Value() != nil {
				t.Errorf("%s: the instance is still there", tt.name)
			}
		}
		if err := a.Stop(); err == nil { // the one that was dropped is open
			t.Error("stop did not name the open scope")
		}
	})
}

func BenchmarkUnit(b *testing.B) {
	var zero runZeroScoped
	var three runThreeScoped
	var eight runEightScoped
	var given runGiven
	apptest.Start(b, costModule, fx.Populate(&zero, &three, &eight, &given))
	ctx := b.Context()
	db, clock := newCostDB(), newCostClock()
	run := func(name string, call func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := call(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("hand", func() error { return byHand(ctx, db, clock) })
	run("scoped=0", func() error { return zero(ctx) })
	run("scoped=3", func() error { return three(ctx) })
	run("scoped=8", func() error { return eight(ctx) })
	run("given", func() error { _, err := given(ctx, 1); return err })
	parallel := func(name string, call func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := call(); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
	parallel("hand-parallel", func() error { return byHand(ctx, db, clock) })
	parallel("scoped=8-parallel", func() error { return eight(ctx) })
}

// A scope is opened, asked for eight services, and closed with their three cleanups.
func BenchmarkScope(b *testing.B) {
	var f *scopes.Factory
	apptest.Start(b, costModule, fx.Populate(&f))
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		s, err := f.Open(ctx)
		if err == nil {
			_, err = scopes.Get[*costRoot](s)
		}
		if err = errors.Join(err, s.Close(ctx)); err != nil {
			b.Fatal(err)
		}
	}
}
