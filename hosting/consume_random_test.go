package hosting_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
)

// FuzzQueuesCountEveryItem lets several queues send to each other, with faults, pauses and a stop at random times.
// Whatever happens, each item that was accepted is processed, has failed, or is handed over, once.
func FuzzQueuesCountEveryItem(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) { (&trial{t: t, rand: rand.New(rand.NewPCG(seed, 0))}).run() })
	})
}

// A trial is one random program.
type trial struct {
	t *testing.T

	mu       sync.Mutex
	rand     *rand.Rand
	accepted map[int]int // by queue
	left     map[int]int
}

// The items of the queues of a trial.
type (
	red   struct{ hops int }
	green struct{ hops int }
	blue  struct{ hops int }
)

// roll is a random number below n.
func (tr *trial) roll(n int) int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.rand.IntN(n)
}

func (tr *trial) wait(most time.Duration) <-chan time.Time {
	return time.After(time.Duration(tr.roll(int(most))))
}

// count counts an item that was accepted.
func (tr *trial) count(queue int, err error) {
	if err != nil {
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.accepted[queue]++
}

// queues of a program.
type queues struct {
	fx.In
	Red   *hosting.Queue[red]
	Green *hosting.Queue[green]
	Blue  *hosting.Queue[blue]
}

// send sends an item to a random queue.
func (tr *trial) send(ctx context.Context, q queues, hops int) {
	if tr.roll(4) == 0 {
		ctx = context.Background()
	}
	switch tr.roll(6) {
	case 0:
		tr.count(0, q.Red.Send(ctx, red{hops}))
	case 1:
		tr.count(0, q.Red.TrySend(red{hops}))
	case 2:
		tr.count(1, q.Green.Send(ctx, green{hops}))
	case 3:
		tr.count(1, q.Green.TrySend(green{hops}))
	case 4:
		tr.count(2, q.Blue.Send(ctx, blue{hops}))
	case 5:
		tr.count(2, q.Blue.TrySend(blue{hops}))
	}
}

// work is what the units of all queues do.
func (tr *trial) work(ctx context.Context, q queues, hops int) error {
	switch tr.roll(12) {
	case 0:
		return errItem
	case 1:
		panic("boom")
	case 2:
		runtime.Goexit()
	case 3:
		<-tr.wait(3 * time.Second) // ignores its context
	case 4, 5:
		return busy(ctx)
	case 6:
		<-ctx.Done()
		return ctx.Err()
	}
	for range tr.roll(4) {
		if hops > 0 {
			tr.send(ctx, q, hops-1)
		}
	}
	return nil
}

func (tr *trial) options() []hosting.Option {
	opts := []hosting.Option{hosting.Workers(1 + tr.roll(3)), hosting.Capacity(1 + tr.roll(4)), hosting.Timeout(2 * time.Second)}
	if tr.roll(2) == 0 {
		opts = append(opts, hosting.Retry(hosting.RetryPolicy{Attempts: 1 + tr.roll(4), First: time.Second}))
	}
	if tr.roll(2) == 0 {
		opts = append(opts, hosting.Grace(time.Duration(1+tr.roll(int(5*time.Second)))))
	}
	return opts
}

// leftover counts what is handed over of one queue.
func leftover[T any](tr *trial, queue int) hosting.Option {
	return hosting.Leftover(func(left []T) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.left[queue] += len(left)
	})
}

func (tr *trial) run() {
	tr.accepted, tr.left = map[int]int{}, map[int]int{}
	var (
		q   queues
		all *hosting.Triggers
	)
	a := app.New(quiet, fx.Populate(&all), fx.Invoke(func(in queues) { q = in; tr.send(context.Background(), in, 3) }),
		hosting.Consume[red](func(ctx context.Context, it red, q queues) error { return tr.work(ctx, q, it.hops) },
			append(tr.options(), leftover[red](tr, 0))...),
		hosting.Consume[green](func(ctx context.Context, it green, q queues) error { return tr.work(ctx, q, it.hops) },
			append(tr.options(), leftover[green](tr, 1))...),
		hosting.Consume[blue](func(ctx context.Context, it blue, q queues) error { return tr.work(ctx, q, it.hops) },
			append(tr.options(), leftover[blue](tr, 2))...),
		hosting.Every(time.Second, func(ctx context.Context, q queues) { tr.send(ctx, q, 2) }))
	if err := a.Err(); err != nil {
		tr.t.Fatal(err)
	}
	var outside sync.WaitGroup
	over := make(chan struct{})
	for range 3 {
		outside.Go(func() {
			for {
				select {
				case <-tr.wait(300 * time.Millisecond):
					tr.send(context.Background(), q, 3)
				case <-over:
					return
				}
			}
		})
	}
	outside.Go(func() {
		<-tr.wait(5 * time.Second)
		trigger := all.All()[tr.roll(3)]
		trigger.Pause()
		<-tr.wait(10 * time.Second)
		trigger.Resume()
	})
	if tr.roll(8) > 0 {
		if err := a.Start(context.Background()); err != nil {
			tr.t.Error(err)
		}
		<-tr.wait(20 * time.Second)
	}
	began := time.Now()
	_ = a.Stop(context.Background()) // units that hang are its errors
	if took := time.Since(began); took > 25*time.Second {
		tr.t.Errorf("stop took %v", took)
	}
	close(over)
	outside.Wait()
	for i, trigger := range all.All()[:3] {
		info := trigger.Info().Queue
		if info.Processed+info.Failed+info.LeftOver != tr.accepted[i] || info.LeftOver != tr.left[i] || info.Depth != 0 {
			tr.t.Errorf("queue %d: %d were accepted, %d handed over, %+v", i, tr.accepted[i], tr.left[i], info)
		}
	}
}
