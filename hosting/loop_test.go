package hosting_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

var errUnit = errors.New("unit failed")

func TestLoopWaitsIdleAfterNil(t *testing.T) {
	bubble(t, func(_ *testing.T, p *program) {
		p.add(hosting.Loop(nothing), func(context.Context) error { p.note(); return nil })
		p.runFor(2500 * time.Millisecond)
		p.wantAt(0, time.Second, 2*time.Second)
	})
}

func TestLoopGoesOnAtOnceAfterAgain(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		calls := 0
		tr := p.add(hosting.Loop(nothing, hosting.Idle(time.Minute)), func(context.Context) error {
			p.note()
			if calls++; calls < 3 {
				return hosting.Again
			}
			return nil
		})
		p.runFor(90 * time.Second)
		p.wantAt(0, 0, 0, time.Minute)
		if i := tr.Info(); i.Failures != 0 || i.Runs != 4 {
			t.Errorf("info = %+v, want 4 runs, no failures", i)
		}
		if n := len(p.failures()); n != 0 {
			t.Errorf("%d failure events, want none", n)
		}
	})
}

func TestLoopBacksOffAfterErrors(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Loop(nothing), func(context.Context) error { p.note(); return errUnit })
		p.runFor(10 * time.Minute)

		want := 100 * time.Millisecond
		for i := 1; i < len(p.at); i++ {
			gap := p.at[i] - p.at[i-1]
			if gap < want*8/10 || gap > want*12/10+1 {
				t.Errorf("back-off %d is %v, want %v with 20 %% jitter", i, gap, want)
			}
			want = min(2*want, 30*time.Second)
		}
		failed := p.failures()
		if len(failed) != len(p.at) {
			t.Errorf("%d failure events, want %d", len(failed), len(p.at))
		}
		if f := failed[0]; !errors.Is(f.Err, errUnit) || f.Name != "test.Unit" || f.Kind != "Loop" || f.Place.IsZero() {
			t.Errorf("event = %+v, want the error, name, kind and place", f)
		}
		if i := tr.Info(); i.Failures != len(p.at) || !errors.Is(i.LastError, errUnit) {
			t.Errorf("info = %+v, want the failures", i)
		}
	})
}

func TestLoopResetsBackOffAfterSuccess(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		calls := 0
		p.add(hosting.Loop(nothing), func(context.Context) error {
			p.note()
			if calls++; calls%4 == 0 {
				return nil
			}
			return errUnit
		})
		p.runFor(10 * time.Second)
		if gap := p.at[5] - p.at[4]; gap > 120*time.Millisecond+1 {
			t.Errorf("back-off after a success is %v, want about 100ms", gap)
		}
	})
}

func TestLoopDelayComesBeforeTheFirstIteration(t *testing.T) {
	bubble(t, func(_ *testing.T, p *program) {
		p.add(hosting.Loop(nothing, hosting.Delay(5*time.Second)), func(context.Context) error { p.note(); return nil })
		p.runFor(6500 * time.Millisecond)
		p.wantAt(5*time.Second, 6*time.Second)
	})
}

func TestStopLetsAUnitFinishWithinItsGrace(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var ended error
		p.add(hosting.Loop(nothing), func(ctx context.Context) error {
			p.note()
			<-time.After(3 * time.Second)
			ended = ctx.Err()
			return nil
		})
		p.runFor(time.Second)
		if ended != nil {
			t.Errorf("context of the unit ended with %v, want it live", ended)
		}
		p.wantAt(0)
	})
}

func TestStopEndsAUnitAfterItsGrace(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var cause error
		var took time.Duration
		tr := p.add(hosting.Loop(nothing, hosting.Grace(2*time.Second)), func(ctx context.Context) error {
			<-ctx.Done()
			cause, took = context.Cause(ctx), time.Since(p.begun)
			return ctx.Err()
		})
		p.runFor(time.Second)
		if !errors.Is(cause, lifecycle.ErrStopping) || took != 3*time.Second {
			t.Errorf("context ended with cause %v at %v, want ErrStopping at 3s", cause, took)
		}
		if i := tr.Info(); i.LastError != nil || i.State != hosting.Ended {
			t.Errorf("info = %+v, want a clean end", i)
		}
		if n := len(p.failures()); n != 0 {
			t.Errorf("%d failure events, want none", n)
		}
	})
}

func TestStopOnErrorStopsTheApplication(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.add(hosting.Loop(nothing, hosting.StopOnError()), func(context.Context) error {
			if p.note(); len(p.at) == 1 {
				return hosting.Again
			}
			<-p.engine.Started()
			return errUnit
		})
		p.start()
		<-p.engine.Requested()
		_ = p.engine.Stop(t.Context())
		if err := p.engine.Cause(); !errors.Is(err, errUnit) {
			t.Errorf("cause is %v, want the error of the unit", err)
		}
		p.wantAt(0, 0)
	})
}

func TestTimeoutEndsTheContextOfOneUnit(t *testing.T) {
	bubble(t, func(_ *testing.T, p *program) {
		p.add(hosting.Loop(nothing, hosting.Timeout(time.Second), hosting.Idle(time.Second)), func(ctx context.Context) error {
			p.note()
			<-ctx.Done()
			return nil
		})
		p.runFor(2500 * time.Millisecond)
		p.wantAt(0, 2*time.Second)
	})
}

func TestUnitThatOutlivesItsTimeoutHasFailed(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.add(hosting.Every(time.Minute, nothing, hosting.Timeout(time.Second)), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		p.runFor(90 * time.Second)
		if f := p.failures(); len(f) != 1 || !errors.Is(f[0].Err, context.DeadlineExceeded) {
			t.Errorf("failures = %v, want one timeout", f)
		}
	})
}

func TestStopKeepsALoopFromAnotherTurn(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.add(hosting.Loop(nothing), func(ctx context.Context) error {
			p.note()
			<-p.engine.Stopping()
			synctest.Wait()
			return hosting.Again
		})
		p.runFor(time.Second)
		p.wantAt(0)
	})
}

func TestEachTimerTellsHowLongItTookToStop(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		for name, took := range map[string]time.Duration{"quick": 0, "slow": 2 * time.Second, "slower": 3 * time.Second} {
			p.add(hosting.Every(time.Hour, nothing, hosting.RunAtStart(), hosting.Name(name)), func(context.Context) error {
				<-time.After(took)
				return nil
			})
		}
		p.start()
		synctest.Wait()
		p.stop()
		got := map[string]time.Duration{}
		for _, ev := range p.events {
			if stopped, ok := ev.(event.TaskStopped); ok {
				got[stopped.Source.Name] = stopped.Took
			}
		}
		if want := map[string]time.Duration{"quick": 0, "slow": 2 * time.Second, "slower": 3 * time.Second}; !maps.Equal(got, want) {
			t.Errorf("timers took %v to stop, want %v", got, want)
		}
	})
}
