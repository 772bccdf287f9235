package lifecycle_test

import (
	"context"
	"fmt"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/lifecycle"
)

func ExampleStatus() {
	var status *lifecycle.Status
	a := app.New(app.Logger(zap.NewNop), fx.Populate(&status),
		lifecycle.OnStart(func(s *lifecycle.Status) { fmt.Println("in a hook:", s.Phase()) }),
	)
	fmt.Println("constructed:", status.Phase())
	a.Start(context.Background())
	<-status.Started()
	fmt.Println("after Start:", status.Phase())
	a.Stop(context.Background())
	<-status.Stopped()
	fmt.Println("after Stop:", status.Phase())
	// Output:
	// constructed: new
	// in a hook: starting
	// after Start: running
	// after Stop: stopped
}
