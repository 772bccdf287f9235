package hosting_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/supervise"
)

func TestLoopWaitsAsItsPolicySays(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		policy := hosting.Policy{First: time.Minute, Most: 2 * time.Minute, Failures: 4, Window: time.Hour}
		p.add(hosting.Loop(nothing, hosting.Restart(policy)), func(context.Context) error { p.note(); return errUnit })
		p.start()
		<-p.engine.Requested()
		p.stop()
		p.wantGaps(time.Minute, 2*time.Minute, 2*time.Minute)
		if err := p.engine.Cause(); !errors.Is(err, errUnit) || !strings.Contains(err.Error(), "4 failures within 1h0m0s, the last: ") {
			t.Errorf("cause is %v", err)
		}
		if n := len(p.failures()); n != 4 {
			t.Errorf("%d failures are events, want 4", n)
		}
	})
}

func TestEveryCountsFailuresInARow(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		policy := hosting.Policy{Failures: 3}
		tr := p.add(hosting.Every(time.Hour, nothing, hosting.Restart(policy)), func(context.Context) error {
			p.note()
			if len(p.at) == 3 {
				return nil
			}
			return errUnit
		})
		p.start()
		<-p.engine.Requested()
		p.stop()
		h := time.Hour
		p.wantAt(h, 2*h, 3*h, 4*h, 5*h, 6*h)
		if err := p.engine.Cause(); !errors.Is(err, errUnit) || !strings.Contains(err.Error(), "3 failures in a row, the last: ") {
			t.Errorf("cause is %v", err)
		}
		if i := tr.Info(); i.State != hosting.Failed || i.Failures != 5 || i.Restarts != 0 {
			t.Errorf("info = %+v", i)
		}
	})
}

func TestTurnsOfRunNowDoNotCountAgainstThePolicy(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Every(time.Hour, nothing, hosting.Restart(hosting.Policy{Failures: 2})), func(context.Context) error { return errUnit })
		p.start()
		for range 5 {
			if err := tr.RunNow(t.Context()); !errors.Is(err, errUnit) {
				t.Errorf("RunNow returns %v", err)
			}
		}
		<-time.After(90 * time.Minute)
		if i := tr.Info(); i.State != hosting.Waiting || i.Failures != 6 {
			t.Errorf("info = %+v", i)
		}
		p.stop()
	})
}

func TestLoopAndTimerGoOnAfterTheirUnitExits(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		loop := p.add(hosting.Loop(nothing), func(context.Context) error { runtime.Goexit(); return nil })
		every := p.add(hosting.Every(time.Second, nothing), func(context.Context) error { runtime.Goexit(); return nil })
		p.runFor(5500 * time.Millisecond)
		for _, tr := range []*hosting.Trigger{loop, every} {
			if i := tr.Info(); i.Runs < 5 || i.Failures != i.Runs || !errors.Is(i.LastError, supervise.ErrGoexit) || i.State != hosting.Ended {
				t.Errorf("info = %+v", i)
			}
		}
		if err := p.engine.Result(); err != nil {
			t.Errorf("result is %v", err)
		}
	})
}

func TestTimerCountsWithinItsWindowWhateverTheWaitsAre(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		policy := hosting.Policy{First: 24 * time.Hour, Failures: 3, Window: 10 * time.Minute, Calm: 5 * time.Minute}
		tr := p.add(hosting.Every(time.Minute, nothing, hosting.Restart(policy)), func(context.Context) error {
			p.note()
			if n := len(p.at); n < 10 && n%4 != 0 || n >= 20 { // among the first, four minutes of calm at most
				return nil
			}
			return errUnit
		})
		p.start()
		<-p.engine.Requested()
		p.stop()
		if n := len(p.calls()); n != 10 {
			t.Errorf("gave up at turn %d, want 10: the third failure within ten minutes", n)
		}
		if i := tr.Info(); i.Failures != 3 {
			t.Errorf("info = %+v", i)
		}
	})
}

func TestTurnByHandLeavesWhatHasFailed(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		fails := true
		policy := hosting.Policy{When: hosting.Never, Then: hosting.MarkUnhealthy}
		tr := p.add(hosting.Every(time.Minute, nothing, hosting.Restart(policy)), func(context.Context) error {
			if fails {
				return errUnit
			}
			return nil
		})
		p.start()
		<-time.After(time.Hour)
		synctest.Wait()
		fails = false
		if err := tr.RunNow(t.Context()); err != nil {
			t.Error(err)
		}
		if i := tr.Info(); i.State != hosting.Failed || i.Runs != 2 || !errors.Is(i.LastError, errUnit) {
			t.Errorf("info = %+v", i)
		}
		p.stop()
	})
}
