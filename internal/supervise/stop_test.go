package supervise_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestStopBeforeTheStartReleasesWhatWasBuilt(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.cleanup("a")
		p.hook("a")
		p.stopHook("b", p.noting("stop b"))
		p.task("service", supervise.Services, nil)
		p.stop()
		p.want("stop b", "release a")
		if p.Phase() != supervise.PhaseStopped || isClosed(p.Starting()) {
			t.Errorf("phase is %v", p.Phase())
		}
		p.stop()
		p.want()
	})
}

func TestStopReturnsTheSameResultToAll(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.stopHook("bad", func(context.Context) error { <-time.After(time.Second); return errBoom })
		p.start()
		results := make(chan error)
		for range 5 {
			go func() { results <- p.Stop(t.Context()) }()
		}
		first := <-results
		wantIs(t, first, errBoom)
		for range 4 {
			if err := <-results; err != first {
				t.Errorf("another result: %v", err)
			}
		}
		if err := p.Stop(t.Context()); err != first {
			t.Errorf("a later result: %v", err)
		}
	})
}

// LC-025
func TestStopErrorsAreJoinedAndTheRestRuns(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		errOther := errors.New("other")
		p.cleanup("a")
		p.stopHook("bad", func(context.Context) error { return errBoom })
		p.Release("worse", here, func(context.Context) error { panic(errOther) })
		p.task("service", supervise.Services, func(t *supervise.Task) {
			t.Stop = func(context.Context) error { return context.DeadlineExceeded }
		})
		p.start()
		err := p.Stop(t.Context())
		p.want("start service", "release a")
		wantIs(t, err, errBoom)
		wantIs(t, err, errOther)
		wantText(t, err, `stop of hook "bad" (orders/module.go:27) failed: boom`, `cleanup "worse" (orders/module.go:27) failed: panic`,
			`stop of Service "service" (orders/module.go:27) failed: context deadline exceeded`)
		if stopped := eventsOf[event.Stopped](p); len(stopped) != 1 || stopped[0].Err.Error() != err.Error() {
			t.Errorf("events: %v", stopped)
		}
	})
}

// HO-045
func TestBudgetIsSharedAndTheGuiltyAreNamed(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		release := make(chan struct{})
		defer close(release)
		report := func(name string, result func(context.Context) error) func(context.Context) error {
			return func(ctx context.Context) error {
				deadline, _ := ctx.Deadline()
				p.note("%s has %v", name, time.Until(deadline))
				return result(ctx)
			}
		}
		quick := func(context.Context) error { return nil }
		p.Release("db", here, report("db", quick))
		p.stopHook("bus", report("bus", stuck(release)))
		p.task("one", supervise.Services, func(t *supervise.Task) { t.Start, t.Stop = nil, report("one", quick) })
		p.task("two", supervise.Services, func(t *supervise.Task) { t.Start, t.Stop = nil, report("two", stuck(release)) })
		p.task("three", supervise.Services, func(t *supervise.Task) {
			t.Start, t.Stop, t.StopTimeout = nil, report("three", waits), time.Second
		})
		p.start()
		var err error
		took := elapsed(func() { err = p.Stop(t.Context()) })
		// 20 s beside the reserve: three has its own limit, two half of 19 s, one half of what is left.
		p.want("three has 1s", "two has 9.5s", "one has 4.625s", "bus has 7.125s", "db has 3.4375s")
		if want := 18*time.Second + 125*time.Millisecond; took != want {
			t.Errorf("stop took %v, want %v", took, want)
		}
		wantText(t, err, `stop of Service "two"`, `stop of hook "bus"`, `stop of Service "three"`)
		if n := len(err.(interface{ Unwrap() []error }).Unwrap()); n != 3 {
			t.Errorf("%d errors: %v", n, err)
		}
		wantOneGoroutine(t, as[*supervise.HungError](t, err).Stack)
	})
}

func TestLastStepAlwaysRunsToItsEnd(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		release := make(chan struct{})
		defer close(release)
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			p.stopHook(name, func(ctx context.Context) error {
				deadline, _ := ctx.Deadline()
				if ctx.Err() != nil || time.Until(deadline) < 50*time.Millisecond {
					t.Errorf("%s has %v: %v", name, time.Until(deadline), ctx.Err())
				}
				p.note("%s", name)
				return stuck(release)(ctx)
			})
		}
		p.Configure(supervise.Limits{Stop: 2 * time.Second})
		p.start()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := p.Stop(ctx)
		p.want("h", "g", "f", "e", "d", "c", "b", "a")
		if n := len(err.(interface{ Unwrap() []error }).Unwrap()); n != 8 {
			t.Errorf("%d errors: %v", n, err)
		}
	})
}

func TestEachEntryOfTheLastStepHasHalfOfWhatIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		release := make(chan struct{})
		defer close(release)
		var limits []time.Duration
		const hooks = 40
		for range hooks {
			p.stopHook("stuck", func(ctx context.Context) error {
				deadline, _ := ctx.Deadline()
				p.mu.Lock()
				limits = append(limits, time.Until(deadline))
				p.mu.Unlock()
				return stuck(release)(ctx)
			})
		}
		p.start()
		took := elapsed(func() { _ = p.Stop(t.Context()) })
		const (
			budget   = 25 * time.Second
			patience = 250 * time.Millisecond
			floor    = 250 * time.Millisecond
		)
		p.mu.Lock()
		defer p.mu.Unlock()
		left := budget
		for i, limit := range limits {
			if want := max(left/2, floor); limit != want {
				t.Errorf("entry %d has %v, want %v", i+1, limit, want)
			}
			left -= limit + patience
		}
		if len(limits) != hooks || took > budget+hooks*(floor+patience) {
			t.Errorf("%d entries took %v", len(limits), took)
		}
	})
}

func TestManyThatHangLeaveTimeForTheLastStep(t *testing.T) {
	for _, stage := range []supervise.Stage{supervise.Services, supervise.Intake, supervise.AfterIntake} {
		bubble(t, func(t *testing.T, p *program) {
			release := make(chan struct{})
			defer close(release)
			const tasks = 100
			p.Release("db", here, func(context.Context) error { p.note("release db"); return nil })
			p.task("good", stage, func(t *supervise.Task) { t.Start = nil })
			for range tasks {
				p.task("stuck", stage, func(t *supervise.Task) { t.Start, t.Stop = nil, stuck(release) })
			}
			p.start()
			var err error
			took := elapsed(func() { err = p.Stop(t.Context()) })
			if budget := 25 * time.Second; took >= budget {
				t.Errorf("stop took %v of %v", took, budget)
			}
			if n := len(err.(interface{ Unwrap() []error }).Unwrap()); n != tasks {
				t.Errorf("%d errors: %v", n, err)
			}
			p.want("stop good", "release db")
		})
	}
}

func TestContextOfStopShortensTheBudgetNotTheReserve(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.cleanup("db")
		p.task("a", supervise.Services, func(t *supervise.Task) { t.Start, t.Stop = nil, waits })
		p.start()
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		var err error
		if took := elapsed(func() { err = p.Stop(ctx) }); took != time.Second { // half of half
			t.Errorf("stop took %v", took)
		}
		p.want("release db")
		wantText(t, err, `stop of Service "a"`)
	})
}

// HO-043
func TestEndOfStopsContextCutsServicesShort(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.cleanup("db")
		p.task("quick", supervise.Services, nil)
		p.task("a", supervise.Services, func(t *supervise.Task) { t.Stop = waits })
		p.start()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		var err error
		if took := elapsed(func() { err = p.Stop(ctx) }); took != time.Second {
			t.Errorf("stop took %v", took)
		}
		p.want("start quick", "start a", "stop quick", "release db")
		wantText(t, err, `stop of Service "a"`)
	})
}

func TestDrainDelayKeepsServing(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Drain: 3 * time.Second})
		begun := time.Now()
		p.task("web", supervise.Intake, func(task *supervise.Task) {
			task.Start = nil
			task.Stopping = func(context.Context) error { p.note("stopping after %v", time.Since(begun)); return nil }
			task.Stop = func(context.Context) error { p.note("stop after %v", time.Since(begun)); return nil }
		})
		p.start()
		p.stop()
		p.want("stopping after 0s", "stop after 3s")
	})
}

func TestFailedStartHasNoDrainDelay(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Drain: 3 * time.Second})
		p.startHook("bad", func(context.Context) error { return errBoom })
		if took := elapsed(func() { _ = p.Start(t.Context()) }); took != 0 {
			t.Errorf("failed start took %v", took)
		}
	})
}

func TestConcurrentStopCollectsAllErrors(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{ConcurrentStop: true})
		errOther := errors.New("other")
		for name, err := range map[string]error{"a": errBoom, "b": errOther, "c": nil} {
			p.task(name, supervise.Services, func(t *supervise.Task) {
				t.Stop = func(context.Context) error { <-time.After(time.Second); return err }
			})
		}
		p.start()
		var err error
		if took := elapsed(func() { err = p.Stop(t.Context()) }); took != time.Second {
			t.Errorf("stop took %v", took)
		}
		wantIs(t, err, errBoom)
		wantIs(t, err, errOther)
	})
}

func TestReleaseAfterTheStopRunsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.start()
		p.stop()
		p.cleanup("late")
		p.want("release late")
	})
}

func TestReleaseDuringTheLastStepRunsNext(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.cleanup("a")
		p.stopHook("b", func(context.Context) error { p.note("stop b"); p.cleanup("c"); return nil })
		p.start()
		p.stop()
		p.want("stop b", "release c", "release a")
	})
}

func TestShutdownJoinsCauses(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		errOther := errors.New("other")
		p.start()
		if isClosed(p.Requested()) || p.Cause() != nil {
			t.Error("a shutdown was asked for")
		}
		p.Shutdown(nil)
		if !isClosed(p.Requested()) || p.Cause() != nil {
			t.Errorf("cause is %v", p.Cause())
		}
		p.Shutdown(errBoom)
		if p.Cause() != errBoom {
			t.Errorf("cause is %v", p.Cause())
		}
		p.Shutdown(errOther)
		if got := p.Cause().Error(); got != "boom\nother" {
			t.Errorf("cause is %q", got)
		}
		if p.Phase() != supervise.PhaseRunning {
			t.Errorf("phase is %v", p.Phase())
		}
		p.stop()
		wantIs(t, p.Result(), errOther)
		p.Shutdown(errors.New("too late"))
		if got := p.Result().Error(); got != "boom\nother" {
			t.Errorf("result is %q", got)
		}
		if stopping := eventsOf[event.Stopping](p); !errors.Is(stopping[0].Cause, errBoom) {
			t.Errorf("events: %v", stopping)
		}
	})
}

func TestExitAsksForAShutdownWithACode(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.start()
		p.Exit(0)
		if !isClosed(p.Requested()) || p.Cause() != nil {
			t.Errorf("cause is %v", p.Cause())
		}
		p.Exit(3)
		if exit := as[*supervise.ExitError](t, p.Cause()); exit.Code != 3 {
			t.Errorf("code is %d", exit.Code)
		}
		p.stop()
	})
}

func TestResultWaitsForTheStop(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.stopHook("slow", func(context.Context) error { <-time.After(time.Second); return errBoom })
		p.start()
		result := make(chan error, 1)
		go func() { result <- p.Result() }()
		synctest.Wait()
		_ = p.Stop(t.Context())
		wantIs(t, <-result, errBoom)
	})
}

func TestSlowStopIsReportedEveryTenSeconds(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Stop: time.Minute})
		p.Append(supervise.Hook{Name: "slow", Stop: func(context.Context) error {
			<-time.After(25 * time.Second)
			return nil
		}})
		p.start()
		p.stop()
		slow := eventsOf[event.SlowStop](p)
		if len(slow) != 2 || slow[0].Name != "slow" || slow[1].For != 20*time.Second {
			t.Errorf("events: %v", slow)
		}
	})
}
