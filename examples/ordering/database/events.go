package database

import (
	"context"
	"time"

	"github.com/berth-go/berth/examples/ordering/orders"
)

// An Outbox holds the events that were or are to be published.
type Outbox struct{ tx *Tx }

// NewOutbox returns the outbox of a transaction.
func NewOutbox(tx *Tx) *Outbox { return &Outbox{tx} }

// Add implements orders.Outbox.
func (b *Outbox) Add(ctx context.Context, e orders.Event) error {
	_, err := b.tx.exec(ctx, "add event",
		`INSERT INTO outbox (id, name, order_id, at) VALUES ($1, $2, $3, $4)`,
		e.ID, e.Name, e.OrderID, e.At.UnixMilli())
	return err
}

// Unpublished implements events.Outbox.
func (b *Outbox) Unpublished(ctx context.Context, limit int) ([]orders.Event, error) {
	return query(ctx, b.tx, "find unpublished events", scanEvent, `
		SELECT id, name, order_id, at FROM outbox
		WHERE published_at IS NULL ORDER BY at, id LIMIT $1`, limit)
}

// MarkPublished implements events.Outbox.
func (b *Outbox) MarkPublished(ctx context.Context, id string) error {
	_, err := b.tx.exec(ctx, "mark event as published",
		`UPDATE outbox SET published_at = $1 WHERE id = $2`, time.Now().UnixMilli(), id)
	return err
}

func scanEvent(r row) (e orders.Event, err error) {
	var at int64
	err = r.Scan(&e.ID, &e.Name, &e.OrderID, &at)
	e.At = time.UnixMilli(at).UTC()
	return e, err
}

// An Inbox holds the ids of the events that have taken effect.
type Inbox struct{ tx *Tx }

// NewInbox returns the inbox of a transaction.
func NewInbox(tx *Tx) *Inbox { return &Inbox{tx} }

// Record implements events.Inbox.
func (b *Inbox) Record(ctx context.Context, e orders.Event) (bool, error) {
	n, err := b.tx.exec(ctx, "record event", `
		INSERT INTO inbox (event_id, order_id, recorded_at) VALUES ($1, $2, $3)
		ON CONFLICT (event_id) DO NOTHING`,
		e.ID, e.OrderID, time.Now().UnixMilli())
	return n == 1, err
}
