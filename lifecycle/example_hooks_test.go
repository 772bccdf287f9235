package lifecycle_test

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/lifecycle"
)

// A DB is a singleton. The cleanup that its constructor returns needs no hook.
type DB struct{}

func NewDB() (*DB, func()) {
	fmt.Println("open")
	return &DB{}, func() { fmt.Println("close") }
}

// Migrate is a unit of work: what it takes is injected, in a scope that lives as long as the call.
func Migrate(ctx context.Context, db *DB) error {
	fmt.Println("migrate")
	return nil
}

func Farewell(db *DB) { fmt.Println("say farewell") }

func ExampleOnStart() {
	a := app.New(app.Logger(zap.NewNop),
		di.Singleton(NewDB),
		lifecycle.OnStart(Migrate, lifecycle.Timeout(time.Minute)),
	)
	fmt.Println("constructed")
	fmt.Println(a.Start(context.Background()))
	fmt.Println(a.Stop(context.Background()))
	// Output:
	// open
	// constructed
	// migrate
	// <nil>
	// close
	// <nil>
}

func ExampleOnStop() {
	a := app.New(app.Logger(zap.NewNop),
		di.Singleton(NewDB),
		lifecycle.OnStop(Farewell),
	)
	fmt.Println(a.Start(context.Background()))
	fmt.Println(a.Stop(context.Background()))
	// Output:
	// open
	// <nil>
	// say farewell
	// close
	// <nil>
}
