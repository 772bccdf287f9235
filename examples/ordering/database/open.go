// Package database keeps orders, outbox and inbox in SQL: in a SQLite file, or in PostgreSQL
// if it is given a URL. The two differ in how they are opened; every statement is the same.
package database

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app/config"
)

// Settings are the section "database" of the configuration.
type Settings struct {
	// URL is that of a PostgreSQL database, postgres://user:password@host:5432/name. Default: none, SQLite is used.
	URL config.Secret `doc:"postgres://user:password@host:5432/name; none: SQLite is used"`
	// Dir is the folder of the SQLite database; it is made if missing. Default data.
	Dir string `default:"data" doc:"folder of the SQLite database"`
}

// Validate is called when the application starts.
func (s Settings) Validate() error {
	if s.Dir == "" {
		return errors.New("dir must not be empty")
	}
	if url := s.URL.Reveal(); url != "" {
		if _, err := pgx.ParseConfig(url); err != nil {
			// err shows the URL, which is secret.
			return errors.New("url must be like postgres://user:password@host:5432/name")
		}
	}
	return nil
}

// Open opens the database. Its tables are made when the application starts; a program
// that does not need the database does neither.
func Open(s *config.Live[Settings], lc fx.Lifecycle, log *zap.Logger) (*sql.DB, func() error, error) {
	db, err := open(s.Get())
	if err != nil {
		return nil, nil, err
	}
	lc.Append(fx.StartHook(func(ctx context.Context) error { return migrate(ctx, db, log) }))
	return db, db.Close, nil
}

func open(s Settings) (*sql.DB, error) {
	if url := s.URL.Reveal(); url != "" {
		return openPostgres(url)
	}
	return openSQLite(s.Dir)
}
