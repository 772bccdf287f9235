package apptest

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap/zaptest"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/testsetup"
)

// The first use of signals in a process starts a goroutine that never ends. Inside a bubble of testing/synctest
// that would keep the bubble from ending, so it is started before.
func init() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	signal.Stop(c)
}

// An App is an application under test. Its methods are safe for goroutines.
type App struct {
	app  *app.App
	once sync.Once
	err  error
}

// Start constructs and starts an application, and ends the test at once if that fails. At the end of the
// test, before the cleanups registered earlier, the application is stopped. The test fails if a service had
// failed or Shutdown was given a cause, if anything fails while stopping, if scopes stay open, and if a
// goroutine of the application hangs, which is named with its stack.
func Start(t testing.TB, opts ...fx.Option) *App {
	t.Helper()
	a := &App{app: app.New(options(t, opts)...)}
	if err := a.app.Start(t.Context()); err != nil {
		t.Fatalf("application did not start: %+v", err)
	}
	t.Cleanup(func() {
		t.Helper()
		a.once.Do(func() {
			if err := a.stop(); err != nil {
				t.Errorf("application did not stop cleanly: %+v", err)
			}
		})
	})
	return a
}

// Stop stops the application now and returns what app.Run would: the causes of its stop and what failed
// while stopping, joined. The test judges the error; it does not fail because of it. Later calls return the
// same.
func (a *App) Stop() error {
	a.once.Do(func() { a.err = a.stop() })
	return a.err
}

// Done is closed once a service has failed or Shutdown was called. The application then waits for Stop or
// the end of the test.
func (a *App) Done() <-chan struct{} { return a.app.Done() }

func (a *App) stop() error {
	err := a.app.Stop(context.Background())
	return errors.Join(a.app.Err(), err)
}

// Check checks the whole wiring of an application and fails the test with all that is wrong. It constructs
// nothing, and reads no source of the configuration: what stands in files is checked by Start.
func Check(t testing.TB, opts ...fx.Option) {
	t.Helper()
	setup := testsetup.Setup{CheckOnly: true}.Option()
	if err := app.New(append([]fx.Option{setup}, opts...)...).Err(); err != nil {
		t.Errorf("%+v", err)
	}
}

// Only starts the triggers with these names and no others, and none without names: hosting.Triggers lists
// them, and RunNow takes a turn of one that was not started. A name that no trigger has is an error.
// Several Only add up. An app.RunOnce is not called.
func Only(names ...string) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Setting{Value: testsetup.Only(names), Here: here}, here)
}

// options puts before opts what is different in a test.
func options(t testing.TB, opts []fx.Option) []fx.Option {
	setup := testsetup.Setup{Logger: zaptest.NewLogger(t)}.Option()
	return append([]fx.Option{setup, fx.NopLogger}, opts...)
}
