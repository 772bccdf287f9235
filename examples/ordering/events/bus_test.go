package events_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/berth-go/berth/examples/ordering/events"
	"github.com/berth-go/berth/examples/ordering/orders"
)

func TestPublishReturnsWhatTheHandlerReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := events.NewInProcess()
		broken := errors.New("broken")
		go bus.Subscribe(t.Context(), func(_ context.Context, e orders.Event) error {
			if e.ID == "bad" {
				return broken
			}
			return nil
		})
		if err := bus.Publish(t.Context(), orders.Event{ID: "good"}); err != nil {
			t.Errorf("publish: %v", err)
		}
		if err := bus.Publish(t.Context(), orders.Event{ID: "bad"}); !errors.Is(err, broken) {
			t.Errorf("publish returned %v, want the handler's error", err)
		}
	})
}

func TestPublishWaitsForAPlaceAndForTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const publishers = 100 // more than there are places
		bus := events.NewInProcess()
		published := make(chan error, publishers)
		for range publishers {
			go func() { published <- bus.Publish(t.Context(), orders.Event{}) }()
		}
		synctest.Wait()
		if n := len(published); n != 0 {
			t.Fatalf("%d events were published without a handler", n)
		}

		go bus.Subscribe(t.Context(), func(context.Context, orders.Event) error { return nil })
		for range publishers {
			if err := <-published; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestPublishEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := events.NewInProcess()
		ctx, cancel := context.WithCancelCause(t.Context())
		enough := errors.New("enough")
		published := make(chan error)
		go func() { published <- bus.Publish(ctx, orders.Event{}) }()
		synctest.Wait()
		cancel(enough)
		if err := <-published; !errors.Is(err, enough) {
			t.Errorf("publish returned %v, want the cause", err)
		}
	})
}
