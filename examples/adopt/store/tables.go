package store

import (
	"maps"
	"slices"
	"sync"
)

// A Table is rows by key. Its methods are safe for goroutines.
type Table struct {
	Name string
	db   *DB

	mu   sync.Mutex
	rows map[string]string
}

func newTable(name string, db *DB) *Table {
	return &Table{Name: name, db: db, rows: map[string]string{}}
}

// Put writes a row.
func (t *Table) Put(key, row string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows[key] = row
}

// Get reads a row.
func (t *Table) Get(key string) (row string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	row, ok = t.rows[key]
	return row, ok
}

// Keys are the keys of all rows, in order.
func (t *Table) Keys() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.rows))
}

// The tables of the depot.
type (
	Parcels   struct{ *Table }
	Customers struct{ *Table }
	Invoices  struct{ *Table }
	Routes    struct{ *Table }
)

// NewParcels returns the table of parcels.
func NewParcels(in DBs) Parcels { return Parcels{newTable("parcels", in.Primary)} }

// NewCustomers returns the table of customers.
func NewCustomers(in DBs) Customers { return Customers{newTable("customers", in.Primary)} }

// NewInvoices returns the table of invoices.
func NewInvoices(in DBs) Invoices { return Invoices{newTable("invoices", in.Primary)} }

// NewRoutes returns the table of routes, which are read from the copy.
func NewRoutes(in DBs) Routes { return Routes{newTable("routes", in.Replica)} }
