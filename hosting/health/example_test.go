package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/lifecycle"
)

// A Broker is what orders are sent to.
type Broker struct{ connected bool }

func NewBroker() *Broker { return &Broker{} }

// Ping is what a client library has anyway.
func (b *Broker) Ping(context.Context) error {
	if !b.connected {
		return errors.New("connection refused")
	}
	return nil
}

// An Outbox holds what has not been sent yet.
type Outbox struct{ oldest time.Duration }

func NewOutbox() *Outbox { return &Outbox{oldest: 3 * time.Minute} }

// Lag is no reason to take the program out of service.
func (o *Outbox) Lag() error {
	if o.oldest > time.Minute {
		return health.AsDegraded(fmt.Errorf("the oldest message waits for %v", o.oldest))
	}
	return nil
}

var Orders = fx.Module("orders",
	di.Singleton(NewBroker),
	di.Singleton(NewOutbox),
	health.Check("broker", (*Broker).Ping, health.Timeout(2*time.Second)),
	health.Check("outbox", (*Outbox).Lag, health.Every(time.Minute)),
)

// A broker that is down makes a program not ready, and does not have it restarted.
func ExampleCheck() {
	err := app.Run(context.Background(), Orders, app.Logger(zap.NewNop), hosting.Run(
		func(ctx context.Context, h *health.Health, status *lifecycle.Status, stop lifecycle.Shutdown) {
			<-status.Started()
			ready := h.Report(ctx, health.Ready)
			for _, c := range ready.Checks[:2] {
				fmt.Println(c.Name, c.Status, "-", c.Err)
			}
			fmt.Println(ready.Group, ready.Status)
			fmt.Println(health.Live, h.Report(ctx, health.Live).Status)
			stop(nil)
		}))
	fmt.Println(err)
	// Output:
	// broker unhealthy - connection refused
	// outbox degraded - the oldest message waits for 3m0s
	// ready unhealthy
	// live healthy
	// <nil>
}

// A report is data: it has a form in JSON.
func ExampleHealth_Report() {
	var h *health.Health
	a := app.New(health.Check("broker", (*Broker).Ping), di.Singleton(NewBroker),
		fx.Populate(&h), app.Logger(zap.NewNop), fx.NopLogger)
	text, err := json.Marshal(h.Report(context.Background(), health.Startup))
	fmt.Println(string(text), err)
	fmt.Println(a.Stop(context.Background()))
	// Output:
	// {"group":"startup","status":"unhealthy","phase":"new","checks":[]} <nil>
	// <nil>
}
