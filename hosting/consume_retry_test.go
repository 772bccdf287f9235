package hosting_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

func TestRetryCallsTheUnitAgainInANewScope(t *testing.T) {
	var (
		q         *hosting.Queue[item]
		all       *hosting.Triggers
		instances int
		at        []time.Time
	)
	run(t, func(t *testing.T) {
		send(t, q, item{1})
		pass(time.Minute)
		if instances != 4 || len(at) != 4 {
			t.Fatalf("%d instances in calls at %v", instances, at)
		}
		for i, want := range []time.Duration{time.Second, 2 * time.Second, 3 * time.Second} {
			if wait := at[i+1].Sub(at[i]); wait < want*8/10 || wait > want*12/10 {
				t.Errorf("wait %d is %v, want about %v", i, wait, want)
			}
		}
		if info := all.All()[0].Info(); info.Queue.Processed != 1 || info.Queue.Retried != 3 || info.Queue.Failed != 0 || info.LastError != nil {
			t.Errorf("%+v", info)
		}
	}, fx.Populate(&q, &all),
		di.Scoped(func() *counter { instances++; return &counter{instances} }),
		hosting.Consume[item](func(c *counter, _ item) error {
			at = append(at, time.Now())
			if c.n < 4 {
				return errItem
			}
			return nil
		}, hosting.Retry(hosting.RetryPolicy{Attempts: 5, First: time.Second, Most: 3 * time.Second})))
}

// A counter is a scoped service.
type counter struct{ n int }

func TestAttemptsAreLimited(t *testing.T) {
	ends := map[string]func() error{
		"errors":  func() error { return errItem },
		"panics":  func() error { panic("boom") },
		"goexits": func() error { runtime.Goexit(); return nil },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			var (
				q     *hosting.Queue[item]
				all   *hosting.Triggers
				calls int
			)
			run(t, func(t *testing.T) {
				send(t, q, item{1})
				pass(time.Hour)
				if info := queueOf(t, all); calls != 3 || info.Failed != 1 || info.Retried != 2 || info.Depth != 0 {
					t.Errorf("%d calls, %+v", calls, info)
				}
			}, fx.Populate(&q, &all), hosting.Consume[item](func(item) error {
				calls++
				return end()
			}, hosting.Retry(hosting.RetryPolicy{Attempts: 3})))
		})
	}
}

func TestRetryOnlyIfItIsWorthWhile(t *testing.T) {
	var (
		q   *hosting.Queue[item]
		all *hosting.Triggers
	)
	run(t, func(t *testing.T) {
		send(t, q, item{1})
		pass(time.Minute)
		if info := queueOf(t, all); info.Failed != 1 || info.Retried != 0 {
			t.Errorf("%+v", info)
		}
	}, fx.Populate(&q, &all), hosting.Consume[item](func(item) error { return errItem },
		hosting.Retry(hosting.RetryPolicy{If: func(err error) bool { return !errors.Is(err, errItem) }})))
}

func TestWaitForARetryHoldsNoWorker(t *testing.T) {
	var (
		q *hosting.Queue[item]
		r = new(record)
	)
	run(t, func(t *testing.T) {
		send(t, q, item{-1}, item{2}, item{3})
		synctest.Wait()
		r.want(t, "-1", "2", "3")
		pass(2 * time.Second)
		r.want(t, "-1", "-1")
	}, fx.Populate(&q), hosting.Consume[item](func(_ context.Context, it item) error {
		r.add("%d", it.n)
		if it.n < 0 {
			return errItem
		}
		return nil
	}, hosting.Retry(hosting.RetryPolicy{Attempts: 3, First: 500 * time.Millisecond})))
}

func TestAsManyItemsAsTheCapacityWaitForARetryThenNoMoreAreTaken(t *testing.T) {
	var (
		q     *hosting.Queue[item]
		all   *hosting.Triggers
		calls atomic.Int32
	)
	run(t, func(t *testing.T) {
		for i := range 6 {
			send(t, q, item{i})
			synctest.Wait()
		}
		if err := q.TrySend(item{7}); !errors.Is(err, hosting.ErrFull) {
			t.Errorf("TrySend: %v", err)
		}
		if info := queueOf(t, all); calls.Load() != 3 || info.Depth != 6 {
			t.Errorf("%d calls, %+v", calls.Load(), info)
		}
		pass(time.Hour)
		if info := queueOf(t, all); info.Failed != 6 || info.Depth != 0 {
			t.Errorf("%+v", info)
		}
	}, fx.Populate(&q, &all), hosting.Consume[item](func(item) error { calls.Add(1); return errItem },
		hosting.Capacity(3), hosting.Retry(hosting.RetryPolicy{Attempts: 2, First: time.Minute})))
}
