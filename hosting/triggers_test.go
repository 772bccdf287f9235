package hosting_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/lifecycle"
)

func (p *program) names() []string {
	var names []string
	for _, tr := range hosting.TriggersOf(p.engine).All() {
		names = append(names, tr.Info().Name)
	}
	return names
}

func TestDefaultNamesAreNumbered(t *testing.T) {
	p := newProgram(t)
	for range 3 {
		p.add(hosting.Loop(nothing), nothing)
	}
	p.add(hosting.Loop(nothing, hosting.Name("mine")), nothing)
	if got, want := p.names(), []string{"test.Unit", "test.Unit#2", "test.Unit#3", "mine"}; !slices.Equal(got, want) {
		t.Errorf("names are %q, want %q", got, want)
	}
}

func TestGivenNameTakesPrecedenceOverADefaultOne(t *testing.T) {
	p := newProgram(t)
	first := p.add(hosting.Loop(nothing), nothing)
	given := p.add(hosting.Loop(nothing, hosting.Name("test.Unit")), nothing)
	if a, b := first.Info().Name, given.Info().Name; a != "test.Unit#2" || b != "test.Unit" {
		t.Errorf("names are %q and %q, want test.Unit#2 and test.Unit", a, b)
	}
	if found, ok := hosting.TriggersOf(p.engine).Find("test.Unit#2"); !ok || found != first {
		t.Error("the first trigger is not found by its new name")
	}
}

func TestNameGivenTwiceIsAnErrorWithBothPlaces(t *testing.T) {
	p := newProgram(t)
	p.add(hosting.Loop(nothing, hosting.Name("mine")), nothing)
	err := p.install(hosting.Run(nothing, hosting.Name("mine")), decl.Bound{Call: call(nothing)})
	if err == nil || strings.Count(err.Error(), "hosting/triggers_test.go:") != 2 || !strings.Contains(err.Error(), `"mine"`) {
		t.Errorf("Install returns %v, want the name and both places", err)
	}
}

func TestOnlyStartsTheNamedTriggers(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		hosting.Only(p.engine, "b")
		a := p.add(hosting.Loop(nothing, hosting.Name("a")), func(context.Context) error { t.Error("a runs"); return nil })
		b := p.add(hosting.Loop(nothing, hosting.Name("b")), func(context.Context) error { p.note(); return nil })
		if err := hosting.CheckOnly(p.engine); err != nil {
			t.Error(err)
		}
		p.start()
		synctest.Wait()
		if a, b := a.Info().State, b.Info().State; a != hosting.Off || b != hosting.Waiting {
			t.Errorf("states are %v and %v, want off and waiting", a, b)
		}
		p.stop()
		p.wantAt(0)
	})
}

func TestOnlyWithoutNamesStartsNone(t *testing.T) {
	bubble(t, func(_ *testing.T, p *program) {
		hosting.Only(p.engine)
		p.add(hosting.Loop(nothing), func(context.Context) error { p.note(); return nil })
		p.runFor(time.Minute)
		p.wantAt()
	})
}

func TestOnlyOfAnUnknownNameIsAnError(t *testing.T) {
	p := newProgram(t)
	hosting.Only(p.engine, "b", "c")
	p.add(hosting.Loop(nothing, hosting.Name("a")), nothing)
	p.add(hosting.Loop(nothing, hosting.Name("b")), nothing)
	err := hosting.CheckOnly(p.engine)
	if want := `trigger "c" does not exist: there are "a", "b"`; err == nil || err.Error() != want {
		t.Errorf("CheckOnly returns %v, want %s", err, want)
	}
}

func TestRunNowOfATriggerThatIsOffTakesATurn(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		hosting.Only(p.engine)
		tr := p.add(hosting.Loop(nothing), func(context.Context) error { p.note(); return hosting.Again })
		p.start()
		if err := tr.RunNow(t.Context()); err != nil {
			t.Errorf("RunNow returns %v, want nil for Again", err)
		}
		if i := tr.Info(); i.State != hosting.Off || i.Runs != 1 {
			t.Errorf("info = %+v, want one run, off", i)
		}
		p.stop()
		p.wantAt(0)
	})
}

func TestInfoTellsWhatATriggerDoes(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var during hosting.Info
		var tr *hosting.Trigger
		tr = p.add(hosting.Every(time.Minute, nothing), func(context.Context) error {
			during = tr.Info()
			return errUnit
		})
		before := tr.Info()
		if before.State != hosting.Pending || !before.NextRun.IsZero() || before.Kind != "Every" || before.Interval != time.Minute {
			t.Errorf("before the start: %+v", before)
		}
		if !strings.HasPrefix(before.Place, "hosting/triggers_test.go:") {
			t.Errorf("place is %q, want that of the declaration", before.Place)
		}
		p.start()
		synctest.Wait()
		if i := tr.Info(); i.State != hosting.Waiting || !i.NextRun.Equal(p.begun.Add(time.Minute)) || !i.LastRun.IsZero() {
			t.Errorf("before the first tick: %+v", i)
		}
		<-time.After(90 * time.Second)
		synctest.Wait()
		if during.State != hosting.Active || !during.NextRun.IsZero() || !during.LastRun.Equal(p.begun.Add(time.Minute)) {
			t.Errorf("during the first tick: %+v", during)
		}
		i := tr.Info()
		if i.Runs != 1 || i.Failures != 1 || !errors.Is(i.LastError, errUnit) || !i.NextRun.Equal(p.begun.Add(2*time.Minute)) {
			t.Errorf("after the first tick: %+v", i)
		}
		p.stop()
		if i := tr.Info(); i.State != hosting.Ended || !i.NextRun.IsZero() {
			t.Errorf("after the stop: %+v", i)
		}
	})
}

func TestPausedEveryDropsTicks(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Every(10*time.Second, nothing), func(context.Context) error { p.note(); return nil })
		p.start()
		<-time.After(15 * time.Second)
		tr.Pause()
		if i := tr.Info(); i.State != hosting.Paused || !i.NextRun.IsZero() {
			t.Errorf("info = %+v, want it paused", i)
		}
		<-time.After(20 * time.Second)
		tr.Resume()
		<-time.After(10 * time.Second)
		p.stop()
		p.wantAt(10*time.Second, 40*time.Second)
	})
}

func TestResumedLoopGoesOnAtOnce(t *testing.T) {
	bubble(t, func(_ *testing.T, p *program) {
		tr := p.add(hosting.Loop(nothing, hosting.Idle(time.Minute)), func(context.Context) error { p.note(); return nil })
		p.start()
		<-time.After(5 * time.Second)
		tr.Pause()
		<-time.After(80 * time.Second)
		tr.Resume()
		tr.Resume()
		<-time.After(10 * time.Second)
		p.stop()
		p.wantAt(0, 85*time.Second)
	})
}

func TestTriggerPausedBeforeTheStartTakesNoTurn(t *testing.T) {
	bubble(t, func(_ *testing.T, p *program) {
		p.add(hosting.Loop(nothing), func(context.Context) error { p.note(); return nil }).Pause()
		p.runFor(time.Minute)
		p.wantAt()
	})
}

// LC-051.
func TestSetIntervalAppliesToTheWaitUnderWay(t *testing.T) {
	tests := []struct {
		name     string
		interval time.Duration
		want     []time.Duration
	}{
		{"longer", 20 * time.Second, []time.Duration{10 * time.Second, 30 * time.Second, 50 * time.Second}},
		{"shorter", 8 * time.Second, []time.Duration{10 * time.Second, 18 * time.Second, 26 * time.Second, 34 * time.Second, 42 * time.Second, 50 * time.Second}},
		{"over already", 3 * time.Second, []time.Duration{10 * time.Second, 15 * time.Second, 16 * time.Second, 19 * time.Second, 22 * time.Second}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				tr := p.add(hosting.Every(10*time.Second, nothing), func(context.Context) error { p.note(); return nil })
				p.start()
				<-time.After(15 * time.Second)
				if err := tr.SetInterval(test.interval); err != nil {
					t.Fatal(err)
				}
				<-time.After(test.want[len(test.want)-1] - 14*time.Second)
				p.stop()
				p.wantAt(test.want...)
			})
		})
	}
}

func TestSetIntervalDuringATurnAppliesToTheNextWait(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var tr *hosting.Trigger
		tr = p.add(hosting.Every(10*time.Second, nothing), func(context.Context) error {
			p.note()
			return tr.SetInterval(30 * time.Second)
		})
		p.runFor(80 * time.Second)
		p.wantAt(10*time.Second, 40*time.Second, 70*time.Second)
	})
}

func TestSetIntervalLeavesTheDelayAlone(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Every(time.Minute, nothing, hosting.Delay(5*time.Second)), func(context.Context) error { p.note(); return nil })
		p.start()
		<-time.After(time.Second)
		_ = tr.SetInterval(2 * time.Second)
		<-time.After(7 * time.Second)
		p.stop()
		p.wantAt(5*time.Second, 7*time.Second)
	})
}

// LC-043.
func TestTriggerWithoutTurnsRefusesThem(t *testing.T) {
	p := newProgram(t)
	run := p.add(hosting.Run(nothing, hosting.Name("watch")), nothing)
	if err := run.RunNow(t.Context()); err == nil || err.Error() != `trigger "watch" has no turns: it is a Run` {
		t.Errorf("RunNow returns %v", err)
	}
	if err := run.SetInterval(1); err == nil || err.Error() != `trigger "watch" has no interval: it is a Run` {
		t.Errorf("SetInterval returns %v", err)
	}
	loop := p.add(hosting.Loop(nothing, hosting.Name("relay")), nothing)
	if err := loop.SetInterval(0); err == nil || err.Error() != `interval of trigger "relay" must be positive, is 0s` {
		t.Errorf("SetInterval returns %v", err)
	}
}

func TestRunNowReturnsTheResultAndLeavesTheSchedule(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Every(10*time.Second, nothing, hosting.StopOnError()), func(context.Context) error {
			if p.note(); len(p.at) == 1 {
				return errUnit
			}
			return nil
		})
		p.start()
		<-time.After(3 * time.Second)
		tr.Pause()
		if err := tr.RunNow(t.Context()); !errors.Is(err, errUnit) {
			t.Errorf("RunNow returns %v, want the error of the unit", err)
		}
		tr.Resume()
		<-time.After(10 * time.Second)
		p.stop()
		p.wantAt(3*time.Second, 10*time.Second)
		if n := len(p.failures()); n != 1 {
			t.Errorf("%d failure events, want 1", n)
		}
	})
}

// LC-047, LC-049.
func TestRunNowWaitsForTheTurnUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Loop(nothing, hosting.Idle(time.Minute)), func(context.Context) error {
			p.note()
			<-time.After(10 * time.Second)
			return nil
		})
		p.start()
		<-time.After(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := tr.RunNow(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("RunNow returns %v, want the end of its context", err)
		}
		if err := tr.RunNow(t.Context()); err != nil {
			t.Error(err)
		}
		p.stop()
		p.wantAt(0, 10*time.Second)
	})
}

func TestTickWaitsForRunNow(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Every(10*time.Second, nothing), func(context.Context) error {
			p.note()
			<-time.After(4 * time.Second)
			return nil
		})
		p.start()
		<-time.After(8 * time.Second)
		if err := tr.RunNow(t.Context()); err != nil {
			t.Error(err)
		}
		<-time.After(7 * time.Second)
		p.stop()
		p.wantAt(8*time.Second, 12*time.Second)
	})
}

func TestStopWaitsForRunNowAndEndsItAfterTheGrace(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var live error
		var cause error
		tr := p.add(hosting.Every(time.Hour, nothing, hosting.Grace(5*time.Second)), func(ctx context.Context) error {
			<-time.After(4 * time.Second)
			live = ctx.Err()
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		})
		p.start()
		result := make(chan error)
		go func() { result <- tr.RunNow(context.Background()) }()
		synctest.Wait()
		began := time.Now()
		go p.stop()
		if err := <-result; !errors.Is(err, context.Canceled) {
			t.Errorf("RunNow returns %v, want the end of the context", err)
		}
		if took := time.Since(began); live != nil || !errors.Is(cause, lifecycle.ErrStopping) || took != 5*time.Second {
			t.Errorf("context was %v within the grace, ended with %v after %v, want live, ErrStopping, 5s", live, cause, took)
		}
		<-p.engine.Stopped()
		if err := tr.RunNow(t.Context()); !errors.Is(err, lifecycle.ErrStopping) {
			t.Errorf("RunNow after the stop returns %v, want ErrStopping", err)
		}
	})
}
