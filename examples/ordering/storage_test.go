package main_test

import (
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/berth-go/berth/examples/ordering/internal/pgtest"
)

// A storage is a database for the programs of one test.
type storage struct {
	env    []string // what the program is told
	driver string
	source string // what the test opens: the database itself, without what stands between it and the program
	tables string // selects the names of all tables

	outages []outage
}

// An outage makes the database unavailable until end is called.
type outage struct {
	name  string
	begin func(t *testing.T) (end func())
}

// eachStorage runs a test on SQLite, and on PostgreSQL if there is a server.
func eachStorage(t *testing.T, test func(t *testing.T, s *storage)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, onSQLite(t.TempDir()))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, onPostgres(t, pgtest.New(t)))
	})
}

// onSQLite is a file in dir.
func onSQLite(dir string) *storage {
	s := &storage{
		env:    []string{"DATABASE_URL=", "ORDERING_DATABASE__DIR=" + dir},
		driver: "sqlite",
		source: "file:" + filepath.ToSlash(filepath.Join(dir, "orders.db")) + "?_pragma=busy_timeout(5000)&_txlock=immediate",
		tables: `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`,
	}
	s.outages = []outage{{"locked", s.lock}}
	return s
}

// lock takes the lock of the writer, as a process does that hangs.
func (s *storage) lock(t *testing.T) (unlock func()) {
	db := s.open(t)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		tx.Rollback()
		db.Close()
	}
}

// open opens the database, which a program may be using. It is not kept open: a program that was killed
// is to find it as it left it.
func (s *storage) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(s.driver, s.source)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// count counts rows.
func (s *storage) count(t *testing.T, from string) int {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	var n int
	if err := db.QueryRow("SELECT count(*) FROM " + from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// column returns the texts that a statement selects.
func (s *storage) column(t *testing.T, query string) []string {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// verify checks all that is stored when orders 0 to n-1 have gone all the way and no program runs.
func (s *storage) verify(t *testing.T, n int) {
	t.Helper()
	if got, want := s.column(t, s.tables), []string{"inbox", "orders", "outbox"}; !slices.Equal(got, want) {
		t.Errorf("tables are %v, want %v", got, want)
	}
	want := make([]string, n)
	for i := range want {
		want[i] = orderID(i)
	}
	for _, stored := range []struct{ what, query string }{
		{"orders", `SELECT id FROM orders`},
		{"orders that await validation", `SELECT id FROM orders WHERE status = 'awaiting validation' AND version = 2`},
		{"orders with an event", `SELECT order_id FROM outbox`},
		{"orders with a published event", `SELECT order_id FROM outbox WHERE published_at IS NOT NULL`},
		{"orders whose event took effect", `SELECT order_id FROM inbox`},
		{"orders whose own event took effect", `SELECT o.order_id FROM outbox o JOIN inbox i ON i.event_id = o.id AND i.order_id = o.order_id`},
	} {
		got := s.column(t, stored.query)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows for %d orders: %s", stored.what, len(got), n, difference(got, want))
		}
	}
}

// difference says what two sorted lists do not have in common, at most ten of each.
func difference(got, want []string) string {
	count := map[string]int{}
	for _, id := range got {
		count[id]++
	}
	for _, id := range want {
		count[id]--
	}
	var more, less []string
	for _, id := range slices.Sorted(maps.Keys(count)) {
		switch n := count[id]; {
		case n > 0:
			more = append(more, id)
		case n < 0:
			less = append(less, id)
		}
	}
	return fmt.Sprintf("too many %v, missing %v", more[:min(10, len(more))], less[:min(10, len(less))])
}
