package hosting_test

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
)

// A program may look at its triggers and control them.
func ExampleTriggers() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		hosting.Every(time.Hour, func() { fmt.Println("cleaning up") }, hosting.Name("clean-up")),
		app.RunOnce(func(ctx context.Context, triggers *hosting.Triggers) error {
			cleanUp, _ := triggers.Find("clean-up")
			cleanUp.Pause()
			if err := cleanUp.RunNow(ctx); err != nil {
				return err
			}
			for _, t := range triggers.All() {
				i := t.Info()
				fmt.Println(i.Kind, i.Name, i.State, i.Interval, i.Runs)
			}
			return nil
		}),
	)
	fmt.Println(err)
	// Output:
	// cleaning up
	// Every clean-up paused 1h0m0s 1
	// <nil>
}
