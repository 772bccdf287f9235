package lifecycle_test

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

// Counters count what has happened, for a page of metrics.
type Counters struct{ Failed map[string]int }

// An Observer counts the failures of units.
type Observer struct{ counters *Counters }

func NewObserver(c *Counters) *Observer { return &Observer{c} }

func (o *Observer) OnEvent(ev event.Event) {
	if failed, ok := ev.(event.UnitFailed); ok {
		o.counters.Failed[failed.Name]++
	}
}

// A listener that is constructed is injected what it needs.
func ExampleListen() {
	counters := &Counters{Failed: map[string]int{}}
	refresh := func(_ context.Context, shutdown lifecycle.Shutdown) error {
		shutdown(nil)
		return fmt.Errorf("no network")
	}
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		fx.Supply(counters),
		lifecycle.Listen(NewObserver),
		hosting.Every(time.Minute, refresh, hosting.RunAtStart(), hosting.Name("refresh")),
	)
	fmt.Println(counters.Failed, err)
	// Output: map[refresh:1] <nil>
}
