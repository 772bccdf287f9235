package unit

import (
	"context"
	"errors"
	"slices"
	"sync"

	"go.uber.org/dig"
)

// DigScope does the work with a dig.Scope for each call. It keeps every scope, so it is made anew
// after some thousand calls.
//
// A constructor of dig that is to run once per scope is provided in each scope, and a lock is needed around it
// all, for a container of dig takes none.
func DigScope() (Work, error) {
	c := dig.New()
	if err := errors.Join(c.Provide(NewDatabase), c.Provide(NewClock)); err != nil {
		return nil, err
	}
	d := &digScope{container: c}
	return d.work, nil
}

type digScope struct {
	mu        sync.Mutex
	container *dig.Container
}

func (d *digScope) work(ctx context.Context) error {
	root, cleanups, err := d.build(ctx)
	if err == nil {
		err = root.Run(ctx)
	}
	for _, cleanup := range slices.Backward(cleanups) {
		err = errors.Join(err, cleanup())
	}
	return err
}

func (d *digScope) build(ctx context.Context) (root *Root, cleanups []func() error, err error) {
	keep := func(cleanup func() error) { cleanups = append(cleanups, cleanup) }
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.container.Scope("work")
	for _, constructor := range []any{
		func(database *Database, clock *Clock) (*Session, error) {
			session, cleanup, err := NewSession(ctx, database, clock)
			keep(func() error { cleanup(); return nil })
			return session, err
		},
		func(session *Session) (*Tx, error) {
			tx, cleanup, err := NewTx(session)
			keep(cleanup)
			return tx, err
		},
		func(tx *Tx, clock *Clock) (*Outbox, error) {
			outbox, cleanup, err := NewOutbox(tx, clock)
			keep(cleanup)
			return outbox, err
		},
		NewOrders, NewCustomers, NewStock, NewPrices, NewMailer, NewRoot,
	} {
		if err := s.Provide(constructor); err != nil {
			return nil, cleanups, err
		}
	}
	err = s.Invoke(func(r *Root) { root = r })
	return root, cleanups, err
}
