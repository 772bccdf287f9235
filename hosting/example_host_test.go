package hosting_test

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// A Cache is a singleton that others use, and that must be warm before they do.
type Cache struct{ warm bool }

func NewCache() *Cache { return &Cache{} }

func (c *Cache) Start(context.Context) error {
	c.warm = true
	return nil
}

func ExampleHost() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		di.Singleton(NewCache),
		hosting.Host[*Cache](),
		app.RunOnce(func(c *Cache) { fmt.Println("warm:", c.warm) }),
	)
	fmt.Println(err)
	// Output:
	// warm: true
	// <nil>
}
