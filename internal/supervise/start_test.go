package supervise_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestFailedStartStopsAndReleasesWhatWasStarted(t *testing.T) {
	tests := []struct {
		name string
		fail func(context.Context) error
		is   error
		says string
	}{
		{"error", func(context.Context) error { return errBoom }, errBoom, `start of hook "bad" (orders/module.go:27) failed: boom`},
		{"panic", func(context.Context) error { panic(errBoom) }, errBoom, "panic with a *errors.errorString at supervise/start_test.go:"},
		{"exit", func(context.Context) error { runtime.Goexit(); return nil }, supervise.ErrGoexit, `start of hook "bad"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				p.cleanup("a")
				p.hook("a")
				p.cleanup("bad")
				p.startHook("bad", test.fail)
				p.cleanup("b")
				p.hook("b")
				p.task("service", supervise.Services, nil)

				err := p.Start(t.Context())
				p.want("start a", "release b", "release bad", "stop a", "release a")
				wantIs(t, err, test.is)
				wantText(t, err, test.says)
				if failed := as[*supervise.FailedError](t, err); failed.Name != "bad" || failed.Op != "start" {
					t.Errorf("failed is %+v", failed)
				}
				if p.Phase() != supervise.PhaseStopped || isClosed(p.Started()) {
					t.Errorf("phase is %v", p.Phase())
				}
				if len(eventsOf[event.HookFailed](p)) != 1 || len(eventsOf[event.StartFailed](p)) != 1 {
					t.Errorf("events: %v", p.events)
				}
				wantIs(t, p.Result(), test.is)
				p.stop()
				p.want()
			})
		})
	}
}

func TestFailedServiceIsNotStopped(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.hook("db")
		p.task("a", supervise.Services, nil)
		p.task("b", supervise.Services, func(t *supervise.Task) {
			t.Start = func(context.Context) error { return errBoom }
		})
		p.task("c", supervise.Services, nil)
		p.task("web", supervise.Intake, nil)
		err := p.Start(t.Context())
		p.want("start db", "start a", "stop a", "stop db")
		wantText(t, err, `start of Service "b" (orders/module.go:27) failed: boom`)
	})
}

func TestErrorsOfStartAndReleaseAreJoined(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		errRelease := errors.New("disk full")
		p.Release("db", here, func(context.Context) error { return errRelease })
		p.startHook("bad", func(context.Context) error { return errBoom })
		err := p.Start(t.Context())
		wantIs(t, err, errBoom)
		wantIs(t, err, errRelease)
		wantText(t, err, `cleanup "db" (orders/module.go:27) failed: disk full`)
		wantIs(t, p.Result(), errRelease)
		if len(eventsOf[event.CleanupFailed](p)) != 1 {
			t.Errorf("events: %v", p.events)
		}
	})
}

func TestFailedStartHasFreshBudget(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Start: 3 * time.Second})
		p.Append(supervise.Hook{
			Start: func(context.Context) error { return nil },
			Stop: func(ctx context.Context) error {
				deadline, _ := ctx.Deadline()
				p.note("%v left, %v", time.Until(deadline), ctx.Err())
				return nil
			},
		})
		p.startHook("slow", waits)
		err := p.Start(t.Context())
		p.want("12.5s left, <nil>")
		wantIs(t, err, context.DeadlineExceeded)
		wantText(t, err, "start limit of 3s exceeded", `start of hook "slow" (orders/module.go:27) failed after 3s`)
		if limit := as[*supervise.LimitError](t, err); limit.Limit != 3*time.Second {
			t.Errorf("limit is %v", limit.Limit)
		}
	})
}

func TestHookThatIgnoresTheLimitIsNamedWithItsOwnStack(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Start: 3 * time.Second})
		release := make(chan struct{})
		defer close(release)
		p.hook("a")
		p.startHook("hangs", stuck(release))
		p.hook("b")
		var err error
		took := elapsed(func() { err = p.Start(t.Context()) })
		if took != 3250*time.Millisecond {
			t.Errorf("start returned after %v", took)
		}
		p.want("start a", "stop a")
		wantText(t, err, `start of hook "hangs" (orders/module.go:27) hangs: it did not return within 3.25s`, "supervise/engine_test.go")
		wantIs(t, err, context.DeadlineExceeded)
		wantOneGoroutine(t, as[*supervise.HungError](t, err).Stack)
		if abandoned := eventsOf[event.Abandoned](p); len(abandoned) != 1 || abandoned[0].Name != "hangs" {
			t.Errorf("abandoned: %v", abandoned)
		}
	})
}

// HO-034
func TestContextGivenToStartBoundsTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		p.hook("a")
		p.startHook("slow", waits)
		err := p.Start(ctx)
		wantIs(t, err, context.DeadlineExceeded)
		wantText(t, err, "slow")
		p.want("start a", "stop a")
	})
}

// LC-027
func TestContextGivenToStartBoundsTheStartOnly(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		ctx, cancel := context.WithCancel(t.Context())
		var running context.Context
		p.task("a", supervise.Services, func(t *supervise.Task) {
			t.Run = func(turn supervise.Turn) error { running = turn.Context; return waits(turn.Context) }
		})
		if err := p.Start(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		synctest.Wait()
		if running.Err() != nil || p.Context().Err() != nil || isClosed(p.Requested()) {
			t.Error("the end of the start's context reached the running application")
		}
		p.stop()
	})
}

// LC-021, HO-032
func TestStartWithEndedContextStartsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBoom)
		p.hook("a")
		p.cleanup("a")
		p.runs("run", supervise.Services, func(supervise.Turn) error { p.note("run"); return nil })
		err := p.Start(ctx)
		p.want("release a")
		wantIs(t, err, errBoom)
	})
}

func TestShutdownInterruptsTheStart(t *testing.T) {
	tests := []struct {
		name    string
		cause   error
		is      error
		nothing bool // Run returns nil
	}{
		{"without a cause", nil, supervise.ErrStopping, true},
		{"with a cause", errBoom, errBoom, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				p.hook("a")
				p.startHook("waits", func(ctx context.Context) error {
					p.Shutdown(test.cause)
					<-ctx.Done()
					p.note("%v", context.Cause(ctx))
					return ctx.Err()
				})
				p.hook("b")
				err := p.Start(t.Context())
				p.want("start a", "application is stopping", "stop a")
				if !errors.Is(err, test.is) || err.Error() != test.is.Error() {
					t.Errorf("start returned %v, want %v", err, test.is)
				}
				if got := p.Result(); (got == nil) != test.nothing {
					t.Errorf("result is %v", got)
				}
			})
		})
	}
}

func TestShutdownBeforeTheStartIsRemembered(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.hook("a")
		p.cleanup("a")
		p.Shutdown(nil)
		if err := p.Start(t.Context()); !errors.Is(err, supervise.ErrStopping) {
			t.Errorf("start returned %v", err)
		}
		p.want("release a")
	})
}

func TestInterruptedHookThatHangsIsNamed(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		release := make(chan struct{})
		defer close(release)
		p.startHook("hangs", stuck(release))
		time.AfterFunc(time.Second, func() { p.Shutdown(nil) })
		err := p.Start(t.Context())
		wantIs(t, err, supervise.ErrStopping)
		wantText(t, err, `"hangs"`)
		as[*supervise.HungError](t, p.Result())
	})
}

func TestStopInterruptsTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.hook("a")
		p.startHook("waits", waits)
		p.task("service", supervise.Services, nil)
		started := make(chan error)
		go func() { started <- p.Start(t.Context()) }()
		synctest.Wait()
		p.stop()
		p.want("start a", "stop a")
		if err := <-started; err == nil || err.Error() != supervise.ErrStopping.Error() {
			t.Errorf("start returned %v", err)
		}
		if p.Result() != nil {
			t.Errorf("result is %v", p.Result())
		}
	})
}

func TestSecondStartIsAnError(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.start()
		wantIs(t, p.Start(t.Context()), supervise.ErrStarted)
		if p.Phase() != supervise.PhaseRunning {
			t.Errorf("phase is %v", p.Phase())
		}
		p.stop()
		wantIs(t, p.Start(t.Context()), supervise.ErrStopping)
	})
}

func TestSlowStartIsReportedEveryTenSeconds(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		sleeps := func(context.Context) error { <-time.After(25 * time.Second); return nil }
		p.startHook("db", sleeps)
		p.task("a", supervise.Services, func(t *supervise.Task) { t.Starting, t.Start, t.Started = sleeps, sleeps, sleeps })
		p.start()
		slow := eventsOf[event.SlowStart](p)
		for i, ev := range slow {
			if want := []time.Duration{10 * time.Second, 20 * time.Second}[i%2]; ev.For != want {
				t.Errorf("event %d is after %v, want %v", i, ev.For, want)
			}
		}
		if len(slow) != 8 || slow[0].Source.String() != `hook "db" (orders/module.go:27)` || slow[2].Name != "a" {
			t.Errorf("events: %v", slow)
		}
		p.stop()
	})
}

func TestHookThatReturnsAfterTheLimitIsStopped(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Start: time.Second})
		p.startHook("late", func(context.Context) error { <-time.After(1100 * time.Millisecond); return nil })
		p.hook("b")
		err := p.Start(t.Context())
		p.want("stop late")
		wantText(t, err, "start limit of 1s exceeded", `"late"`)
	})
}

func TestConcurrentStartCollectsAllErrors(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{ConcurrentStart: true})
		errOther := errors.New("other")
		for name, err := range map[string]error{"a": errBoom, "b": errOther, "c": nil} {
			p.task(name, supervise.Services, func(t *supervise.Task) {
				t.Start = func(context.Context) error { <-time.After(time.Second); return err }
			})
		}
		p.task("web", supervise.Intake, nil)
		var err error
		if took := elapsed(func() { err = p.Start(t.Context()) }); took != time.Second {
			t.Errorf("start took %v", took)
		}
		wantIs(t, err, errBoom)
		wantIs(t, err, errOther)
		p.want("stop c")
	})
}
