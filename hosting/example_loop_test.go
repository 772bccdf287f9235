package hosting_test

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// An Outbox holds messages that are to be sent.
type Outbox struct{ messages []string }

func NewOutbox() *Outbox { return &Outbox{[]string{"one", "two", "three"}} }

// A Batch is scoped: each turn has a new one.
type Batch struct{ messages []string }

// NewBatch takes up to two messages out of the outbox.
func NewBatch(o *Outbox) *Batch {
	n := min(2, len(o.messages))
	b := &Batch{o.messages[:n]}
	o.messages = o.messages[n:]
	return b
}

// Relay sends one batch. When that was full there may be more, and the next turn comes at once.
func Relay(_ context.Context, b *Batch, shutdown lifecycle.Shutdown) error {
	fmt.Println("sending", b.messages)
	if len(b.messages) == 2 {
		return hosting.Again
	}
	shutdown(nil) // in a real program the loop goes on after Idle
	return nil
}

// Logged is a wrapper. Of Again it sees nil.
func Logged(ctx context.Context, next scopes.Next) error {
	err := next(ctx)
	fmt.Println("sent, error:", err)
	return err
}

func ExampleLoop() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		di.Singleton(NewOutbox),
		di.Scoped(NewBatch),
		hosting.Loop(scopes.Around(Relay, Logged)),
	)
	fmt.Println(err)
	// Output:
	// sending [one two]
	// sent, error: <nil>
	// sending [three]
	// sent, error: <nil>
	// <nil>
}
