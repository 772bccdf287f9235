package hosting_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// busy processes an item for a second, or until the stop interrupts that.
func busy(ctx context.Context) error {
	select {
	case <-time.After(time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keep is a Leftover unit that keeps what it is given.
func keep[T any](into *[]T) hosting.Option {
	return hosting.Leftover(func(_ context.Context, left []T) { *into = append(*into, left...) })
}

func TestStopDrainsTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q    *hosting.Queue[item]
			all  *hosting.Triggers
			left []item
		)
		a := apptest.Start(t, fx.Populate(&q, &all), hosting.Consume[item](
			func(ctx context.Context, _ item) error { return busy(ctx) }, hosting.Workers(2), keep(&left)))
		for i := range 10 {
			send(t, q, item{i})
		}
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		if info := all.All()[0].Info(); info.Queue.Processed != 10 || len(left) != 0 || info.State != hosting.Ended {
			t.Errorf("%+v, left %v", info, left)
		}
	})
}

func TestItemsThatTheStopInterruptsOrDoesNotReachAreLeftOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q       *hosting.Queue[item]
			all     *hosting.Triggers
			left    []item
			logs, l = observed()
		)
		a := apptest.Start(t, l, fx.Populate(&q, &all), hosting.Consume[item](
			func(ctx context.Context, _ item) error { return busy(ctx) }, hosting.Grace(3500*time.Millisecond), keep(&left)))
		for i := range 10 {
			send(t, q, item{i})
		}
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		if !slices.Equal(left, []item{{3}, {4}, {5}, {6}, {7}, {8}, {9}}) {
			t.Errorf("left over: %v", left)
		}
		if info := queueOf(t, all); info.Processed != 3 || info.LeftOver != 7 || info.Failed != 0 {
			t.Errorf("%+v", info)
		}
		lines := logs.FilterMessage("items left over").All()
		if len(lines) != 1 || lines[0].ContextMap()["count"] != int64(7) || lines[0].ContextMap()["handed_over"] != true {
			t.Errorf("logged: %v", lines)
		}
	})
}

func TestWhatFailsForAReasonOfItsOwnWhileItIsInterruptedIsLeftOverAndToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q       *hosting.Queue[item]
			all     *hosting.Triggers
			logs, l = observed()
		)
		a := apptest.Start(t, l, fx.Populate(&q, &all), hosting.Consume[item](func(ctx context.Context, it item) error {
			<-ctx.Done()
			if it.n == 1 {
				panic("boom")
			}
			return errItem
		}, hosting.Workers(2)))
		send(t, q, item{1}, item{2})
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		if info := queueOf(t, all); info.LeftOver != 1 || info.Failed != 1 || logs.FilterMessage("unit failed").Len() != 2 {
			t.Errorf("%+v, logs %v", info, logs.All())
		}
	})
}

func TestItemThatWaitsForARetryAtStopIsLeftOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q    *hosting.Queue[item]
			all  *hosting.Triggers
			left []item
		)
		a := apptest.Start(t, fx.Populate(&q, &all), hosting.Consume[item](func(_ context.Context, it item) error {
			if it.n == 2 {
				<-time.After(time.Second) // fails while the queue drains
			}
			return errItem
		}, hosting.Workers(2), hosting.Retry(hosting.RetryPolicy{Attempts: 9, First: time.Minute, If: func(error) bool { return true }}), keep(&left)))
		send(t, q, item{1}, item{2})
		synctest.Wait()
		began := time.Now()
		if err := a.Stop(); err != nil || time.Since(began) != time.Second {
			t.Errorf("stop took %v: %v", time.Since(began), err)
		}
		if info := queueOf(t, all); len(left) != 2 || info.LeftOver != 2 || info.Failed != 0 {
			t.Errorf("left %v, %+v", left, info)
		}
	})
}

func TestItemsThatWaitForARetryAreLeftOverInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q    *hosting.Queue[int]
			left []int
		)
		a := apptest.Start(t, fx.Populate(&q), hosting.Consume[int](func(int) error { return errors.New("down") },
			hosting.Retry(hosting.RetryPolicy{First: time.Hour, Most: time.Hour}), keep(&left)))
		const items = 50
		for i := range items {
			send(t, q, i)
		}
		synctest.Wait()
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		if len(left) != items || !slices.IsSorted(left) {
			t.Errorf("left %v", left)
		}
	})
}

func TestLeftoverIsCalledAfterAFailedStartToo(t *testing.T) {
	var left []item
	var phase lifecycle.Phase
	err := app.Run(t.Context(), quiet,
		fx.Provide(func(q *hosting.Queue[item]) (*database, error) { return &database{}, q.TrySend(item{1}) }),
		di.Scoped(func(left []item) *counter { return &counter{len(left)} }),
		hosting.Consume[item](func(item) { t.Error("processed") },
			hosting.Leftover(scopes.Around(
				func(items []item, c *counter, db *database, s *lifecycle.Status) {
					left, phase = items, s.Phase()
					if c.n != 2 || db == nil {
						t.Errorf("scoped service is %v, database %v", c, db)
					}
				},
				func(ctx context.Context, next scopes.Next) error { return next(ctx) }))),
		lifecycle.OnStart(func(q *hosting.Queue[item], _ *database) error { return q.TrySend(item{2}) }),
		lifecycle.OnStart(func() error { return errItem }))
	if !errors.Is(err, errItem) || !slices.Equal(left, []item{{1}, {2}}) || phase != lifecycle.Stopping {
		t.Errorf("error %v, left %v in phase %v", err, left, phase)
	}
}

func TestItemsSentDuringAFailedConstructionAreCounted(t *testing.T) {
	logs, l := observed()
	err := app.New(l, hosting.Consume[item](func(item) {}),
		fx.Provide(func(q *hosting.Queue[item]) (*database, error) { return nil, errors.Join(errItem, q.TrySend(item{1})) }),
		fx.Invoke(func(*database) {})).Err()
	if !errors.Is(err, errItem) {
		t.Fatal(err)
	}
	if lines := logs.FilterMessage("items left over").All(); len(lines) != 1 || lines[0].ContextMap()["count"] != int64(1) {
		t.Errorf("logged: %v", logs.All())
	}
}

func TestErrorOfTheLeftoverUnitIsAnErrorOfTheStop(t *testing.T) {
	var q *hosting.Queue[item]
	a := app.New(quiet, populateNamed(&q, "mails"), hosting.Consume[item](func(item) {},
		hosting.Leftover(func([]item) error { return errItem }), hosting.Name("mails")))
	if err := q.TrySend(item{1}); err != nil {
		t.Fatal(err)
	}
	err := a.Stop(context.Background())
	if !errors.Is(err, errItem) || !strings.Contains(fmt.Sprint(err), `"leftover of mails" (hosting/consume_stop_test.go:`) {
		t.Error(err)
	}
}

func TestSendersOutsideAreRefusedOnceTheQueueDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q *hosting.Queue[item]
		var sent []error
		a := apptest.Start(t, fx.Populate(&q), hosting.Consume[item](func(ctx context.Context, it item, q *hosting.Queue[item]) {
			<-time.After(time.Second)
			if it.n > 0 { // under way: its context and its goroutine are known
				sent = append(sent, q.Send(ctx, item{it.n - 1}), q.TrySend(item{}))
			}
		}, hosting.Capacity(4)))
		send(t, q, item{1}, item{0}, item{0}, item{0}, item{0})
		blocked := make(chan error, 1)
		go func() { blocked <- q.Send(context.Background(), item{}) }()
		synctest.Wait()
		stopped := make(chan error, 1)
		go func() { stopped <- a.Stop() }()
		synctest.Wait()
		for _, err := range []error{<-blocked, q.Send(t.Context(), item{}), q.TrySend(item{})} {
			if !errors.Is(err, hosting.ErrStopped) || !strings.Contains(err.Error(), "queue has stopped") {
				t.Errorf("error %v", err)
			}
		}
		if err := <-stopped; err != nil {
			t.Error(err)
		}
		if len(sent) != 2 || !errors.Is(sent[0], hosting.ErrFull) || !errors.Is(sent[1], hosting.ErrFull) {
			t.Errorf("sent by the unit: %v", sent)
		}
		if err := q.TrySend(item{}); !errors.Is(err, hosting.ErrStopped) {
			t.Errorf("after the stop: %v", err)
		}
	})
}

func TestPipelineDrainsInTheOrderOfFlow(t *testing.T) {
	type (
		a struct{ n int }
		b struct{ n int }
		c struct{ n int }
	)
	for _, reversed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var (
				first *hosting.Queue[a]
				all   *hosting.Triggers
				ended [3]time.Time // of the last item
			)
			stages := []fx.Option{
				hosting.Consume[a](func(ctx context.Context, it a, next *hosting.Queue[b]) error {
					ended[0] = time.Now()
					return errors.Join(busy(ctx), next.Send(ctx, b(it)))
				}, hosting.Capacity(20)),
				hosting.Consume[b](func(ctx context.Context, it b, next *hosting.Queue[c]) error {
					ended[1] = time.Now()
					return errors.Join(busy(ctx), next.Send(ctx, c(it)))
				}, hosting.Capacity(1)),
				hosting.Consume[c](func(ctx context.Context, it c) error {
					ended[2] = time.Now()
					return busy(ctx)
				}, hosting.Capacity(1)),
			}
			if reversed {
				slices.Reverse(stages)
			}
			app := apptest.Start(t, append(stages, fx.Populate(&first, &all))...)
			for i := range 8 {
				send(t, first, a{i})
			}
			if err := app.Stop(); err != nil {
				t.Error(err)
			}
			for _, trigger := range all.All() {
				if info := trigger.Info(); info.Queue.Processed != 8 || info.Queue.Failed != 0 {
					t.Errorf("%+v", info)
				}
			}
			if !ended[0].Before(ended[1]) || !ended[1].Before(ended[2]) {
				t.Errorf("last items at %v", ended)
			}
		})
	}
}

func TestUnitOfATimerUnderWayMaySendWhileQueuesDrain(t *testing.T) {
	triggers := map[string]func(unit any) fx.Option{
		"Loop":  func(unit any) fx.Option { return hosting.Loop(unit) },
		"Every": func(unit any) fx.Option { return hosting.Every(time.Minute, unit, hosting.RunAtStart()) },
	}
	for name, trigger := range triggers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var all *hosting.Triggers
				a := apptest.Start(t, fx.Populate(&all), hosting.Consume[item](func(item) {}),
					trigger(func(ctx context.Context, q *hosting.Queue[item]) error {
						return errors.Join(busy(ctx), q.Send(ctx, item{1}), busy(ctx), q.TrySend(item{2}))
					}))
				synctest.Wait()
				if err := a.Stop(); err != nil {
					t.Error(err)
				}
				if info := queueOf(t, all); info.Processed != 2 {
					t.Errorf("%+v", info)
				}
			})
		})
	}
}

func TestPausedQueueIsLeftOverAtStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			all  *hosting.Triggers
			left []item
		)
		a := apptest.Start(t, fx.Populate(&all),
			hosting.Consume[item](func(item) { t.Error("processed") }, hosting.Capacity(2), keep(&left)),
			hosting.Consume[string](func(ctx context.Context, _ string, q *hosting.Queue[item]) error {
				for i := range 5 {
					if err := errors.Join(busy(ctx), q.Send(ctx, item{i})); err != nil {
						return err
					}
				}
				return nil
			}), fx.Invoke(func(s *hosting.Queue[string]) error { return s.TrySend("x") }))
		all.All()[0].Pause()
		synctest.Wait()
		began := time.Now()
		if err := a.Stop(); err != nil || time.Since(began) != 5*time.Second {
			t.Errorf("stop took %v: %v", time.Since(began), err)
		}
		if len(left) != 5 {
			t.Errorf("left over: %v", left)
		}
	})
}

func TestItemOfAUnitThatHangsIsLeftOverAndTheUnitIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q       *hosting.Queue[item]
			all     *hosting.Triggers
			left    []item
			release = make(chan struct{})
		)
		a := apptest.Start(t, populateNamed(&q, "mails"), fx.Populate(&all), hosting.Consume[item](func(context.Context, item) {
			wait(release)
		}, hosting.Workers(2), hosting.Grace(time.Second), hosting.Name("mails"), keep(&left)))
		send(t, q, item{1}, item{2}, item{3})
		err := a.Stop()
		if strings.Count(fmt.Sprint(err), `"mails"`) != 2 || !strings.Contains(fmt.Sprintf("%+v", err), "hosting_test.wait") {
			t.Errorf("stop: %+v", err)
		}
		close(release)
		synctest.Wait()
		if info := queueOf(t, all); len(left) != 3 || info.LeftOver != 3 || info.Processed != 0 {
			t.Errorf("left %v, %+v", left, info)
		}
	})
}

func TestQueueThatIsNotAmongThoseToStartHandsOverWhatItWasSent(t *testing.T) {
	var q *hosting.Queue[item]
	var left []item
	a := apptest.Start(t, fx.Populate(&q), apptest.Only(),
		hosting.Consume[item](func(item) { t.Error("processed") }, hosting.Capacity(1), keep(&left)))
	send(t, q, item{1})
	if err := q.Send(t.Context(), item{2}); !errors.Is(err, hosting.ErrFull) {
		t.Error(err)
	}
	if err := a.Stop(); err != nil || len(left) != 1 {
		t.Errorf("left %v, error %v", left, err)
	}
}
