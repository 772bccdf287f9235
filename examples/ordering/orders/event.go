package orders

import (
	"context"
	"crypto/rand"
	"time"
)

// An Event tells other services what has happened to an order.
type Event struct {
	ID      string // unique, so that a receiver can tell a repetition
	Name    string
	OrderID string
	At      time.Time
}

// GracePeriodConfirmed is the name of the event that an order awaits validation.
const GracePeriodConfirmed = "grace period confirmed"

func newEvent(name, orderID string) Event {
	return Event{
		ID:      rand.Text(),
		Name:    name,
		OrderID: orderID,
		At:      time.Now().UTC().Truncate(time.Millisecond),
	}
}

// An Outbox keeps events next to the orders they are about, in the same unit of
// work: both are stored or neither is.
type Outbox interface {
	Add(ctx context.Context, e Event) error
}
