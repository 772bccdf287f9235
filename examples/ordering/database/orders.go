package database

import (
	"context"
	"encoding/json"
	"time"

	"github.com/berth-go/berth/examples/ordering/orders"
)

// Orders are the orders as one transaction sees them.
type Orders struct{ tx *Tx }

// NewOrders returns the orders of a transaction.
func NewOrders(tx *Tx) *Orders { return &Orders{tx} }

// Add implements orders.Repository.
func (r *Orders) Add(ctx context.Context, o orders.Order) (bool, error) {
	lines, err := json.Marshal(o.Lines)
	if err != nil {
		return false, err
	}
	n, err := r.tx.exec(ctx, "add order", `
		INSERT INTO orders (id, buyer, lines, status, placed_at, version)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO NOTHING`,
		o.ID, o.Buyer, string(lines), o.Status, o.PlacedAt.UnixMilli(), o.Version)
	return n == 1, err
}

const selectOrder = `SELECT id, buyer, lines, status, placed_at, version FROM orders `

// Find implements orders.Repository.
func (r *Orders) Find(ctx context.Context, id string) (orders.Order, error) {
	found, err := query(ctx, r.tx, "find order", scanOrder, selectOrder+`WHERE id = $1`, id)
	if err != nil {
		return orders.Order{}, err
	}
	if len(found) == 0 {
		return orders.Order{}, orders.ErrNotFound
	}
	return found[0], nil
}

// List implements orders.Repository.
func (r *Orders) List(ctx context.Context, p orders.Page) ([]orders.Order, error) {
	return query(ctx, r.tx, "list orders", scanOrder, selectOrder+`
		WHERE $1 = '' OR (placed_at, id) < (SELECT placed_at, id FROM orders WHERE id = $1)
		ORDER BY placed_at DESC, id DESC LIMIT $2`,
		p.After, p.Size)
}

// Submitted implements orders.Backlog.
func (r *Orders) Submitted(ctx context.Context, before time.Time, limit int) ([]orders.Order, error) {
	return query(ctx, r.tx, "find submitted orders", scanOrder, selectOrder+`
		WHERE status = 'submitted' AND placed_at <= $1 ORDER BY placed_at, id LIMIT $2`,
		before.UnixMilli(), limit)
}

// Update implements orders.Backlog.
func (r *Orders) Update(ctx context.Context, o orders.Order) error {
	n, err := r.tx.exec(ctx, "update order",
		`UPDATE orders SET status = $1, version = version + 1 WHERE id = $2 AND version = $3`,
		o.Status, o.ID, o.Version)
	if err == nil && n == 0 {
		return orders.ErrConflict
	}
	return err
}

func scanOrder(r row) (o orders.Order, err error) {
	var (
		lines    []byte
		placedAt int64
	)
	if err := r.Scan(&o.ID, &o.Buyer, &lines, &o.Status, &placedAt, &o.Version); err != nil {
		return o, err
	}
	o.PlacedAt = time.UnixMilli(placedAt).UTC()
	return o, json.Unmarshal(lines, &o.Lines)
}
