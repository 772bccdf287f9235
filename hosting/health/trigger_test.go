package health_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/health"
)

// failing is a unit that fails the first n times.
func failing(n int) func(context.Context) error {
	return func(context.Context) error {
		if n--; n >= 0 {
			return errBoom
		}
		return nil
	}
}

// serving fails the first n times, then runs until it is stopped.
func serving(n int) func(context.Context) error {
	fail := failing(n)
	return func(ctx context.Context) error {
		if err := fail(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	}
}

func TestTriggersReportByThemselves(t *testing.T) {
	named := hosting.Name("it")
	for _, test := range []struct {
		name    string
		trigger fx.Option
		after   time.Duration
		want    health.Status
		detail  string
	}{
		{"Run goes on", hosting.Run(serving(0), named), 0, health.Healthy, "active, 1 runs, 0 failed"},
		{"Run is done", hosting.Run(failing(0), named), 0, health.Healthy, "ended, 1 runs, 0 failed"},
		{
			"Run waits for a restart", hosting.Run(serving(9), named, hosting.Restart(hosting.Policy{First: time.Hour})),
			0, health.Degraded, "restarting, 1 runs, 1 failed",
		},
		{
			"Run was restarted just now", hosting.Run(serving(1), named, hosting.Restart(hosting.Policy{First: time.Second})),
			3 * time.Second, health.Degraded, "active, 2 runs, 1 failed, 1 restarts",
		},
		{
			"Run was restarted a while ago", hosting.Run(serving(1), named, hosting.Restart(hosting.Policy{First: time.Second})),
			2 * time.Minute, health.Healthy, "active, 2 runs, 1 failed, 1 restarts",
		},
		{
			"Run has failed for good", hosting.Run(serving(9), named, hosting.Restart(hosting.Policy{When: hosting.Never, Then: hosting.MarkUnhealthy})),
			0, health.Unhealthy, "failed, 1 runs, 1 failed",
		},
		{"one turn of a Loop has failed", hosting.Loop(failing(1), named), 50 * time.Millisecond, health.Healthy, "waiting, 1 runs, 1 failed"},
		{"three turns of a Loop have failed", hosting.Loop(failing(9), named), time.Second, health.Degraded, ""},
		{"Loop succeeds again", hosting.Loop(failing(4), named), time.Minute, health.Healthy, ""},
		{"turn of an Every has failed", hosting.Every(time.Minute, failing(1), named), time.Minute, health.Degraded, "waiting, 1 runs, 1 failed"},
		{"turn of an Every has succeeded again", hosting.Every(time.Minute, failing(1), named), 2 * time.Minute, health.Healthy, "waiting, 2 runs, 1 failed"},
		{"turn of a Cron has failed", hosting.Cron("@every 1m", failing(1), named), time.Minute, health.Degraded, "waiting, 1 runs, 1 failed"},
		{
			"Every has failed for good", hosting.Every(time.Minute, failing(9), named, hosting.Restart(hosting.Policy{Failures: 2, Then: hosting.MarkUnhealthy})),
			time.Hour, health.Unhealthy, "failed, 2 runs, 2 failed",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			running(t, func(t *testing.T, a *asker) {
				after(test.after)
				synctest.Wait()
				r := a.want(health.Ready, test.want)
				c := a.result(r, "it")
				if !strings.HasPrefix(c.Detail, test.detail) || !strings.HasPrefix(c.Place, "health/trigger_test.go:") || c.Kind == "Check" {
					t.Errorf("trigger is %+v", c)
				}
				if failed := c.Status != health.Healthy; failed != errors.Is(c.Err, errBoom) {
					t.Errorf("error is %v", c.Err)
				}
				a.want(health.Live, health.Healthy)
				a.want(health.Startup, health.Healthy)
			}, test.trigger)
		})
	}
}

func TestQueueIsDegradedAsLongAsItIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var queue *hosting.Queue[int]
		work := make(chan struct{})
		consume := hosting.Consume[int](func(int) { <-work }, hosting.Capacity(2), hosting.Name("it"))
		a := start(t, consume, fx.Invoke(fx.Annotate(func(q *hosting.Queue[int]) { queue = q }, fx.ParamTags(`name:"it"`))))
		for i := range 3 {
			if err := queue.Send(t.Context(), i); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		c := a.result(a.want(health.Ready, health.Degraded), "it")
		if !strings.HasPrefix(c.Err.Error(), "queue is full") || c.Detail != "active, 2 of 2 items wait, 1 of 1 workers are busy, 0 processed, 0 failed" {
			t.Errorf("queue is %+v", c)
		}
		close(work)
		synctest.Wait()
		a.want(health.Ready, health.Healthy)
	})
}

func TestTriggersThatAreOffDoNotMatter(t *testing.T) {
	running(t, func(t *testing.T, a *asker) {
		if r := a.want(health.Ready, health.Healthy); len(r.Checks) != 1 {
			t.Errorf("checks are %+v", r.Checks)
		}
	}, hosting.Every(time.Minute, nothing), health.Check("db", nothing), apptest.Only())
}
