package database

import (
	"context"
	"database/sql"
)

// A Tx is the transaction of one unit of work.
type Tx struct {
	tx      *sql.Tx
	outage  *Outage
	changed bool // something was
}

// Begin begins a transaction that is rolled back at the end of the scope unless it
// was committed, whatever happened in between.
func Begin(ctx context.Context, db *sql.DB, outage *Outage) (*Tx, func(), error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, outage.failed("begin", false, err)
	}
	outage.succeeded(false)
	// A database that cannot be told has rolled back by itself.
	rollback := func() { _ = tx.Rollback() }
	return &Tx{tx: tx, outage: outage}, rollback, nil
}

// Commit makes the work of the unit last. After an error it may be there or not: the answer
// of the database can be lost as well.
func (t *Tx) Commit() error {
	if err := t.tx.Commit(); err != nil {
		return t.outage.failed("commit", t.changed, err)
	}
	t.outage.succeeded(t.changed)
	return nil
}

// exec returns the number of rows that were changed.
func (t *Tx) exec(ctx context.Context, doing, query string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, t.outage.failed(doing, true, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, t.outage.failed(doing, true, err)
	}
	t.changed = t.changed || n > 0
	return n, nil
}

// query returns what scan makes of each row.
func query[T any](ctx context.Context, t *Tx, doing string, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := t.tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, t.outage.failed(doing, false, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, t.outage.failed(doing, false, err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, t.outage.failed(doing, false, err)
	}
	return all, nil
}

// A row is a *sql.Row or *sql.Rows.
type row interface{ Scan(dest ...any) error }
