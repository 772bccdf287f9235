// Package pgtest gives each test a PostgreSQL database of its own.
package pgtest

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

// New returns the URL of a new database on the server of DATABASE_URL. The test is skipped without one,
// and also if the server does not answer, unless BERTH_REQUIRE_SERVERS is 1.
func New(t testing.TB) *url.URL {
	t.Helper()
	server := os.Getenv("DATABASE_URL")
	if server == "" {
		t.Skip("no PostgreSQL: DATABASE_URL is not set")
	}
	return On(t, server)
}

// On returns the URL of a new database on a server. It is dropped at the end of the test.
func On(t testing.TB, server string) *url.URL {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		t.Fatal("DATABASE_URL must be like postgres://user:password@host:5432/name")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), "5432")
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	if err := admin.Ping(); err != nil {
		if os.Getenv("BERTH_REQUIRE_SERVERS") == "1" {
			t.Fatalf("PostgreSQL does not answer: %v", err)
		}
		t.Skipf("PostgreSQL does not answer: %v", err)
	}
	name := "ordering_test_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("the user of DATABASE_URL must be allowed to create databases: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u
}
