package scopes_test

import (
	"context"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
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
