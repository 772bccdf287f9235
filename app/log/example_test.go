package log_test

import (
	"context"
	"fmt"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/scopes"
)

// Charge charges for an order.
type Charge func(ctx context.Context, order int) error

// chargeOrder is given no logger: it takes that of the unit of work it is called in.
func chargeOrder(ctx context.Context, order int) {
	log.From(ctx).Info("charged", zap.Int("order", order))
}

func ExampleFrom() {
	example := zap.NewExample(zap.IncreaseLevel(zap.InfoLevel)).Named("shop")
	err := app.Run(context.Background(), fx.Supply(quietly(example)),
		scopes.Bind[Charge](chargeOrder),
		app.RunOnce(settle),
	)
	fmt.Println(err)
	// Output:
	// {"level":"info","logger":"shop.log_test.settle","msg":"charged","order":7}
	// <nil>
}

func settle(ctx context.Context, charge Charge) error { return charge(ctx, 7) }

// quietly leaves out what the application says of itself.
func quietly(l *zap.Logger) *zap.Logger {
	var levels log.Levels
	levels.Set("shop.app", zap.ErrorLevel)
	return l.WithOptions(zap.WrapCore(levels.Core))
}

func ExampleLevels() {
	var levels log.Levels
	levels.Set("", zap.WarnLevel)
	levels.Set("orders", zap.DebugLevel)
	for _, name := range []string{"billing", "orders.Repo", "ordersarchive"} {
		fmt.Println(name, levels.Level(name))
	}
	// Output:
	// billing warn
	// orders.Repo debug
	// ordersarchive warn
}
