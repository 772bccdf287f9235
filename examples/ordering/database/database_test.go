package database_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/examples/ordering/database"
	"github.com/berth-go/berth/examples/ordering/internal/pgtest"
	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/scopes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Work is a unit of work made up by a test.
type Work func(ctx context.Context, do func(*database.Orders) error) error

// Reading is one that only reads.
type Reading func(ctx context.Context, do func(*database.Orders) error) error

func work(_ context.Context, do func(*database.Orders) error, tx *database.Tx) error {
	return do(database.NewOrders(tx))
}

// settings are the section "database" of the configuration.
type settings map[string]any

func sqlite(dir string) settings { return settings{"dir": dir} }

// each runs a test on SQLite, and on PostgreSQL if there is a server.
func each(t *testing.T, test func(t *testing.T, s settings)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t.TempDir())) })
	t.Run("postgres", func(t *testing.T) { test(t, settings{"url": pgtest.New(t).String()}) })
}

// start starts an application that has only a database.
func start(t *testing.T, s settings, opts ...fx.Option) Work {
	t.Helper()
	var do Work
	apptest.Start(t, append(opts,
		database.Module,
		config.Load(config.Values(map[string]any{"database": map[string]any(s)})),
		scopes.Bind[Work](scopes.Around(work, orders.InTx)),
		scopes.Bind[Reading](work),
		fx.Populate(&do),
	)...)
	return do
}

func newOrder(t *testing.T, id string) orders.Order {
	t.Helper()
	o, err := orders.New(orders.Draft{ID: id, Buyer: "ada", Lines: []orders.Line{{Product: "tea", Units: 1, Price: 450}}})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	work := start(t, sqlite(dir))
	if err := work(t.Context(), func(all *database.Orders) error {
		_, err := all.Add(t.Context(), newOrder(t, "a"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 2 {
		t.Errorf("%d files, want the database and its log", len(files))
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode of %s is %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
	}
}

func TestUnitThatFailsLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, s settings) {
		work := start(t, s)
		broken := errors.New("broken")
		for name, end := range map[string]func() error{
			"error": func() error { return broken },
			"panic": func() error { panic(broken) },
		} {
			if err := work(t.Context(), func(all *database.Orders) error {
				if _, err := all.Add(t.Context(), newOrder(t, "a")); err != nil {
					return err
				}
				return end()
			}); err == nil {
				t.Errorf("%s: unit did not fail", name)
			}
			if err := work(t.Context(), func(all *database.Orders) error {
				_, err := all.Find(t.Context(), "a")
				return err
			}); !errors.Is(err, orders.ErrNotFound) {
				t.Errorf("%s: the order is there: %v", name, err)
			}
		}
	})
}

func TestChangeOfAnotherVersionIsAConflict(t *testing.T) {
	each(t, func(t *testing.T, s settings) {
		work := start(t, s)
		o := newOrder(t, "a")
		err := work(t.Context(), func(all *database.Orders) error {
			if _, err := all.Add(t.Context(), o); err != nil {
				return err
			}
			o.Status = orders.AwaitingValidation
			if err := all.Update(t.Context(), o); err != nil {
				return err
			}
			return all.Update(t.Context(), o)
		})
		if !errors.Is(err, orders.ErrConflict) {
			t.Errorf("error is %v, want ErrConflict", err)
		}
	})
}

func TestClosedDatabaseIsUnavailable(t *testing.T) {
	each(t, func(t *testing.T, s settings) {
		var db *sql.DB
		work := start(t, s, fx.Populate(&db))
		db.Close()
		err := work(t.Context(), func(*database.Orders) error { return nil })
		if !errors.Is(err, orders.ErrUnavailable) {
			t.Errorf("error is %v, want ErrUnavailable", err)
		}
	})
}

func TestUnitThatOnlyReadsMayNotWrite(t *testing.T) {
	each(t, func(t *testing.T, s settings) {
		var read Reading
		start(t, s, fx.Populate(&read))
		err := read(t.Context(), func(all *database.Orders) error {
			_, err := all.Add(t.Context(), newOrder(t, "a"))
			return err
		})
		if want := "add order: unit of work only reads: wrap it in orders.InTx"; err == nil || err.Error() != want {
			t.Errorf("error is %v, want %s", err, want)
		}
	})
}
