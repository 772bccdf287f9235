package hosting_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

// eventsOf are the events of one type.
func eventsOf[E event.Event](p *program) []E {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []E
	for _, ev := range p.events {
		if e, ok := ev.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// calls are the moments of note until now.
func (p *program) calls() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.at)
}

// about reports whether d is want, 20 % more or less.
func about(d, want time.Duration) bool { return d >= want*8/10 && d <= want*12/10+1 }

// wantGaps compares the time from one call to the next with waits that have jitter.
func (p *program) wantGaps(want ...time.Duration) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.at) != len(want)+1 {
		p.t.Fatalf("calls at %v, want %d", p.at, len(want)+1)
	}
	for i, w := range want {
		if gap := p.at[i+1] - p.at[i]; !about(gap, w) {
			p.t.Errorf("wait %d is %v, want about %v", i+1, gap, w)
		}
	}
}

// failAfter fails after d, unless its context ends before.
func failAfter(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return errUnit
	case <-ctx.Done():
		return ctx.Err()
	}
}

// broken are the ways in which a body may fail.
var broken = []struct {
	name string
	do   func() error
	is   error
}{
	{"error", func() error { return errUnit }, errUnit},
	{"panic", func() error { panic(errUnit) }, errUnit},
	{"exit", func() error { runtime.Goexit(); return nil }, supervise.ErrGoexit},
	{"end of a context of its own", func() error { return context.Canceled }, context.Canceled},
}

func TestRestartedRunStopsTheApplicationAfterTooManyFailures(t *testing.T) {
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				tr := p.add(hosting.Run(nothing, hosting.Restart(hosting.Policy{})), func(context.Context) error {
					p.note()
					return b.do()
				})
				p.start()
				<-p.engine.Requested()
				p.stop()
				ms := time.Millisecond
				p.wantGaps(100*ms, 200*ms, 400*ms, 800*ms)
				err := p.engine.Cause()
				if !errors.Is(err, b.is) || !strings.HasPrefix(err.Error(), `Run "test.Unit" (hosting/restart_test.go:`) ||
					!strings.Contains(err.Error(), "failed: 5 failures within 1m0s, the last: ") {
					t.Errorf("cause is %v", err)
				}
				if i := tr.Info(); i.State != hosting.Failed || i.Runs != 5 || i.Restarts != 4 || i.Failures != 5 || !errors.Is(i.LastError, b.is) {
					t.Errorf("info = %+v", i)
				}
				restarts := eventsOf[event.Restarting](p)
				if len(restarts) != 4 || restarts[2].Failure != 3 || restarts[2].Failures != 5 || restarts[2].Window != time.Minute ||
					!about(restarts[2].Wait, 400*ms) || !errors.Is(restarts[2].Err, b.is) {
					t.Errorf("restarts = %+v", restarts)
				}
				if e := eventsOf[event.Escalated](p); len(e) != 1 || !e[0].Stops || e[0].Failures != 5 {
					t.Errorf("escalated = %+v", e)
				}
			})
		})
	}
}

func TestRestartCallsOnlyTheRunOfAServiceAgain(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		s := &flaky{fails: 2}
		tr := p.serve(hosting.Service(nothing, hosting.Restart(hosting.Policy{})), s)
		p.start()
		<-time.After(time.Minute)
		i := tr.Info()
		if i.State != hosting.Active || i.Restarts != 2 || i.Runs != 3 || !errors.Is(i.LastError, errUnit) {
			t.Errorf("info = %+v", i)
		}
		<-time.After(time.Second) // it has been calm for a minute
		if i := tr.Info(); i.LastError != nil {
			t.Errorf("last error is still %v", i.LastError)
		}
		p.stop()
		if s.starts != 1 || s.runs != 3 || s.stops != 1 {
			t.Errorf("%+v, want one start, three runs, one stop", s)
		}
	})
}

// A flaky service fails some times and then runs.
type flaky struct{ fails, starts, runs, stops int }

func (f *flaky) Start(context.Context) error { f.starts++; return nil }
func (f *flaky) Stop(context.Context) error  { f.stops++; return nil }

func (f *flaky) Run(ctx context.Context) error {
	if f.runs++; f.runs <= f.fails {
		return errUnit
	}
	<-ctx.Done()
	return ctx.Err()
}

// LC-038, LC-039, HO-060
func TestUnhealthyTriggerEndsAndTheApplicationGoesOn(t *testing.T) {
	policy := hosting.Restart(hosting.Policy{Failures: 2, Then: hosting.MarkUnhealthy})
	for _, b := range broken {
		for kind, add := range map[string]func(*program, func(context.Context) error) *hosting.Trigger{
			"Run": func(p *program, unit func(context.Context) error) *hosting.Trigger {
				return p.add(hosting.Run(nothing, policy), unit)
			},
			"Run with Abandon": func(p *program, unit func(context.Context) error) *hosting.Trigger {
				return p.add(hosting.Run(nothing, policy, hosting.Abandon()), unit)
			},
			"Service": func(p *program, unit func(context.Context) error) *hosting.Trigger {
				return p.serve(hosting.Service(nothing, policy), &worker{unit})
			},
			"Loop": func(p *program, unit func(context.Context) error) *hosting.Trigger {
				return p.add(hosting.Loop(nothing, policy), unit)
			},
			"Every": func(p *program, unit func(context.Context) error) *hosting.Trigger {
				return p.add(hosting.Every(time.Minute, nothing, policy), unit)
			},
			"Cron": func(p *program, unit func(context.Context) error) *hosting.Trigger {
				return p.add(hosting.Cron("*/5 * * * *", nothing, policy), unit)
			},
		} {
			t.Run(kind+" "+b.name, func(t *testing.T) {
				bubble(t, func(t *testing.T, p *program) {
					tr := add(p, func(context.Context) error { p.note(); return b.do() })
					p.start()
					<-time.After(time.Hour)
					if at := p.calls(); len(at) != 2 {
						t.Errorf("calls at %v, want two", at)
					}
					i := tr.Info()
					if i.State != hosting.Failed || i.State.String() != "failed" || !i.NextRun.IsZero() || i.Failures != 2 || !errors.Is(i.LastError, b.is) {
						t.Errorf("info = %+v", i)
					}
					if phase := p.engine.Phase(); phase != lifecycle.Running {
						t.Errorf("phase is %v", phase)
					}
					if e := eventsOf[event.Escalated](p); len(e) != 1 || e[0].Stops || !errors.Is(e[0].Err, b.is) {
						t.Errorf("escalated = %+v", e)
					}
					p.stop()
					if err := p.engine.Result(); err != nil {
						t.Errorf("result is %v", err)
					}
					if i := tr.Info(); i.State != hosting.Failed {
						t.Errorf("state after the stop is %v", i.State)
					}
					if done := eventsOf[event.TaskDone](p); len(done) != 0 {
						t.Errorf("what failed says that it is done: %v", done)
					}
				})
			})
		}
	}
}

func TestStopEndsTheWaitForARestart(t *testing.T) {
	for name, opts := range map[string][]hosting.Option{"service": nil, "intake": {hosting.Intake()}, "after intake": {hosting.AfterIntake()}} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				tr := p.add(hosting.Run(nothing, append(opts, hosting.Restart(hosting.Policy{First: time.Hour}))...),
					func(context.Context) error { p.note(); return errUnit })
				p.start()
				<-time.After(time.Minute)
				i := tr.Info()
				if i.State != hosting.Restarting || i.State.String() != "restarting" || !about(time.Until(i.NextRun)+time.Minute, time.Hour) || !errors.Is(i.LastError, errUnit) {
					t.Errorf("info = %+v", i)
				}
				began := time.Now()
				p.stop()
				if took := time.Since(began); took != 0 {
					t.Errorf("stop took %v", took)
				}
				if err := p.engine.Result(); err != nil {
					t.Errorf("result is %v", err)
				}
				if i := tr.Info(); i.State != hosting.Ended || i.Failures != 1 || !i.NextRun.IsZero() {
					t.Errorf("info after the stop = %+v", i)
				}
				p.wantAt(0)
			})
		})
	}
}

func TestNothingIsRestartedOnceItsTurnToStopHasCome(t *testing.T) {
	tests := []struct {
		name string
		end  func(context.Context) error
		is   error // of the stop
	}{
		{"clean", func(ctx context.Context) error { return ctx.Err() }, nil},
		{"nil", nothing, nil},
		{"error", func(context.Context) error { return errUnit }, errUnit},
		{"panic", func(ctx context.Context) error { panic(ctx.Err()) }, context.Canceled},
		{"exit", func(context.Context) error { runtime.Goexit(); return nil }, supervise.ErrGoexit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				p.add(hosting.Run(nothing, hosting.Restart(hosting.Policy{When: hosting.Always})), func(ctx context.Context) error {
					p.note()
					<-ctx.Done()
					return test.end(ctx)
				})
				p.start()
				synctest.Wait()
				if err := p.engine.Stop(t.Context()); !errors.Is(err, test.is) || (err == nil) != (test.is == nil) {
					t.Errorf("Stop returns %v", err)
				}
				p.wantAt(0)
				if n := len(eventsOf[event.Restarting](p)); n != 0 {
					t.Errorf("%d restarts", n)
				}
			})
		})
	}
}

func TestAlwaysRestartsAfterNilWithTheFirstWait(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Run(nothing, hosting.Restart(hosting.Policy{When: hosting.Always, First: time.Second, Failures: 1})),
			func(context.Context) error { p.note(); return nil })
		p.runFor(10 * time.Second)
		for i := 1; i < len(p.at); i++ {
			if gap := p.at[i] - p.at[i-1]; !about(gap, time.Second) {
				t.Errorf("wait %d is %v", i, gap)
			}
		}
		i := tr.Info()
		if n := len(p.at); n < 8 || i.Restarts != n-1 || i.Failures != 0 || i.LastError != nil {
			t.Errorf("%d calls, info = %+v", n, i)
		}
		if e := eventsOf[event.Restarting](p); e[0].Err != nil || e[0].Failure != 0 {
			t.Errorf("event = %+v", e[0])
		}
	})
}

func TestOnFailureNilIsTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		calls := 0
		tr := p.add(hosting.Run(nothing, hosting.Restart(hosting.Policy{})), func(context.Context) error {
			if calls++; calls == 1 {
				return errUnit
			}
			return nil
		})
		p.start()
		<-time.After(time.Minute)
		if i := tr.Info(); i.State != hosting.Ended || i.Runs != 2 {
			t.Errorf("info = %+v", i)
		}
		if n := len(eventsOf[event.TaskDone](p)); n != 1 {
			t.Errorf("%d events say that it is done", n)
		}
		p.stop()
	})
}

func TestNeverGivesUpAtTheFirstFailure(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Run(nothing, hosting.Restart(hosting.Policy{When: hosting.Never, Then: hosting.MarkUnhealthy})),
			func(context.Context) error { return errUnit })
		p.runFor(time.Minute)
		if i := tr.Info(); i.State != hosting.Failed || i.Runs != 1 || i.LastError != errUnit { //nolint:errorlint // as it is
			t.Errorf("info = %+v", i)
		}
	})
}

func TestFailuresOutsideTheWindowDoNotCount(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		policy := hosting.Policy{First: time.Second, Failures: 3, Window: time.Minute, Calm: time.Hour}
		tr := p.add(hosting.Run(nothing, hosting.Restart(policy)), func(ctx context.Context) error {
			p.note()
			return failAfter(ctx, 40*time.Second) // two in a window, never three
		})
		p.runFor(20 * time.Minute)
		if i := tr.Info(); i.State != hosting.Ended || len(p.at) < 15 {
			t.Errorf("%d calls, info = %+v", len(p.at), i)
		}
		if gap := p.at[9] - p.at[8]; !about(gap-40*time.Second, 30*time.Second) {
			t.Errorf("wait is %v, want the longest: there was no calm", gap-40*time.Second)
		}
	})
}

func TestCalmTimeForgetsFailures(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		policy := hosting.Policy{First: time.Second, Failures: 3, Window: time.Hour, Calm: 10 * time.Second}
		tr := p.add(hosting.Run(nothing, hosting.Restart(policy)), func(ctx context.Context) error {
			p.note()
			return failAfter(ctx, time.Duration(len(p.at)%2)*10*time.Second)
		})
		p.runFor(10 * time.Minute)
		if i := tr.Info(); i.State != hosting.Ended || len(p.at) < 60 {
			t.Errorf("%d calls, info = %+v", len(p.at), i)
		}
	})
}
