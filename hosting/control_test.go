package hosting_test

import (
	"context"
	"errors"
	"slices"
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

func find(t *testing.T, ts *hosting.Triggers, name string) *hosting.Trigger {
	t.Helper()
	tr, ok := ts.Find(name)
	if !ok {
		t.Fatalf("trigger %q is not found", name)
	}
	return tr
}

// LC-048: with a context that has ended it takes none.
func TestRunNowTakesAWholeTurnAndReturnsItsResult(t *testing.T) {
	var r record
	var triggers *hosting.Triggers
	var result error
	run(t, func(t *testing.T) {
		relay := find(t, triggers, "relay")
		if err := relay.RunNow(t.Context()); err != nil {
			t.Errorf("RunNow returned %v", err)
		}
		r.want(t, "begin 1", "work", "commit 1", "release 1")

		result = errUnit
		if err := relay.RunNow(t.Context()); !errors.Is(err, errUnit) {
			t.Errorf("RunNow returned %v, want the error of the unit", err)
		}
		r.want(t, "begin 2", "work", "roll back 2", "release 2")

		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := relay.RunNow(over); !errors.Is(err, context.Canceled) {
			t.Errorf("RunNow returned %v, want the error of its context", err)
		}
		if i := relay.Info(); i.Runs != 2 || i.Failures != 1 || !errors.Is(i.LastError, errUnit) {
			t.Errorf("info = %+v", i)
		}
		r.want(t)
	},
		apptest.Only(), storage(&r), fx.Populate(&triggers),
		hosting.Every(time.Hour, scopes.Around(func() error { r.add("work"); return result }, inTx), hosting.Name("relay")),
	)
}

func TestUnitsControlOtherTriggers(t *testing.T) {
	var r record
	tick := func(name string, opts ...hosting.Option) fx.Option {
		return hosting.Every(10*time.Second, func() { r.add("%s", name) }, append(opts, hosting.Name(name))...)
	}
	run(t, func(t *testing.T) { <-time.After(32 * time.Second) },
		tick("paused"), tick("slower"), tick("now"),
		hosting.Run(func(ctx context.Context, ts *hosting.Triggers) error {
			find(t, ts, "paused").Pause()
			<-time.After(5 * time.Second)
			return errors.Join(find(t, ts, "now").RunNow(ctx), find(t, ts, "slower").SetInterval(25*time.Second))
		}),
		hosting.Every(20*time.Second, func(ts *hosting.Triggers) { find(t, ts, "paused").Resume() }, hosting.Delay(22*time.Second)),
	)
	slices.Sort(r.lines)
	r.want(t, "now", "now", "now", "now", "paused", "slower")
}

func TestRunNowWorksFromConstructionToTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		var triggers *hosting.Triggers
		runNow := func(when string) func(context.Context, *hosting.Triggers) {
			return func(ctx context.Context, ts *hosting.Triggers) {
				r.add("%s: %v", when, find(t, ts, "tick").RunNow(ctx))
			}
		}
		a := apptest.Start(t, fx.Populate(&triggers),
			di.Singleton(func(ts *hosting.Triggers) *tally { r.add("construction: %d triggers", len(ts.All())); return &tally{} }),
			lifecycle.OnStart(func(*tally) {}),
			lifecycle.OnStart(runNow("start")),
			hosting.Every(time.Hour, func() { r.add("tick") }, hosting.Name("tick")),
			lifecycle.OnStop(runNow("stop")),
		)
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		tick := find(t, triggers, "tick")
		r.add("after: %v", tick.RunNow(t.Context()))
		stopping := lifecycle.ErrStopping.Error()
		r.want(t, "construction: 0 triggers", "tick", "start: <nil>", "stop: "+stopping, "after: "+stopping)
		if i := tick.Info(); i.State != hosting.Ended || !i.NextRun.IsZero() {
			t.Errorf("info = %+v", i)
		}
	})
}

func TestStopOnErrorIsWhatRunReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := 0
		err := app.Run(t.Context(), quiet, fx.Module("m", hosting.Every(time.Second, func() error {
			if turns++; turns == 3 {
				return errUnit
			}
			return nil
		}, hosting.Name("fragile"), hosting.StopOnError())))
		if !errors.Is(err, errUnit) || turns != 3 {
			t.Errorf("Run returned %v after %d turns", err, turns)
		}
	})
}
