package main_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	ordering "github.com/berth-go/berth/examples/ordering"
	"github.com/berth-go/berth/examples/ordering/events"
	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/hosting/health"
)

// A brokenBus takes nothing.
type brokenBus struct{}

func (brokenBus) Publish(context.Context, orders.Event) error { return errors.New("bus is down") }

func (brokenBus) Subscribe(ctx context.Context, _ events.Handler) error {
	<-ctx.Done()
	return nil
}

func TestNotReadyWithoutStorage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *health.Health
		db := &memory{down: orders.ErrUnavailable}
		apptest.Start(t, ordering.Module, inMemory(db), config.Load(), apptest.Only(), fx.Populate(&h))
		if r := h.Report(t.Context(), health.Ready); r.Status != health.Unhealthy {
			t.Errorf("without storage: %+v", r)
		}
		if r := h.Report(t.Context(), health.Live); r.Status != health.Healthy {
			t.Errorf("a restart would not help: %+v", r)
		}
	})
}

func TestEventsThatWaitAreReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *health.Health
		db := &memory{outbox: []orders.Event{{ID: "e-1", At: time.Now()}}}
		apptest.Start(t, ordering.Module, inMemory(db), config.Load(), apptest.Only(),
			di.Replace[events.Bus](brokenBus{}), fx.Populate(&h))
		if r := h.Report(t.Context(), health.Ready); r.Status != health.Healthy {
			t.Errorf("at first: %+v", r)
		}
		<-time.After(75 * time.Second)
		if r := h.Report(t.Context(), health.Ready); r.Status != health.Degraded {
			t.Errorf("after a minute: %+v", r)
		}
	})
}
