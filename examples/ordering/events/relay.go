package events

import (
	"context"
	"fmt"
	"time"

	"github.com/berth-go/berth/examples/ordering/orders"
)

// An Outbox is the relay's side of orders.Outbox.
type Outbox interface {
	// Unpublished returns up to limit events, the oldest first.
	Unpublished(ctx context.Context, limit int) ([]orders.Event, error)
	MarkPublished(ctx context.Context, id string) error
}

// The methods of Outbox, each in a unit of work of its own: the relay holds no
// transaction while it waits for the bus.
type (
	Unpublished   func(ctx context.Context, limit int) ([]orders.Event, error)
	MarkPublished func(ctx context.Context, id string) error
)

// relay publishes what is in the outbox. It stops at the first event that the bus
// does not take, so that the order of events is kept.
func relay(ctx context.Context, unpublished Unpublished, mark MarkPublished, bus Bus) error {
	events, err := unpublished(ctx, 100)
	if err != nil {
		return err
	}
	for _, e := range events {
		if err := bus.Publish(ctx, e); err != nil {
			return err
		}
		if err := mark(ctx, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// lag is a check: events that wait for a minute are no reason to refuse orders, but somebody should know.
func lag(ctx context.Context, outbox Outbox) error {
	waiting, err := outbox.Unpublished(ctx, 1)
	if err != nil || len(waiting) == 0 {
		return err
	}
	if age := time.Since(waiting[0].At); age > time.Minute {
		return fmt.Errorf("an event has waited for %v", age.Round(time.Second))
	}
	return nil
}
