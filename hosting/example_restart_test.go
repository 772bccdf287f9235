package hosting_test

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
)

// A Feed is followed over a connection that breaks now and then.
type Feed struct{ connections int }

func NewFeed() *Feed { return &Feed{} }

var ErrBroken = errors.New("connection is broken")

// Follow runs as long as its connection does.
func Follow(_ context.Context, f *Feed) error {
	f.connections++
	fmt.Println("connection", f.connections)
	return ErrBroken
}

// Following is the module of the feed.
var Following = fx.Options(
	di.Singleton(NewFeed),
	hosting.Run(Follow, hosting.Restart(hosting.Policy{Failures: 3, Window: time.Minute})),
)

func ExampleRestart() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop), Following)
	fmt.Println(errors.Is(err, ErrBroken))
	// Output:
	// connection 1
	// connection 2
	// connection 3
	// true
}
