package main_test

import (
	"net/url"
	"testing"
)

// onPostgres is a PostgreSQL database, which the program reaches through a proxy.
func onPostgres(t *testing.T, database *url.URL) *storage {
	t.Helper()
	proxy := newProxy(t, database.Host)
	through := *database
	through.Host = proxy.addr
	return &storage{
		env:     []string{"DATABASE_URL=" + through.String()},
		driver:  "pgx",
		source:  database.String(),
		tables:  `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
		outages: []outage{{"cut off", proxy.cut}, {"hanging", proxy.hang}},
	}
}
