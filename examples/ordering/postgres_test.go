package main_test

import (
	"crypto/rand"
	"database/sql"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// onPostgres is a database of its own on the server of DATABASE_URL, which the program reaches through a proxy.
// It is dropped at the end of the test.
func onPostgres(t *testing.T) *storage {
	t.Helper()
	server := os.Getenv("DATABASE_URL")
	if server == "" {
		t.Skip("DATABASE_URL is not set: no PostgreSQL")
	}
	return databaseOn(t, server)
}

func databaseOn(t *testing.T, server string) *storage {
	t.Helper()
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	if err := admin.Ping(); err != nil {
		missing(t, "PostgreSQL of DATABASE_URL does not answer: %v", err)
	}
	name := "ordering_test_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})

	direct, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	direct.Path = "/" + name
	if direct.Port() == "" {
		direct.Host = net.JoinHostPort(direct.Hostname(), "5432")
	}
	proxy := newProxy(t, direct.Host)
	through := *direct
	through.Host = proxy.addr
	return &storage{
		name:    "postgres",
		env:     []string{"DATABASE_URL=" + through.String()},
		driver:  "pgx",
		source:  direct.String(),
		tables:  `SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
		outages: []outage{{"cut off", proxy.cut}, {"hanging", proxy.hang}},
	}
}
