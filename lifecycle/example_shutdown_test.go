package lifecycle_test

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

var ErrLost = errors.New("lease was lost")

// A Lease stops the application when it is lost. Shutdown is injected anywhere, never blocks and may be called
// in every phase.
type Lease struct{ shutdown lifecycle.Shutdown }

func NewLease(shutdown lifecycle.Shutdown) *Lease { return &Lease{shutdown} }

func (l *Lease) Lose() { l.shutdown(ErrLost) }

func ExampleShutdown() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		di.Singleton(NewLease),
		hosting.Run(func(ctx context.Context, l *Lease) {
			l.Lose()
			<-ctx.Done()
			fmt.Println("context ended:", context.Cause(ctx))
		}),
	)
	fmt.Println("Run returned:", err)
	// Output:
	// context ended: application is stopping
	// Run returned: lease was lost
}
