package hostingtest_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/hostingtest"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// A Message is what a broker delivers.
type Message struct{ Body string }

// A Broker is somebody else's client.
type Broker struct{ messages chan Message }

// handle is what a subscription calls with each message. Nobody else can name it.
type handle func(context.Context, Message) error

// Subscribe calls unit with each message, in a scope of its own. The unit is given the Message. One that it fails for is delivered
// again.
func Subscribe(name string, unit any) fx.Option {
	return fx.Module(name,
		scopes.Bind[handle](unit, di.Private()), // private, so that there may be many
		hosting.Run(receive, hosting.Intake(), hosting.Name(name)),
	)
}

func receive(ctx context.Context, b *Broker, handle handle) error {
	for {
		select {
		case m := <-b.messages:
			if err := handle(ctx, m); err != nil {
				time.AfterFunc(time.Second, func() { b.messages <- m })
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestSubscribeConforms(t *testing.T) {
	hostingtest.Run(t, func(unit func(context.Context) error) fx.Option {
		return fx.Options(
			di.Singleton(func() *Broker { return &Broker{make(chan Message, 100)} }),
			Subscribe("orders", func(ctx context.Context, _ Message) error { return unit(ctx) }),
			lifecycle.OnStart(func(b *Broker) { b.messages <- Message{"hello"} }),
		)
	})
}
