package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/berth-go/berth/examples/ordering/orders"
)

// A Tx is the transaction of one unit of work.
type Tx struct{ tx *sql.Tx }

// Begin begins a transaction that is rolled back at the end of the scope unless it
// was committed, whatever happened in between.
func Begin(ctx context.Context, db *sql.DB) (*Tx, func() error, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, unavailable("begin", err)
	}
	rollback := func() error {
		if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			return err
		}
		return nil
	}
	return &Tx{tx}, rollback, nil
}

// Commit makes the work of the unit last.
func (t *Tx) Commit() error { return unavailable("commit", t.tx.Commit()) }

// exec returns the number of rows that were changed.
func (t *Tx) exec(ctx context.Context, doing, query string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, unavailable(doing, err)
	}
	n, err := result.RowsAffected()
	return n, unavailable(doing, err)
}

// query returns what scan makes of each row.
func query[T any](ctx context.Context, t *Tx, doing string, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := t.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, unavailable(doing, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, unavailable(doing, err)
		}
		all = append(all, one)
	}
	return all, unavailable(doing, rows.Err())
}

// A row is a *sql.Row or *sql.Rows.
type row interface{ Scan(dest ...any) error }

// unavailable marks an error of the database itself.
func unavailable(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: %w", doing, orders.ErrUnavailable, err)
}
