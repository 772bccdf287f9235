// Package database keeps orders, outbox and inbox in a SQLite file.
package database

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/fx"
	"go.uber.org/zap"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Settings are the section "database" of the configuration.
type Settings struct {
	// Dir is the folder of the database; it is made if missing. Default data.
	Dir string `default:"data"`
}

// Validate is called when the application starts.
func (s Settings) Validate() error {
	if s.Dir == "" {
		return errors.New("dir must not be empty")
	}
	return nil
}

// Open opens the database, readable for its owner only. Its tables are made when the
// application starts; a program that does not need the database does neither.
func Open(s Settings, lc fx.Lifecycle, log *zap.Logger) (*sql.DB, func() error, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, nil, err
	}
	// SQLite gives its other files the mode of this one.
	file := filepath.Join(s.Dir, "orders.db")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := f.Close(); err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", dataSource(file))
	if err != nil {
		return nil, nil, err
	}
	// SQLite has one writer at a time. With one connection units of work queue up
	// in order of arrival, and stop waiting when their context ends.
	db.SetMaxOpenConns(1)
	lc.Append(fx.StartHook(func(ctx context.Context) error { return migrate(ctx, db, log) }))
	return db, db.Close, nil
}

// dataSource: what is committed is on disk, readers do not block the writer, and a lock
// that another process holds is waited for a second.
func dataSource(file string) string {
	options := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(1000)", "journal_mode(wal)", "synchronous(full)"},
	}
	return (&url.URL{Scheme: "file", Opaque: filepath.ToSlash(file), RawQuery: options.Encode()}).String()
}

//go:embed schema.sql
var schema string

// migrate makes the tables. A database that is not there yet is waited for until ctx,
// which is that of the start, ends.
func migrate(ctx context.Context, db *sql.DB, log *zap.Logger) error {
	var last error
	_, err := backoff.Retry(ctx,
		func() (result sql.Result, err error) {
			result, last = db.ExecContext(ctx, schema)
			return result, last
		},
		backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			log.Warn("waiting for the database", zap.Error(err), zap.Duration("next_try", wait))
		}))
	if err != nil {
		return fmt.Errorf("make the tables: %w", errors.Join(err, last))
	}
	return nil
}
