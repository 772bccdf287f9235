package database

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite" // and the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
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

// dataSource: what is committed is on disk, and readers and the writer do not wait for each other. A transaction
// that writes takes the lock of the writer when it begins, so that it cannot fail for it later.
//
// A lock that another process holds is asked for again and again, later and later: whoever has waited longest
// is not next. So a wait is short, and a unit of work begins another one, as long as it has time.
func dataSource(file string) string {
	options := url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(200)", "journal_mode(wal)", "synchronous(full)"},
	}
	return (&url.URL{Scheme: "file", Opaque: filepath.ToSlash(file), RawQuery: options.Encode()}).String()
}

// busy reports whether a lock that another process holds was waited for in vain. PostgreSQL waits by itself.
func busy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}
