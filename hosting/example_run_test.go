package hosting_test

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// A License says when it ends.
type License struct{ Expired chan struct{} }

func NewLicense() *License {
	l := &License{make(chan struct{})}
	close(l.Expired)
	return l
}

var ErrExpired = errors.New("license has expired")

// WatchLicense runs as long as the application. Its error stops the application.
func WatchLicense(ctx context.Context, l *License) error {
	select {
	case <-l.Expired:
		return ErrExpired
	case <-ctx.Done():
		return nil
	}
}

func ExampleRun() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		di.Singleton(NewLicense),
		hosting.Run(WatchLicense),
	)
	fmt.Println(errors.Is(err, ErrExpired))
	// Output: true
}
