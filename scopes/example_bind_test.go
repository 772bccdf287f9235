package scopes_test

import (
	"context"
	"fmt"
	"log"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// CheckOut is what the rest of the program calls. It says nothing of scopes.
type CheckOut func(ctx context.Context, who Customer) (items int, err error)

// A Customer is given by who calls a CheckOut.
type Customer string

// A Basket is scoped: each call has its own.
type Basket struct{ items []string }

// NewBasket takes the given Customer, and returns a cleanup beside the Basket.
func NewBasket(who Customer) (*Basket, func()) {
	fmt.Println("basket of", who)
	return &Basket{items: []string{"tea", "jam"}}, func() { fmt.Println("basket put back") }
}

// checkOut is the unit of work: its parameters are matched by type, and it leaves out what it does not need.
func checkOut(b *Basket) (int, error) { return len(b.items), nil }

// A bound function opens a scope for each call, builds what its unit needs, calls it and runs the cleanups.
func ExampleBind() {
	var sell CheckOut
	a := app.New(
		di.Scoped(NewBasket),
		scopes.Bind[CheckOut](checkOut),
		fx.Populate(&sell),
	)
	ctx := context.Background()
	if err := a.Start(ctx); err != nil {
		log.Fatal(err)
	}
	for _, who := range []Customer{"Ada", "Grace"} {
		n, err := sell(ctx, who)
		fmt.Println(n, "items,", err)
	}
	if err := a.Stop(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// basket of Ada
	// basket put back
	// 2 items, <nil>
	// basket of Grace
	// basket put back
	// 2 items, <nil>
}
