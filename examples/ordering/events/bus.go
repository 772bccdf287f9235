// Package events brings the events of the outbox to those who listen: a relay
// publishes them on a bus, a subscriber lets each take effect.
//
// No event is lost, and each takes effect once, also when the process is killed at
// any moment. The relay marks an event as published after the bus has answered for it;
// a kill in between publishes it again, and the subscriber, which records the id
// of the event in the transaction of its effect, knows it.
package events

import (
	"context"

	"github.com/berth-go/berth/examples/ordering/orders"
)

// A Bus carries events. Both methods may be called from several goroutines.
type Bus interface {
	// Publish returns nil once the bus answers for the event: it will arrive
	// even if the process is killed now.
	Publish(ctx context.Context, e orders.Event) error
	// Subscribe calls handle with one event after the other until ctx ends.
	// Several subscribers share the events.
	Subscribe(ctx context.Context, handle Handler) error
}

// A Handler lets an event take effect. An event whose handler fails comes again.
type Handler func(ctx context.Context, e orders.Event) error

// InProcess is a Bus inside this process. It keeps nothing on disk, and so answers
// for an event only when it has been handled.
type InProcess struct {
	queue chan delivery
}

type delivery struct {
	event   orders.Event
	handled chan error
}

// NewInProcess returns a bus on which at most 64 events wait; further publishers
// wait for a place.
func NewInProcess() *InProcess { return &InProcess{queue: make(chan delivery, 64)} }

// Publish returns what the handler of the event returned.
func (b *InProcess) Publish(ctx context.Context, e orders.Event) error {
	d := delivery{e, make(chan error, 1)}
	select {
	case b.queue <- d:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-d.handled:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Subscribe handles events in the calling goroutine.
func (b *InProcess) Subscribe(ctx context.Context, handle Handler) error {
	for {
		select {
		case d := <-b.queue:
			d.handled <- handle(ctx, d.event)
		case <-ctx.Done():
			return nil
		}
	}
}
