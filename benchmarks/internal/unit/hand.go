package unit

import (
	"context"
	"errors"
)

// Hand does the work as it is written by hand: this is 1.
func Hand() Work {
	h := &hand{database: NewDatabase(), clock: NewClock()}
	return h.work
}

type hand struct {
	database *Database
	clock    *Clock
}

func (h *hand) work(ctx context.Context) (err error) {
	session, closeSession, err := NewSession(ctx, h.database, h.clock)
	if err != nil {
		return err
	}
	defer closeSession()
	tx, rollback, err := NewTx(session)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rollback()) }()
	orders := NewOrders(tx)
	customers := NewCustomers(tx)
	stock := NewStock(tx, h.database, h.clock)
	prices, err := NewPrices(customers, h.clock)
	if err != nil {
		return err
	}
	outbox, flush, err := NewOutbox(tx, h.clock)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, flush()) }()
	mailer := NewMailer(outbox)
	return NewRoot(orders, stock, prices, mailer).Run(ctx)
}
