package database

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
)

//go:embed schema.sql
var schema string

// migrate makes the tables. A database that is not there yet is waited for until ctx,
// which is that of the start, ends.
func migrate(ctx context.Context, db *sql.DB, log *zap.Logger) error {
	pause := backoff.NewExponentialBackOff()
	pause.MaxInterval = 5 * time.Second
	var last error
	_, err := backoff.Retry(ctx,
		func() (result sql.Result, err error) {
			result, last = db.ExecContext(ctx, schema)
			return result, last
		},
		backoff.WithBackOff(pause),
		backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, wait time.Duration) {
			log.Warn("waiting for the database", zap.Error(err), zap.Duration("next_try", wait))
		}))
	if err != nil {
		return fmt.Errorf("make the tables: %w", errors.Join(err, last))
	}
	return nil
}
