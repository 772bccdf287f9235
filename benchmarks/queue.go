package main

import (
	"context"
	"errors"
	"sync"

	"github.com/berth-go/berth/benchmarks/internal/many"
	"github.com/berth-go/berth/benchmarks/internal/measure"
	"github.com/berth-go/berth/benchmarks/internal/unit"
)

// queue measures an item from Send to the end of its unit. What the unit itself costs is another ratio: here both sides
// call the same. Beside that stand the whole by hand, and units that do nothing.
func queue(p pace) (f finding, err error) {
	work, stopBound, err := unit.Berth(many.Quiet())
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stopBound()) }()
	nothing := func(context.Context) error { return nil }
	var pieces []measure.Piece
	add := func(name string, base int, send unit.Send, stop func() error) func() {
		pieces = append(pieces, measure.Piece{Name: name, Base: base, Do: func(n int) error { return through(send, n) }})
		return func() { err = errors.Join(err, stop()) }
	}
	queued := func(name string, base int, fn any) func() {
		send, stop, failed := unit.Queue(fn, many.Quiet())
		if failed != nil {
			err = errors.Join(err, failed)
			return func() {}
		}
		return add(name, base, send, stop)
	}
	hand, stopHand := unit.Channel(unit.Hand())
	defer add("channel, unit by hand", 0, hand, stopHand)()
	defer queued("Consume", 0, unit.RunItem)()
	bound, stopChannel := unit.Channel(work)
	defer add("channel, bound unit", 2, bound, stopChannel)()
	defer queued("Consume", 2, unit.RunItem)()
	empty, stopEmpty := unit.Channel(nothing)
	defer add("channel, no work", 4, empty, stopEmpty)()
	defer queued("Consume", 4, unit.TakeItem)()
	if err != nil {
		return f, err
	}
	f.results, err = measure.Compare(p.fast, pieces...)
	if err == nil {
		f.value = f.results[3].Ratio
	}
	return f, err
}

// through sends n items and waits until all have been processed.
func through(send unit.Send, n int) error {
	var done sync.WaitGroup
	done.Add(n)
	it := &unit.Item{Done: &done}
	ctx := context.Background()
	for range n {
		if err := send(ctx, it); err != nil {
			return err
		}
	}
	done.Wait()
	return nil
}
