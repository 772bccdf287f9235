package hosting_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

var errItem = errors.New("item is bad")

// An item is what most tests send.
type item struct{ n int }

// send sends items from outside and fails the test where that fails.
func send[T any](t *testing.T, q *hosting.Queue[T], items ...T) {
	t.Helper()
	for _, it := range items {
		if err := q.Send(t.Context(), it); err != nil {
			t.Fatal(err)
		}
	}
}

// pass lets time pass in a bubble, and all that happens in it.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// queueOf is what is known of the first queue of an application.
func queueOf(t *testing.T, all *hosting.Triggers) hosting.QueueInfo {
	t.Helper()
	for _, trigger := range all.All() {
		if trigger.Info().Kind == "Consume" {
			return trigger.Info().Queue
		}
	}
	t.Fatal("no queue")
	return hosting.QueueInfo{}
}

func TestOneWorkerKeepsTheOrder(t *testing.T) {
	var (
		q   *hosting.Queue[item]
		got []int
	)
	run(t, func(t *testing.T) {
		for i := range 300 {
			send(t, q, item{i})
		}
		synctest.Wait()
		if !slices.IsSorted(got) || len(got) != 300 {
			t.Errorf("%d items, in the order %v", len(got), got)
		}
	}, fx.Populate(&q), hosting.Consume[item](func(it item) { got = append(got, it.n) }))
}

func TestEachItemHasAScopeAndATransactionOfItsOwn(t *testing.T) {
	r := new(record)
	var q *hosting.Queue[item]
	run(t, func(t *testing.T) {
		send(t, q, item{1}, item{2})
		synctest.Wait()
		r.want(t, "tx 1", "of item 1", "commit 1", "release 1", "tx 2", "of item 2", "commit 2", "release 2")
	}, fx.Populate(&q), fx.Supply(r),
		di.Scoped(func(it item, r *record) (*tx, func()) {
			r.add("tx %d", it.n)
			return &tx{id: it.n}, func() { r.add("release %d", it.n) }
		}),
		hosting.Consume[item](scopes.Around(
			func(tx *tx) { r.add("of item %d", tx.id) },
			func(ctx context.Context, next scopes.Next, tx *tx) error {
				defer r.add("commit %d", tx.id)
				return next(ctx)
			},
		)))
}

func TestWorkersProcessItemsAtOnce(t *testing.T) {
	var (
		q   *hosting.Queue[item]
		all *hosting.Triggers
	)
	run(t, func(t *testing.T) {
		for i := range 6 {
			send(t, q, item{i})
		}
		synctest.Wait()
		if info := queueOf(t, all); info.Busy != 4 || info.Depth != 2 || q.Len() != 2 || info.Workers != 4 {
			t.Errorf("%+v", info)
		}
		pass(3 * time.Second)
		if info := queueOf(t, all); info.Busy != 0 || info.Processed != 6 {
			t.Errorf("%+v", info)
		}
	}, fx.Populate(&q, &all), hosting.Consume[item](func(context.Context, item) { <-time.After(time.Second) }, hosting.Workers(4)))
}

func TestSendWaitsForRoomAndTrySendDoesNot(t *testing.T) {
	var q *hosting.Queue[item]
	run(t, func(t *testing.T) {
		send(t, q, item{1})
		synctest.Wait() // the worker has it
		send(t, q, item{2}, item{3})
		if err := q.TrySend(item{4}); !errors.Is(err, hosting.ErrFull) || !strings.Contains(err.Error(), `Consume[hosting_test.item] "mails" (`) {
			t.Errorf("TrySend: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := q.Send(ctx, item{4}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send: %v", err)
		}
		began := time.Now()
		send(t, q, item{5})
		if took := time.Since(began); took != 900*time.Millisecond {
			t.Errorf("Send took %v", took)
		}
		if err := q.Send(ctx, item{6}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send with a context that has ended: %v", err)
		}
	}, populateNamed(&q, "mails"), hosting.Consume[item](func(context.Context, item) { <-time.After(time.Second) },
		hosting.Capacity(2), hosting.Name("mails")))
}

// populateNamed populates the queue with that name.
func populateNamed[T any](target **hosting.Queue[T], name string) fx.Option {
	return fx.Invoke(fx.Annotate(func(q *hosting.Queue[T]) { *target = q }, fx.ParamTags(`name:"`+name+`"`)))
}

func TestSendBeforeTheWorkersRunNeverWaits(t *testing.T) {
	r := new(record)
	try := func(ctx context.Context, q *hosting.Queue[item], from string) {
		for n := 1; ; n++ {
			if err := q.Send(ctx, item{n}); err != nil {
				if !errors.Is(err, hosting.ErrFull) {
					t.Errorf("%s: %v", from, err)
				}
				r.add("%s has sent %d", from, n-1)
				return
			}
		}
	}
	var got int
	run(t, func(t *testing.T) {
		synctest.Wait()
		r.want(t, "constructor has sent 5", "hook has sent 0")
		if got != 5 {
			t.Errorf("%d items processed", got)
		}
	}, fx.Provide(func(q *hosting.Queue[item]) *database { try(t.Context(), q, "constructor"); return &database{} }),
		hosting.Consume[item](func(item) { got++ }, hosting.Capacity(5)),
		lifecycle.OnStart(func(ctx context.Context, q *hosting.Queue[item], _ *database) { try(ctx, q, "hook") }))
}

func TestItemsMayBeFunctions(t *testing.T) {
	type job func(context.Context) error
	var (
		q    *hosting.Queue[job]
		bare *hosting.Queue[func()]
		mu   sync.Mutex
		done []string
	)
	run(t, func(t *testing.T) {
		add := func(s string) { mu.Lock(); defer mu.Unlock(); done = append(done, s) }
		send(t, q, func(context.Context) error { add("named"); return nil })
		send(t, bare, func() { add("bare") })
		synctest.Wait()
		slices.Sort(done)
		if !slices.Equal(done, []string{"bare", "named"}) {
			t.Errorf("done: %v", done)
		}
	}, fx.Populate(&q, &bare),
		hosting.Consume[job](func(ctx context.Context, j job) error { return j(ctx) }),
		hosting.Consume[func()](func(f func()) { f() }))
}

// A box is a generic item.
type box[T any] struct{ v T }

func TestTwoQueuesOfOneTypeHaveNames(t *testing.T) {
	type in struct {
		fx.In
		Fast *hosting.Queue[box[int]] `name:"fast"`
		Slow *hosting.Queue[box[int]] `name:"slow"`
	}
	r := new(record)
	run(t, func(t *testing.T) {
		pass(time.Second)
		r.want(t, "fast 1", "slow 2")
	},
		hosting.Consume[box[int]](func(b box[int]) { r.add("fast %d", b.v) }, hosting.Name("fast")),
		hosting.Consume[box[int]](func(b box[int]) { <-time.After(time.Millisecond); r.add("slow %d", b.v) }, hosting.Name("slow")),
		lifecycle.OnStart(func(ctx context.Context, q in) error {
			return errors.Join(q.Fast.Send(ctx, box[int]{1}), q.Slow.Send(ctx, box[int]{2}))
		}),
	)
}

func TestNilItemsAreRefused(t *testing.T) {
	type thing interface{ String() string }
	var (
		pointers *hosting.Queue[*item]
		things   *hosting.Queue[thing]
		funcs    *hosting.Queue[func()]
		bytes    *hosting.Queue[[]byte]
	)
	run(t, func(t *testing.T) {
		for _, err := range []error{
			pointers.TrySend(nil), things.TrySend(nil), funcs.TrySend(nil), bytes.TrySend(nil), pointers.Send(t.Context(), nil),
		} {
			if !errors.Is(err, hosting.ErrNilItem) {
				t.Errorf("error %v", err)
			}
		}
		if err := bytes.TrySend([]byte{}); err != nil {
			t.Error(err)
		}
	}, fx.Populate(&pointers, &things, &funcs, &bytes),
		hosting.Consume[*item](func(*item) {}), hosting.Consume[thing](func(thing) {}),
		hosting.Consume[func()](func(func()) {}), hosting.Consume[[]byte](func([]byte) {}))
}

func TestItemThatFailsIsAnEventAndTheNextOneFollows(t *testing.T) {
	ways := map[string]func(){
		"panics": func() { panic("boom") },
		"exits":  runtime.Goexit,
		"fails":  func() {},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logs, log := observed()
				var (
					q   *hosting.Queue[item]
					all *hosting.Triggers
				)
				apptest.Start(t, log, fx.Populate(&q, &all), hosting.Consume[item](func(_ context.Context, it item) error {
					if it.n%2 == 0 {
						way()
						return errItem
					}
					return nil
				}, hosting.Workers(2)))
				for i := range 10 {
					send(t, q, item{i})
				}
				synctest.Wait()
				info := all.All()[0].Info()
				if info.Queue.Processed != 5 || info.Queue.Failed != 5 || info.Failures != 5 || info.Runs != 10 || info.State != hosting.Waiting {
					t.Errorf("%+v", info)
				}
				if got := logs.FilterMessage("unit failed").Len(); got != 5 {
					t.Errorf("%d failures in the log %v", got, logs.All())
				}
			})
		})
	}
}

func TestTimeoutLimitsEachItem(t *testing.T) {
	var (
		q   *hosting.Queue[item]
		all *hosting.Triggers
	)
	run(t, func(t *testing.T) {
		send(t, q, item{1}, item{2})
		pass(1500 * time.Millisecond)
		if info := all.All()[0].Info(); info.Queue.Failed != 1 || info.Queue.Busy != 1 || !errors.Is(info.LastError, context.DeadlineExceeded) {
			t.Errorf("%+v", info)
		}
		pass(time.Second)
	}, fx.Populate(&q, &all), hosting.Consume[item](func(ctx context.Context, _ item) error {
		<-ctx.Done()
		return ctx.Err()
	}, hosting.Timeout(time.Second)))
}

func TestStopOnErrorOfAConsumeStopsTheApplicationAndDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q   *hosting.Queue[item]
			got []int
		)
		a := apptest.Start(t, fx.Populate(&q), hosting.Consume[item](func(_ context.Context, it item) error {
			<-time.After(time.Second)
			if it.n == 1 {
				return errItem
			}
			got = append(got, it.n)
			return nil
		}, hosting.StopOnError()))
		send(t, q, item{1}, item{2}, item{3})
		<-a.Done()
		if err := a.Stop(); !errors.Is(err, errItem) {
			t.Errorf("stop: %v", err)
		}
		if !slices.Equal(got, []int{2, 3}) {
			t.Errorf("processed %v", got)
		}
	})
}

func TestPausedQueueTakesNothingNew(t *testing.T) {
	var (
		q   *hosting.Queue[item]
		all *hosting.Triggers
		got []int
	)
	run(t, func(t *testing.T) {
		trigger := all.All()[0]
		synctest.Wait() // all workers wait for items
		trigger.Pause()
		send(t, q, item{1}, item{2}, item{3})
		synctest.Wait()
		if info := trigger.Info(); len(got) > 0 || info.State != hosting.Paused || info.Queue.Depth != 3 {
			t.Errorf("got %v, %+v", got, info)
		}
		trigger.Resume()
		synctest.Wait()
		if !slices.Equal(got, []int{1, 2, 3}) {
			t.Errorf("got %v", got)
		}
		trigger.Pause()
		send(t, q, item{4})
		synctest.Wait()
		trigger.Resume()
	}, fx.Populate(&q, &all), hosting.Consume[item](func(it item) { got = append(got, it.n) }))
}

func TestQueueHasNoTurnsAndNoInterval(t *testing.T) {
	var all *hosting.Triggers
	run(t, func(t *testing.T) {
		trigger := all.All()[0]
		if err := trigger.RunNow(t.Context()); err == nil || !strings.Contains(err.Error(), "is a Consume") {
			t.Errorf("RunNow: %v", err)
		}
		if err := trigger.SetInterval(time.Second); err == nil || !strings.Contains(err.Error(), "is a Consume") {
			t.Errorf("SetInterval: %v", err)
		}
	}, fx.Populate(&all), hosting.Consume[item](func(item) {}))
}

func TestUnitOfTheSameQueueNeverWaits(t *testing.T) {
	senders := map[string]func(ctx context.Context, q *hosting.Queue[item]) error{
		"with its context": func(ctx context.Context, q *hosting.Queue[item]) error { return q.Send(ctx, item{}) },
		"with another":     func(_ context.Context, q *hosting.Queue[item]) error { return q.Send(context.Background(), item{}) },
		"in a goroutine of its own": func(ctx context.Context, q *hosting.Queue[item]) (err error) {
			var wg sync.WaitGroup
			wg.Go(func() { err = q.Send(ctx, item{}) })
			wg.Wait()
			return err
		},
	}
	for name, sender := range senders {
		t.Run(name, func(t *testing.T) {
			var (
				q    *hosting.Queue[item]
				errs []error
			)
			run(t, func(t *testing.T) {
				send(t, q, item{1})
				synctest.Wait()
				if len(errs) != 3 || errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], hosting.ErrFull) {
					t.Errorf("errors %v", errs)
				}
			}, hosting.Consume[item](func(ctx context.Context, it item, q *hosting.Queue[item]) {
				for range it.n * 3 {
					errs = append(errs, sender(ctx, q))
				}
			}, hosting.Capacity(2)), fx.Populate(&q))
		})
	}
}

// A ping and a pong are sent to and fro.
type (
	ping struct{ n int }
	pong struct{ n int }
)

func TestQueuesThatSendToEachOtherNeverWaitForEachOther(t *testing.T) {
	var (
		pings *hosting.Queue[ping]
		all   *hosting.Triggers
		full  atomic.Int32
	)
	run(t, func(t *testing.T) {
		for i := range 50 {
			send(t, pings, ping{i})
		}
		pass(time.Minute)
		for _, trigger := range all.All() {
			if info := trigger.Info(); info.State != hosting.Waiting || info.Queue.Depth != 0 {
				t.Errorf("%+v", info)
			}
		}
		if full.Load() == 0 {
			t.Error("no unit was in danger of waiting for ever")
		}
	}, fx.Populate(&pings, &all),
		hosting.Consume[ping](func(ctx context.Context, p ping, pongs *hosting.Queue[pong]) {
			for range 3 {
				if errors.Is(pongs.Send(ctx, pong(p)), hosting.ErrFull) {
					full.Add(1)
				}
			}
		}, hosting.Capacity(1)),
		hosting.Consume[pong](func(ctx context.Context, p pong, pings *hosting.Queue[ping]) {
			if p.n > 0 {
				if errors.Is(pings.Send(ctx, ping{p.n / 2}), hosting.ErrFull) {
					full.Add(1)
				}
			}
		}, hosting.Capacity(1)))
}

// observed is a logger whose lines can be looked at.
func observed() (*observer.ObservedLogs, fx.Option) {
	core, logs := observer.New(zapcore.InfoLevel)
	return logs, app.Logger(func() *zap.Logger { return zap.New(core) })
}
