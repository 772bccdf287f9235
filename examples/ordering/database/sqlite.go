package database

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// openSQLite opens the database in dir, readable for its owner only.
func openSQLite(dir string) (*sql.DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// SQLite gives its other files the mode of this one.
	file := filepath.Join(dir, "orders.db")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dataSource(file))
	if err != nil {
		return nil, err
	}
	// SQLite has one writer at a time. With one connection units of work queue up
	// in order of arrival, and stop waiting when their context ends.
	db.SetMaxOpenConns(1)
	return db, nil
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
