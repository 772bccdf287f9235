package hosting_test

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// Carts are a singleton, and so remember how often they were looked at.
type Carts struct{ looked int }

func NewCarts() *Carts { return &Carts{} }

// Expire is a unit of work: its receiver is injected like its other parameters. After the third time there is nothing to
// do any more.
func (c *Carts) Expire(shutdown lifecycle.Shutdown) error {
	c.looked++
	fmt.Println("looking for old carts, time", c.looked)
	if c.looked == 3 {
		shutdown(nil)
		return hosting.ErrDone
	}
	return nil
}

func ExampleEvery() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		di.Singleton(NewCarts),
		hosting.Every(100*time.Millisecond, (*Carts).Expire, hosting.RunAtStart()),
	)
	fmt.Println(err)
	// Output:
	// looking for old carts, time 1
	// looking for old carts, time 2
	// looking for old carts, time 3
	// <nil>
}

// CartSettings come from the configuration in a real program: config.Bind[CartSettings]("carts").
type CartSettings struct{ CheckEvery time.Duration }

func ExampleWith() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		fx.Supply(CartSettings{CheckEvery: 100 * time.Millisecond}),
		di.Singleton(NewCarts),
		hosting.Every(time.Hour, (*Carts).Expire,
			hosting.With(func(s CartSettings) hosting.Option { return hosting.Interval(s.CheckEvery) }),
		),
	)
	fmt.Println(err)
	// Output:
	// looking for old carts, time 1
	// looking for old carts, time 2
	// looking for old carts, time 3
	// <nil>
}
