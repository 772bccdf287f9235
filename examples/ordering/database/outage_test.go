package database_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/examples/ordering/database"
	"github.com/berth-go/berth/examples/ordering/orders"
)

const (
	away = "database is unavailable"
	back = "database is available again"
)

func TestOutageIsLoggedOnceAndSoIsItsEnd(t *testing.T) {
	core, log := observer.New(zap.InfoLevel)
	var db *sql.DB
	work := start(t, sqlite(t.TempDir()), app.Logger(func() *zap.Logger { return zap.New(core) }), fx.Populate(&db))
	add := func(id string) error {
		return work(t.Context(), func(all *database.Orders) error {
			_, err := all.Add(t.Context(), newOrder(t, id))
			return err
		})
	}
	list := func() error {
		return work(t.Context(), func(all *database.Orders) error {
			_, err := all.List(t.Context(), orders.Page{Size: 1})
			return err
		})
	}
	// As with a full disk, what is read succeeds, and what is written fails.
	if _, err := db.Exec(`CREATE TRIGGER full BEFORE INSERT ON orders BEGIN SELECT RAISE(FAIL, 'disk is full'); END`); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := add("a"); !errors.Is(err, orders.ErrUnavailable) {
			t.Errorf("error is %v, want ErrUnavailable", err)
		}
		if err := list(); err != nil {
			t.Error(err)
		}
	}
	if n, m := log.FilterMessage(away).Len(), log.FilterMessage(back).Len(); n != 1 || m != 0 {
		t.Errorf("during the outage the log says %d times that it began and %d times that it is over", n, m)
	}

	if _, err := db.Exec(`DROP TRIGGER full`); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"b", "c"} {
		if err := add(id); err != nil {
			t.Error(err)
		}
	}
	if n, m := log.FilterMessage(away).Len(), log.FilterMessage(back).Len(); n != 1 || m != 1 {
		t.Errorf("after the outage the log says %d times that it began and %d times that it is over", n, m)
	}
}

func TestCallerThatHasGoneIsNoOutage(t *testing.T) {
	each(t, func(t *testing.T, s settings) {
		core, log := observer.New(zap.InfoLevel)
		work := start(t, s, app.Logger(func() *zap.Logger { return zap.New(core) }))
		ctx, cancel := context.WithCancel(t.Context())
		err := work(ctx, func(all *database.Orders) error {
			cancel()
			_, err := all.List(ctx, orders.Page{Size: 1})
			return err
		})
		if err == nil {
			t.Error("work went on without its caller")
		}
		if n := log.FilterMessage(away).Len(); n != 0 {
			t.Errorf("the log says %d times that the database is away: %v", n, err)
		}
	})
}
