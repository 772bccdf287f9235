package health_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/scopes"
)

type (
	pool    struct{ name string }
	session struct{ closed *atomic.Int32 }
)

func (*pool) Ping(context.Context) error { return nil }

// SC-046, SC-047, SC-048, SC-049.
func TestEachRunHasAScopeOfItsOwn(t *testing.T) {
	var opened, closed atomic.Int32
	seen := make(chan *session, 10)
	shared := make(chan *pool, 10)
	check := func(s *session, p *pool) {
		shared <- p
		seen <- s
	}
	running(t, func(t *testing.T, a *asker) {
		a.want(health.Ready, health.Healthy)
		after(15 * time.Second)
		if opened.Load() != 4 || closed.Load() != 4 {
			t.Errorf("opened %d, closed %d", opened.Load(), closed.Load())
		}
		if all := map[*session]bool{<-seen: true, <-seen: true, <-seen: true, <-seen: true}; len(all) != 4 {
			t.Errorf("sessions are shared: %v", all)
		}
		for one := <-shared; len(shared) > 0; {
			if other := <-shared; other != one {
				t.Error("there are several pools")
			}
		}
	},
		di.Singleton(func() *pool { return &pool{"pool"} }),
		di.Scoped(func() (*session, func()) { opened.Add(1); return &session{&closed}, func() { closed.Add(1) } }),
		health.Check("a", check),
		health.Check("b", check, health.FailureStatus(health.Degraded)),
	)
}

func TestMethodExpressionsAndWrappedUnitsAreChecks(t *testing.T) {
	limit := func(ctx context.Context, next scopes.Next) error { return next(ctx) }
	running(t, func(t *testing.T, a *asker) { a.want(health.Ready, health.Healthy) },
		di.Singleton(func() *pool { return &pool{} }),
		health.Check("pool", (*pool).Ping),
		health.Check("limited", scopes.Around((*pool).Ping, limit)),
	)
}

// HO-099, HO-102.
func TestWhatACheckEndsWithIsItsResult(t *testing.T) {
	for _, test := range []struct {
		name string
		unit func() error
		want health.Status
		text string
	}{
		{"error", func() error { return errBoom }, health.Unhealthy, "boom"},
		{"cancellation of its own", func() error { return context.Canceled }, health.Unhealthy, "context canceled"},
		{"degraded", func() error { return health.AsDegraded(errBoom) }, health.Degraded, "boom"},
		{"wrapped", func() error { return fmt.Errorf("disk: %w", health.AsDegraded(errBoom)) }, health.Degraded, "disk: boom"},
		{"joined", func() error { return errors.Join(health.AsDegraded(errBoom), errBoom) }, health.Unhealthy, "boom\nboom"},
		{"degraded nil", func() error { return health.AsDegraded(nil) }, health.Healthy, ""},
		{"panic", func() error { panic("secret") }, health.Unhealthy, "panic with a string at health/check_test.go:"},
		{"panic with a degraded error", func() error { panic(health.AsDegraded(errBoom)) }, health.Unhealthy, "panic with a *health.degraded"},
		{"exit of the goroutine", func() error { runtime.Goexit(); return nil }, health.Unhealthy, "goroutine was ended by runtime.Goexit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var runs atomic.Int32
			running(t, func(t *testing.T, a *asker) {
				after(time.Minute - time.Second)
				c := a.result(a.want(health.Live, test.want), "it")
				if c.Group != health.Live || c.Kind != "Check" || !strings.HasPrefix(c.Place, "health/check_test.go:") {
					t.Errorf("check is %+v", c)
				}
				if text := fmt.Sprint(c.Err); test.text != "" && !strings.HasPrefix(text, test.text) || strings.Contains(text, "secret") {
					t.Errorf("error is %q, want %q", text, test.text)
				}
				if test.want == health.Healthy && c.Err != nil {
					t.Errorf("error is %v", c.Err)
				}
				if runs.Load() != 6 {
					t.Errorf("%d runs in a minute", runs.Load())
				}
			}, health.Check("it", func() error { runs.Add(1); return test.unit() }, health.Live))
		})
	}
}

// HO-110.
func TestChecksThatFailDoNotKeepOthersFromRunning(t *testing.T) {
	p := new(probe)
	running(t, func(t *testing.T, a *asker) {
		after(25 * time.Second)
		a.want(health.Ready, health.Unhealthy)
		if p.runs.Load() != 3 {
			t.Errorf("%d runs", p.runs.Load())
		}
	},
		health.Check("fails", func() error { return errBoom }),
		health.Check("panics", func() { panic("boom") }),
		health.Check("exits", func() { runtime.Goexit() }),
		health.Check("waits", func(ctx context.Context) { <-ctx.Done() }),
		health.Check("good", p.check),
	)
}

// HO-108.
func TestStopEndsACheckUnderWay(t *testing.T) {
	var cause error
	synctest.Test(t, func(t *testing.T) {
		a := start(t, health.Check("db", func(ctx context.Context) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		}))
		after(time.Second)
		began := time.Now()
		if err := a.app.Stop(); err != nil || time.Since(began) > time.Millisecond {
			t.Errorf("stopped after %v: %v", time.Since(began), err)
		}
		if got := a.changes(); len(got) != 0 {
			t.Errorf("changes are %q", got)
		}
	})
	if cause == nil || cause.Error() != "application is stopping" {
		t.Errorf("cause is %v", cause)
	}
}

func TestCheckThatIgnoresTheStopIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		a := start(t, health.Check("db", func() { <-hang }, health.Timeout(time.Second)))
		after(10 * time.Second)
		began := time.Now()
		err := a.app.Stop()
		if err == nil || !strings.Contains(err.Error(), `run of Check "db" (health/check_test.go:`) || !strings.Contains(err.Error(), "TestCheckThatIgnoresTheStopIsNamed") {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(began); took > 1500*time.Millisecond {
			t.Errorf("stop took %v", took)
		}
		close(hang)
	})
}

// HO-103, HO-105.
func TestLinesOfACheckCarryItsName(t *testing.T) {
	check := func(log *zap.Logger) { log.Info("checking") }
	running(t, func(t *testing.T, a *asker) {
		a.want(health.Ready, health.Healthy)
		var names []string
		for _, e := range a.log.FilterMessage("checking").All() {
			names = append(names, e.ContextMap()["check"].(string))
		}
		slices.Sort(names)
		if !slices.Equal(names, []string{"a", "b", "c"}) {
			t.Errorf("names are %q", names)
		}
	}, health.Check("a", check), health.Check("b", check), health.Check("c", check))
}

func TestMisusedChecksAreRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		opts []fx.Option
		want []string
	}{
		// HO-095.
		{"one name twice", []fx.Option{health.Check("db", nothing), health.Check("db", nothing)}, []string{`name "db" of the check is that of the one at health/check_test.go:`}},
		{"no name", []fx.Option{health.Check("", nothing)}, []string{"name of a check must not be empty"}},
		{"no unit", []fx.Option{health.Check("db", nil)}, []string{`Check "db"`, "nil"}},
		{"bad options", []fx.Option{
			health.Check("db", nothing, health.Timeout(-1), health.Every(0), health.Group(9), health.FailureStatus(health.Healthy)),
		}, []string{
			"option Timeout must be positive, is -1ns",
			"option Every must be positive, is 0s",
			"group 9 is unknown: it is Ready, Live or Startup",
			"option FailureStatus must be Degraded or Unhealthy, is healthy",
		}},
		{"missing", []fx.Option{health.Check("db", (*pool).Ping)}, []string{"missing *health_test.pool", `unit of Check "db"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := app.New(append(test.opts, fx.NopLogger, app.Logger(zap.NewNop))...).Err()
			text := fmt.Sprintf("%+v", err)
			for _, want := range append(test.want, "health/check_test.go:") {
				if !strings.Contains(text, want) {
					t.Errorf("error lacks %q: %s", want, text)
				}
			}
		})
	}
}

func TestANilOptionSaysNothing(t *testing.T) {
	apptest.Check(t, health.Check("db", nothing, nil))
}

func TestOneOptionServesManyApplications(t *testing.T) {
	check := health.Check("db", nothing)
	synctest.Test(t, func(t *testing.T) {
		one, other := start(t, check), start(t, check)
		one.want(health.Ready, health.Healthy)
		other.want(health.Ready, health.Healthy)
	})
}

func TestNamesOfStatusesAndGroups(t *testing.T) {
	got := fmt.Sprint(health.Unhealthy, health.Degraded, health.Healthy, health.Status(7), health.Ready, health.Live, health.Startup, health.Group(7))
	if got != "unhealthy degraded healthy Status(7) ready live startup Group(7)" {
		t.Errorf("names are %s", got)
	}
}
