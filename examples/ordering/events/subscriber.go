package events

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/ordering/orders"
)

// An Inbox knows the events that have taken effect.
type Inbox interface {
	// Record reports false for an event it knows already.
	Record(ctx context.Context, e orders.Event) (first bool, err error)
}

// Record is the method of Inbox in a unit of work of its own. Whatever else an event
// is to change belongs into the same one.
type Record func(ctx context.Context, e orders.Event) (first bool, err error)

// subscribe lets events take effect as long as the application runs.
func subscribe(ctx context.Context, bus Bus, record Record, log *zap.Logger) error {
	return bus.Subscribe(ctx, func(ctx context.Context, e orders.Event) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		first, err := record(ctx, e)
		if first && err == nil {
			log.Info(e.Name, zap.String("order", e.OrderID), zap.String("event", e.ID))
		}
		return err
	})
}
