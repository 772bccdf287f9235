package database_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/examples/ordering/database"
	"github.com/berth-go/berth/examples/ordering/orders"
)

// lock takes a lock of the database in dir, as another process does, until unlock is called.
func lock(t *testing.T, dir, begin string) (unlock func()) {
	t.Helper()
	other, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, "orders.db")))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), begin); err != nil {
		t.Fatal(err)
	}
	unlock = sync.OnceFunc(func() {
		conn.ExecContext(context.Background(), "ROLLBACK")
		conn.Close()
		other.Close()
	})
	t.Cleanup(unlock)
	return unlock
}

func TestStartWaitsForALockedDatabase(t *testing.T) {
	dir := t.TempDir()
	unlock := lock(t, dir, "BEGIN EXCLUSIVE")
	defer time.AfterFunc(500*time.Millisecond, unlock).Stop()
	start(t, sqlite(dir))
}

func TestLockOfAnotherProcessIsWaitedForAsLongAsThereIsTime(t *testing.T) {
	dir := t.TempDir()
	core, log := observer.New(zap.InfoLevel)
	var read Reading
	work := start(t, sqlite(dir), app.Logger(func() *zap.Logger { return zap.New(core) }), fx.Populate(&read))
	list := func(all *database.Orders) error {
		_, err := all.List(t.Context(), orders.Page{Size: 1})
		return err
	}
	unlock := lock(t, dir, "BEGIN IMMEDIATE")

	// This one has time enough, and outlives several of the waits of SQLite.
	patient := make(chan error)
	go func() { patient <- work(t.Context(), list) }()

	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	err := work(ctx, list)
	if !errors.Is(err, orders.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v, want ErrUnavailable and DeadlineExceeded", err)
	}
	if err == nil || !strings.Contains(err.Error(), "database is locked") {
		t.Errorf("error is %v, want what was waited for", err)
	}
	if err := read(t.Context(), list); err != nil {
		t.Errorf("a unit that reads fails: %v", err)
	}
	if n, m := log.FilterMessage(away).Len(), log.FilterMessage(back).Len(); n != 1 || m != 0 {
		t.Errorf("while it is locked the log says %d times that the outage began and %d times that it is over", n, m)
	}

	unlock()
	if err := <-patient; err != nil {
		t.Errorf("the patient unit fails: %v", err)
	}
	if err := work(t.Context(), list); err != nil { // the patient one may have asked before the outage began
		t.Error(err)
	}
	if n := log.FilterMessage(back).Len(); n != 1 {
		t.Errorf("the log says %d times that the outage is over", n)
	}
}
