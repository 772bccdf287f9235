package main_test

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/examples/ordering/events"
	"github.com/berth-go/berth/examples/ordering/orders"
)

// inMemory replaces all that needs the database.
func inMemory(db *memory) fx.Option {
	return fx.Options(
		di.Replace[orders.UnitOfWork](db),
		di.Replace[orders.Repository](memoryOrders{db}),
		di.Replace[orders.Backlog](memoryOrders{db}),
		di.Replace[orders.Outbox](memoryEvents{db}),
		di.Replace[events.Outbox](memoryEvents{db}),
		di.Replace[events.Inbox](memoryEvents{db}),
	)
}

// A memory stores what the service stores. Its transactions always succeed.
type memory struct {
	down error // what every call fails with, if not nil

	mu       sync.Mutex
	orders   []orders.Order
	outbox   []orders.Event
	recorded []string
}

func (m *memory) Begin(context.Context) error { return m.down }

func (m *memory) Commit() error { return m.down }

// with calls fn unless the memory is down.
func (m *memory) with(fn func()) error {
	if m.down == nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		fn()
	}
	return m.down
}

type memoryOrders struct{ *memory }

func (m memoryOrders) index(id string) int {
	return slices.IndexFunc(m.orders, func(o orders.Order) bool { return o.ID == id })
}

func (m memoryOrders) Add(_ context.Context, o orders.Order) (added bool, err error) {
	err = m.with(func() {
		if added = m.index(o.ID) < 0; added {
			m.orders = append(m.orders, o)
		}
	})
	return added, err
}

func (m memoryOrders) Find(_ context.Context, id string) (o orders.Order, err error) {
	found := -1
	err = m.with(func() {
		if found = m.index(id); found >= 0 {
			o = m.orders[found]
		}
	})
	if err == nil && found < 0 {
		return o, orders.ErrNotFound
	}
	return o, err
}

func (m memoryOrders) List(_ context.Context, p orders.Page) (page []orders.Order, err error) {
	err = m.with(func() { page = slices.Clone(m.orders[:min(p.Size, len(m.orders))]) })
	return page, err
}

func (m memoryOrders) Submitted(_ context.Context, before time.Time, _ int) (due []orders.Order, err error) {
	err = m.with(func() {
		for _, o := range m.orders {
			if o.Status == orders.Submitted && !o.PlacedAt.After(before) {
				due = append(due, o)
			}
		}
	})
	return due, err
}

func (m memoryOrders) Update(_ context.Context, o orders.Order) error {
	return m.with(func() { m.orders[m.index(o.ID)] = o })
}

type memoryEvents struct{ *memory }

func (m memoryEvents) Add(_ context.Context, e orders.Event) error {
	return m.with(func() { m.outbox = append(m.outbox, e) })
}

func (m memoryEvents) Unpublished(context.Context, int) (all []orders.Event, err error) {
	err = m.with(func() { all = slices.Clone(m.outbox) })
	return all, err
}

func (m memoryEvents) MarkPublished(_ context.Context, id string) error {
	return m.with(func() {
		m.outbox = slices.DeleteFunc(m.outbox, func(e orders.Event) bool { return e.ID == id })
	})
}

func (m memoryEvents) Record(_ context.Context, e orders.Event) (first bool, err error) {
	err = m.with(func() {
		if first = !slices.Contains(m.recorded, e.ID); first {
			m.recorded = append(m.recorded, e.ID)
		}
	})
	return first, err
}
