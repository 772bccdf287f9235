package database

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres makes a pool; it connects when it is used.
func openPostgres(url string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	// A server that does not answer must not hold up the pool.
	config.ConnectTimeout = cmp.Or(config.ConnectTimeout, 5*time.Second)
	// The statements are written for this level, whatever the default of the server: none of
	// them fails because of another transaction, it waits for its end and sees what it did.
	config.RuntimeParams["default_transaction_isolation"] = "read committed"

	// A unit of work asks for a round trip more, and never begins on a connection that a restart of the
	// server has left dead in the pool.
	ping := func(context.Context, stdlib.ShouldPingParams) bool { return true }

	db := stdlib.OpenDB(*config, stdlib.OptionShouldPing(ping))
	const most = 10 // of the server's connections
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}
