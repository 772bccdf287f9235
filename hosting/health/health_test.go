package health_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/lifecycle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

func nothing() {}

// A probe is a check whose answer a test chooses.
type probe struct {
	mu  sync.Mutex
	err error

	runs atomic.Int32
}

func (p *probe) check(context.Context) error {
	p.runs.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *probe) set(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

// An asker asks an application that runs in a bubble.
type asker struct {
	t   *testing.T
	app *apptest.App
	h   *health.Health
	log *observer.ObservedLogs
}

func start(t *testing.T, opts ...fx.Option) *asker {
	t.Helper()
	a := &asker{t: t}
	core, log := observer.New(zap.InfoLevel)
	a.log = log
	a.app = apptest.Start(t, append(opts, fx.Populate(&a.h), app.Logger(func() *zap.Logger { return zap.New(core) }))...)
	return a
}

// running starts an application in a bubble and runs a test of it.
func running(t *testing.T, test func(t *testing.T, a *asker), opts ...fx.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, start(t, opts...)) })
}

func (a *asker) report(g health.Group) health.Report { return a.h.Report(a.t.Context(), g) }

func (a *asker) want(g health.Group, want health.Status) health.Report {
	a.t.Helper()
	r := a.report(g)
	if r.Status != want {
		a.t.Errorf("%v is %v, want %v: %+v", g, r.Status, want, r)
	}
	return r
}

// result is what a report says of one check or trigger.
func (a *asker) result(r health.Report, name string) health.Result {
	a.t.Helper()
	i := slices.IndexFunc(r.Checks, func(c health.Result) bool { return c.Name == name })
	if i < 0 {
		a.t.Fatalf("report has no %q: %+v", name, r)
	}
	return r.Checks[i]
}

// changes are the levels, statuses and errors of the lines about changes.
func (a *asker) changes() []string {
	var all []string
	for _, e := range a.log.FilterMessage("health changed").All() {
		fields := e.ContextMap()
		line := e.Level.CapitalString() + " " + fields["name"].(string) + " " + fields["was"].(string) + " " + fields["now"].(string)
		if err, ok := fields["error"]; ok {
			line += ": " + err.(string)
		}
		all = append(all, line)
	}
	return all
}

func after(d time.Duration) { <-time.After(d) } // of the bubble

func TestReportWithoutChecksIsThatOfThePhase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &asker{t: t}
		var before []health.Status
		ask := func(h *health.Health) {
			for _, g := range []health.Group{health.Startup, health.Ready, health.Live} {
				before = append(before, h.Report(t.Context(), g).Status)
			}
		}
		a.app = apptest.Start(t, lifecycle.OnStart(ask), fx.Populate(&a.h))
		if want := []health.Status{health.Unhealthy, health.Unhealthy, health.Healthy}; !slices.Equal(before, want) {
			t.Errorf("while starting: %v, want %v", before, want)
		}
		a.want(health.Startup, health.Healthy)
		a.want(health.Ready, health.Healthy)
		a.want(health.Live, health.Healthy)
		if err := a.app.Stop(); err != nil {
			t.Fatal(err)
		}
		a.want(health.Startup, health.Healthy)
		a.want(health.Ready, health.Unhealthy)
		a.want(health.Live, health.Unhealthy)
	})
}

func TestNotReadyBeforeTheDrainDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := start(t, app.DrainDelay(10*time.Second), health.Check("db", nothing), health.Check("pool", nothing, health.Live))
		a.want(health.Ready, health.Healthy)
		stopped := make(chan error)
		go func() { stopped <- a.app.Stop() }()
		after(time.Second)
		if r := a.want(health.Ready, health.Unhealthy); r.Phase != lifecycle.Stopping {
			t.Errorf("phase is %v", r.Phase)
		}
		a.want(health.Live, health.Healthy)
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}

// HO-096, HO-104.
func TestReportIsTheWorstOfItsChecks(t *testing.T) {
	degraded := health.AsDegraded(errBoom)
	for _, test := range []struct {
		name string
		errs []error
		opts []health.Option
		want health.Status
	}{
		{"none fails", []error{nil, nil}, nil, health.Healthy},
		{"one is degraded", []error{nil, degraded}, nil, health.Degraded},
		{"one fails, one is degraded", []error{errBoom, degraded}, nil, health.Unhealthy},
		{"failure means degraded", []error{errBoom, nil}, []health.Option{health.FailureStatus(health.Degraded)}, health.Degraded},
	} {
		t.Run(test.name, func(t *testing.T) {
			var opts []fx.Option
			for i, err := range test.errs {
				opts = append(opts, health.Check(string(rune('a'+i)), func() error { return err }, test.opts...))
			}
			running(t, func(t *testing.T, a *asker) {
				r := a.want(health.Ready, test.want)
				for i, err := range test.errs {
					if c := r.Checks[i]; c.Name != string(rune('a'+i)) || !errors.Is(c.Err, err) || c.At.IsZero() {
						t.Errorf("check %d is %+v", i, c)
					}
				}
			}, opts...)
		})
	}
}

// HO-097.
func TestGroupsAreSeparate(t *testing.T) {
	running(t, func(t *testing.T, a *asker) {
		synctest.Wait()
		r := a.want(health.Live, health.Degraded)
		if len(r.Checks) != 1 || r.Checks[0].Group != health.Live {
			t.Errorf("live has %+v", r.Checks)
		}
		a.want(health.Ready, health.Unhealthy)
		a.want(health.Startup, health.Healthy)
	},
		health.Check("pool", func() error { return health.AsDegraded(errBoom) }, health.Live),
		health.Check("db", func() error { return errBoom }),
		health.Check("cache", nothing, health.Startup),
	)
}

func TestChecksAreCachedAndRunInTheBackground(t *testing.T) {
	p := new(probe)
	running(t, func(t *testing.T, a *asker) {
		for range 1000 {
			a.want(health.Ready, health.Healthy)
		}
		if n := p.runs.Load(); n != 1 {
			t.Errorf("%d runs for 1000 reports", n)
		}
		p.set(errBoom)
		after(19 * time.Second)
		a.want(health.Ready, health.Unhealthy)
		if n := p.runs.Load(); n != 2 {
			t.Errorf("%d runs in 19 s", n)
		}
	}, health.Check("db", p.check))
}

// HO-107.
func TestChangesAreEvents(t *testing.T) {
	p := new(probe)
	running(t, func(t *testing.T, a *asker) {
		after(500 * time.Millisecond)
		for _, err := range []error{nil, errBoom, errBoom, health.AsDegraded(errBoom), nil, nil} {
			p.set(err)
			after(time.Second)
		}
		want := []string{
			"ERROR db healthy unhealthy: boom",
			"WARN db unhealthy degraded: boom",
			"INFO db degraded healthy",
		}
		if got := a.changes(); !slices.Equal(got, want) {
			t.Errorf("changes are %q, want %q", got, want)
		}
	}, health.Check("db", p.check, health.Every(time.Second)))
}

// HO-100.
func TestChecksRunAtOnce(t *testing.T) {
	slow := func() { after(3 * time.Second) }
	running(t, func(t *testing.T, a *asker) {
		began := time.Now()
		a.want(health.Ready, health.Healthy)
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("report took %v", took)
		}
	}, health.Check("a", slow), health.Check("b", slow), health.Check("c", slow))
}

// HO-101.
func TestCheckThatTakesTooLongIsUnhealthy(t *testing.T) {
	wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	running(t, func(t *testing.T, a *asker) {
		a.want(health.Ready, health.Unhealthy)
		synctest.Wait() // it honours its context
		c := a.result(a.want(health.Ready, health.Unhealthy), "db")
		if !errors.Is(c.Err, context.DeadlineExceeded) || c.Err.Error() != "check did not return within 2s: context deadline exceeded" {
			t.Errorf("error is %v", c.Err)
		}
	}, health.Check("db", wait, health.Timeout(2*time.Second)))
}

func TestCheckThatHangsIsReportedAndNotRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		hang := make(chan struct{})
		a := start(t, health.Check("db", func() { runs.Add(1); <-hang }))
		began := time.Now()
		c := a.result(a.want(health.Ready, health.Unhealthy), "db")
		if took := time.Since(began); took != 5*time.Second || c.Err.Error() != "check did not return within 5s" {
			t.Errorf("after %v: %v", took, c.Err)
		}
		after(time.Hour)
		if c = a.result(a.want(health.Ready, health.Unhealthy), "db"); runs.Load() != 1 {
			t.Errorf("%d runs, the last is %+v", runs.Load(), c)
		}
		close(hang)
		after(11 * time.Second)
		a.want(health.Ready, health.Healthy)
		if got := a.changes(); len(got) != 2 {
			t.Errorf("changes are %q", got)
		}
	})
}

func TestReportEndsWithItsContext(t *testing.T) {
	// HO-098.
	running(t, func(t *testing.T, a *asker) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		r := a.h.Report(ctx, health.Ready)
		if c := a.result(r, "db"); r.Status != health.Unhealthy || !errors.Is(c.Err, health.ErrNotChecked) || time.Since(began) != time.Second {
			t.Errorf("after %v: %+v", time.Since(began), r)
		}
	}, health.Check("db", func() { after(3 * time.Second) }))
}

func TestStartupChecksRunUntilTheyHavePassed(t *testing.T) {
	p := &probe{err: errBoom}
	running(t, func(t *testing.T, a *asker) {
		a.want(health.Startup, health.Unhealthy)
		a.want(health.Ready, health.Unhealthy)
		a.want(health.Live, health.Healthy)
		after(2500 * time.Millisecond)
		p.set(nil)
		after(time.Second)
		a.want(health.Startup, health.Healthy)
		a.want(health.Ready, health.Healthy)
		p.set(errBoom)
		after(time.Hour)
		a.want(health.Startup, health.Healthy)
		if n := p.runs.Load(); n != 4 {
			t.Errorf("%d runs", n)
		}
	}, health.Check("cache", p.check, health.Startup))
}

func TestLiveChecksCountAsHealthyUntilTheyHaveRun(t *testing.T) {
	running(t, func(t *testing.T, a *asker) {
		r := a.want(health.Live, health.Healthy)
		if c := a.result(r, "pool"); !errors.Is(c.Err, health.ErrNotChecked) {
			t.Errorf("check is %+v", c)
		}
		after(6 * time.Second)
		a.want(health.Live, health.Unhealthy)
	}, health.Check("pool", func(ctx context.Context) { <-ctx.Done() }, health.Live))
}

func TestReportsMayBeAskedForInEveryPhase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		var askers sync.WaitGroup
		ask := func(h *health.Health) *probe { // a constructor, so that they begin before checks are there
			for _, g := range []health.Group{health.Startup, health.Ready, health.Live, health.Group(9)} {
				askers.Go(func() {
					for last := lifecycle.New; ; after(time.Millisecond) {
						r := h.Report(t.Context(), g)
						if r.Phase < last || r.Status == health.Healthy && g > health.Startup {
							t.Errorf("after %v: %+v", last, r)
						}
						last = r.Phase
						select {
						case <-stop:
							return
						default:
						}
					}
				})
			}
			return new(probe)
		}
		a := start(t, di.Singleton(ask), lifecycle.OnStart(func() { after(time.Second) }),
			health.Check("db", (*probe).check, health.Every(time.Millisecond)),
			health.Check("cache", (*probe).check, health.Startup),
			health.Check("pool", (*probe).check, health.Live),
		)
		after(time.Second)
		if err := a.app.Stop(); err != nil {
			t.Error(err)
		}
		close(stop)
		askers.Wait()
	})
}
