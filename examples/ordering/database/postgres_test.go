package database_test

import (
	"database/sql"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/examples/ordering/database"
	"github.com/berth-go/berth/examples/ordering/internal/pgtest"
	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/scopes"
)

// run runs an application that has only a database.
func run(t *testing.T, url string) error {
	t.Helper()
	return app.Run(t.Context(),
		database.Module,
		config.Load(config.Values(map[string]any{"database": map[string]any{"url": url}})),
		scopes.Bind[Work](work),
		fx.Invoke(func(Work) {}),
		app.Logger(zap.NewNop),
		app.StartTimeout(time.Second),
	)
}

func TestStartFailsAtItsLimitWithoutAServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()

	err = run(t, "postgres://ada:s3cret@"+addr+"/orders")
	if err == nil {
		t.Fatal("the application started without a database")
	}
	for _, want := range []string{"make the tables", addr, "connection refused", "database/open.go:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error shows the password: %v", err)
	}
}

func TestServerThatDoesNotAnswerIsNotWaitedForLongerThanTheStart(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // it accepts no connection
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	began := time.Now()
	err = run(t, "postgres://ada@"+listener.Addr().String()+"/orders")
	if took := time.Since(began); err == nil || took > 4*time.Second {
		t.Errorf("error is %v, after %v", err, took)
	}
}

func TestURLThatMakesNoSenseIsNotShown(t *testing.T) {
	err := run(t, "my:s3cret")
	if err == nil || !strings.Contains(err.Error(), "url must be like postgres://") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error is %v", err)
	}
}

func TestRestartOfAnIdleServerFailsNoUnit(t *testing.T) {
	u := pgtest.New(t)
	work := start(t, settings{"url": u.String()})
	read := func() error {
		return work(t.Context(), func(all *database.Orders) error {
			_, err := all.List(t.Context(), orders.Page{Size: 1})
			return err
		})
	}
	if err := read(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const restart = `
		SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`
	if _, err := db.Exec(restart); err != nil {
		t.Fatal(err)
	}
	if err := read(); err != nil {
		t.Error(err)
	}
}
