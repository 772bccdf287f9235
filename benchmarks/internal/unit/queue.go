package unit

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
)

// An Item is what goes through a queue. Done is told when its work has been done.
type Item struct{ Done *sync.WaitGroup }

const (
	workers  = 4
	capacity = 100
)

// A Send puts an item into a queue whose workers do the work with each.
type Send func(ctx context.Context, it *Item) error

// Channel is a bare channel and goroutines that call work.
func Channel(work Work) (send Send, stop func() error) {
	items := make(chan *Item, capacity)
	var wg sync.WaitGroup
	errs := make([]error, workers)
	ctx := context.Background()
	for i := range workers {
		wg.Go(func() {
			for it := range items {
				if err := work(ctx); err != nil {
					errs[i] = err
				}
				it.Done.Done()
			}
		})
	}
	send = func(ctx context.Context, it *Item) error {
		select {
		case items <- it:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	stop = func() error {
		close(items)
		wg.Wait()
		return errors.Join(errs...)
	}
	return send, stop
}

// Queue is a queue of ours, whose unit is built of the same services.
func Queue(unit any, more ...fx.Option) (send Send, stop func() error, err error) {
	var q *hosting.Queue[*Item]
	a := app.New(Module, fx.Options(more...), fx.NopLogger, fx.Populate(&q),
		hosting.Consume[*Item](unit, hosting.Workers(workers), hosting.Capacity(capacity)))
	ctx := context.Background()
	if err := a.Start(ctx); err != nil {
		return nil, nil, errors.Join(err, a.Stop(ctx))
	}
	return q.Send, func() error { return a.Stop(ctx) }, nil
}

// RunItem does the work for an item.
func RunItem(ctx context.Context, it *Item, root *Root) error {
	defer it.Done.Done()
	return root.Run(ctx)
}

// TakeItem does nothing with an item.
func TakeItem(it *Item) { it.Done.Done() }
