package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/benchmarks/internal/many"
	"github.com/berth-go/berth/benchmarks/internal/measure"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// timersRunning is how many timers of one second tick at once.
const timersRunning = 1000

// ticks counts what the timers do.
type ticks struct{ n atomic.Int64 }

func (t *ticks) Tick() { t.n.Add(1) }

// timers measures the time of processors while timers tick, second by second. A ticker and a goroutine each by hand stand beside that.
func timers(p pace) (f finding, err error) {
	seconds := max(1, int(time.Duration(p.slow.Rounds)*p.slow.Slot/time.Second))
	var t ticks
	opts := []fx.Option{many.Quiet(), di.Singleton(func() *ticks { return &t })}
	for range timersRunning {
		opts = append(opts, hosting.Every(time.Second, (*ticks).Tick))
	}
	a := app.New(opts...)
	if err := errors.Join(a.Err(), a.Start(context.Background())); err != nil {
		return f, err
	}
	percent, err := busy(seconds, &t)
	if err = errors.Join(err, a.Stop(context.Background())); err != nil {
		return f, err
	}
	f.value = measure.SpreadOf(percent)

	var hand ticks
	stop := byHand(&hand)
	percent, err = busy(seconds, &hand)
	stop()
	if err == nil {
		f.notes = append(f.notes, note{"time.Ticker and a goroutine each", measure.SpreadOf(percent).Median})
	}
	return f, err
}

// busy is what part of one processor the process takes in each of some seconds, in percent. A window lies between two
// seconds of the timers, which have just been started.
func busy(seconds int, t *ticks) (percent []float64, err error) {
	time.Sleep(time.Second / 2)
	for range seconds {
		before, err := measure.CPU()
		if err != nil {
			return nil, err
		}
		began, ticked := time.Now(), t.n.Load()
		time.Sleep(time.Second)
		after, err := measure.CPU()
		if err != nil {
			return nil, err
		}
		if n := t.n.Load() - ticked; n < timersRunning/2 {
			return nil, fmt.Errorf("%d timers ticked within a second, not %d", n, timersRunning)
		}
		percent = append(percent, 100*float64(after-before)/float64(time.Since(began)))
	}
	return percent, nil
}

func byHand(t *ticks) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range timersRunning {
		wg.Go(func() {
			ticker := time.NewTicker(time.Second)
			defer ticker.Stop()
			for {
				select {
				case <-ticker.C:
					t.Tick()
				case <-done:
					return
				}
			}
		})
	}
	return func() { close(done); wg.Wait() }
}
