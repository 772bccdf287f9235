package unit

import (
	"context"
	"errors"
)

// Generated does the work as a code generator in the style of wire writes it: one function that returns the
// root together with one cleanup for all.
func Generated() Work {
	database, clock := NewDatabase(), NewClock()
	return func(ctx context.Context) error {
		root, cleanup, err := newRoot(ctx, database, clock)
		if err != nil {
			return err
		}
		return errors.Join(root.Run(ctx), cleanup())
	}
}

func newRoot(ctx context.Context, database *Database, clock *Clock) (*Root, func() error, error) {
	session, cleanup, err := NewSession(ctx, database, clock)
	if err != nil {
		return nil, nil, err
	}
	tx, cleanup2, err := NewTx(session)
	if err != nil {
		cleanup()
		return nil, nil, err
	}
	orders := NewOrders(tx)
	stock := NewStock(tx, database, clock)
	customers := NewCustomers(tx)
	prices, err := NewPrices(customers, clock)
	if err != nil {
		err = errors.Join(err, cleanup2())
		cleanup()
		return nil, nil, err
	}
	outbox, cleanup3, err := NewOutbox(tx, clock)
	if err != nil {
		err = errors.Join(err, cleanup2())
		cleanup()
		return nil, nil, err
	}
	mailer := NewMailer(outbox)
	root := NewRoot(orders, stock, prices, mailer)
	return root, func() error {
		err := errors.Join(cleanup3(), cleanup2())
		cleanup()
		return err
	}, nil
}
