package orders

import "context"

// Functions for the outside, each a unit of work of its own.
type (
	// Place stores an order; when it returns, the order is on disk. Placing the
	// same order again returns the stored one, another one of that id is
	// ErrConflict.
	Place func(ctx context.Context, o Order) (Order, error)
	// Find returns an order by its id, or ErrNotFound.
	Find func(ctx context.Context, id string) (Order, error)
	// List returns the orders of a page.
	List func(ctx context.Context, p Page) ([]Order, error)
)

// A Page is a part of all orders, the newest first.
type Page struct {
	Size  int
	After string // the id of the last order of the page before; empty for the first page
}

// A Repository holds the orders, as one unit of work sees them.
type Repository interface {
	// Add stores an order unless there is one of that id.
	Add(ctx context.Context, o Order) (added bool, err error)
	Find(ctx context.Context, id string) (Order, error)
	List(ctx context.Context, p Page) ([]Order, error)
}

// readable is a check.
func readable(ctx context.Context, all Repository) error {
	_, err := all.List(ctx, Page{Size: 1})
	return err
}

func place(ctx context.Context, o Order, orders Repository) (Order, error) {
	added, err := orders.Add(ctx, o)
	if err != nil || added {
		return o, err
	}
	stored, err := orders.Find(ctx, o.ID)
	if err != nil {
		return Order{}, err
	}
	if !stored.sameAs(o) {
		return Order{}, ErrConflict
	}
	return stored, nil
}
