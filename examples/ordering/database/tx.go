package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Tx is the transaction of one unit of work. It begins when it is used first, and only reads
// unless Begin was called before: a unit that reads needs no lock.
type Tx struct {
	db     *sql.DB
	outage *Outage

	tx      *sql.Tx // nil before it is used
	writes  bool    // it may change something
	changed bool    // something was
}

// NewTx returns a transaction that is rolled back at the end of the scope unless it
// was committed, whatever happened in between.
func NewTx(db *sql.DB, outage *Outage) (*Tx, func()) {
	t := &Tx{db: db, outage: outage}
	return t, func() {
		if t.tx != nil {
			// A database that cannot be told has rolled back by itself.
			_ = t.tx.Rollback()
		}
	}
}

// Begin implements orders.UnitOfWork. ctx is that of the whole transaction.
func (t *Tx) Begin(ctx context.Context) error {
	t.writes = true
	_, err := t.begun(ctx)
	return err
}

// begun begins the transaction unless it has begun. A lock that another process holds is waited for until ctx ends.
func (t *Tx) begun(ctx context.Context) (*sql.Tx, error) {
	if t.tx != nil {
		return t.tx, nil
	}
	options := &sql.TxOptions{ReadOnly: !t.writes}
	var locked error
	asked := time.Now()
	tx, err := t.db.BeginTx(ctx, options)
	for busy(err) {
		locked, asked = err, time.Now()
		tx, err = t.db.BeginTx(ctx, options)
	}
	if err != nil {
		use := reading
		if t.writes {
			use = locking
		}
		return nil, t.outage.failed("begin", use, errors.Join(locked, err))
	}
	t.tx = tx
	if t.writes { // SQLite looks at nothing to begin one that reads
		t.outage.succeeded(locking, asked)
	}
	return tx, nil
}

// Commit makes the work of the unit last. After an error it may be there or not: the answer
// of the database can be lost as well.
func (t *Tx) Commit() error {
	if t.tx == nil {
		return nil
	}
	use := reading
	if t.changed {
		use = changing
	}
	asked := time.Now()
	if err := t.tx.Commit(); err != nil {
		return t.outage.failed("commit", use, err)
	}
	t.outage.succeeded(use, asked)
	return nil
}

// exec returns the number of rows that were changed.
func (t *Tx) exec(ctx context.Context, doing, query string, args ...any) (int64, error) {
	if !t.writes {
		return 0, fmt.Errorf("%s: unit of work only reads: wrap it in orders.InTx", doing)
	}
	result, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, t.outage.failed(doing, changing, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, t.outage.failed(doing, changing, err)
	}
	t.changed = t.changed || n > 0
	return n, nil
}

// query returns what scan makes of each row.
func query[T any](ctx context.Context, t *Tx, doing string, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	tx, err := t.begun(ctx)
	if err != nil {
		return nil, err
	}
	asked := time.Now()
	all, err := collect(ctx, tx, scan, query, args...)
	if err != nil {
		return nil, t.outage.failed(doing, reading, err)
	}
	t.outage.succeeded(reading, asked)
	return all, nil
}

func collect[T any](ctx context.Context, tx *sql.Tx, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// A row is a *sql.Row or *sql.Rows.
type row interface{ Scan(dest ...any) error }
