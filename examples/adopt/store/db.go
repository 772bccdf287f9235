package store

import (
	"context"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/settings"
)

// engine is how tables are read and written; only this package knows it.
type engine struct{ name string }

func newEngine() *engine { return &engine{"heap"} }

// pool limits how many use the engine.
type pool struct{ engine *engine }

func newPool(e *engine) *pool { return &pool{e} }

// A DB is one copy of the tables.
type DB struct {
	Name string

	log    *zap.Logger
	pool   *pool
	source *DB // of a replica
	opened bool
}

type (
	primary struct {
		fx.In

		DB *DB `name:"primary"`
	}
	replica struct {
		fx.In

		DB *DB `name:"replica"`
	}
	// DBs are both copies.
	DBs struct {
		fx.In

		Primary *DB `name:"primary"`
		Replica *DB `name:"replica"`
	}
)

func newPrimary(s settings.Store, p *pool, log *zap.Logger) (*DB, error) {
	return &DB{Name: s.Primary, pool: p, log: log.Named("primary")}, nil
}

func newReplica(source *DB, s settings.Store, p *pool, log *zap.Logger) (*DB, error) {
	return &DB{Name: s.Replica, pool: p, log: log.Named("replica"), source: source}, nil
}

func openPrimary(_ context.Context, in primary) error { return in.DB.open() }
func openReplica(_ context.Context, in replica) error { return in.DB.open() }
func closePrimary(in primary)                         { in.DB.close() }
func closeReplica(in replica)                         { in.DB.close() }

func (db *DB) open() error {
	db.opened = true
	db.log.Info("opened", zap.String("db", db.Name), zap.String("engine", db.pool.engine.name), zap.Bool("copy", db.source != nil))
	return nil
}

func (db *DB) close() {
	db.opened = false
	db.log.Info("closed", zap.String("db", db.Name))
}

// Opened reports whether the tables are there.
func (db *DB) Opened() bool { return db.opened }

// Audit is the table of what was done.
type Audit struct{ db *DB }

// NewAudit returns the table of what was done.
func NewAudit(in DBs, log *zap.Logger) *Audit {
	log.Debug("audit", zap.String("db", in.Primary.Name))
	return &Audit{in.Primary}
}

// Where is the copy that has the table.
func (a *Audit) Where() string { return a.db.Name }
