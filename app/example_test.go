package app_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

type Store struct{ rows int }

// Open returns a store and how to release it.
func Open() (*Store, func()) {
	fmt.Println("opened")
	return &Store{rows: 3}, func() { fmt.Println("closed") }
}

// Import is the job of a program that runs to completion.
func (s *Store) Import() error {
	fmt.Println("imported", s.rows, "rows")
	return nil
}

var silent = app.Logger(zap.NewNop) // keeps the log out of the examples

// A program that runs one job: RunOnce ends the application with its result.
func ExampleRunOnce() {
	err := app.Run(context.Background(), silent,
		di.Singleton(Open),
		app.RunOnce((*Store).Import),
	)
	fmt.Println("error:", err)
	// Output:
	// opened
	// imported 3 rows
	// closed
	// error: <nil>
}

// Who owns the main function runs an application until a context ends, and gets its error.
func ExampleRun() {
	errBroken := errors.New("connection lost")
	err := app.Run(context.Background(), silent,
		di.Singleton(Open),
		hosting.Run(func(context.Context, *Store) error { return errBroken }),
	)
	fmt.Println("lost:", errors.Is(err, errBroken))
	// Output:
	// opened
	// closed
	// lost: true
}

// Start and stop by hand.
func ExampleNew() {
	a := app.New(silent, app.StopTimeout(10*time.Second),
		di.Singleton(Open),
		lifecycle.OnStart(func(s *Store) { fmt.Println("started with", s.rows, "rows") }),
	)
	ctx := context.Background()
	if err := a.Start(ctx); err != nil { // also what was wrong with the options
		fmt.Println(err)
		return
	}
	// Serve until <-a.Done() or whatever else the program waits for.
	fmt.Println("stopped:", a.Stop(ctx))
	// Output:
	// opened
	// started with 3 rows
	// closed
	// stopped: <nil>
}

// A program that calls fx.New itself wraps its options.
func ExampleModule() {
	program := fx.New(fx.NopLogger, app.Module(silent,
		di.Singleton(Open),
		fx.Invoke(func(*Store) {}),
	))
	ctx := context.Background()
	fmt.Println("start:", program.Start(ctx))
	fmt.Println("stop:", program.Stop(ctx))
	// Output:
	// opened
	// start: <nil>
	// closed
	// stop: <nil>
}

// Any other logger takes the place of the default one.
func ExampleLogger() {
	err := app.Run(context.Background(),
		app.Logger(func() *zap.Logger { return zap.NewExample(zap.IncreaseLevel(zap.WarnLevel)) }),
		app.RunOnce(func(log *zap.Logger) { log.Warn("disk is nearly full") }),
	)
	fmt.Println(err)
	// Output:
	// {"level":"warn","logger":"app_test.ExampleLogger.func2","msg":"disk is nearly full"}
	// <nil>
}
