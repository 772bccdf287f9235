package supervise_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestGateIsOpenFromConstructionToTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		gate := p.NewGate("orders.Relay", here)
		wantIs(t, gate.Enter(), supervise.ErrNotReady)
		p.stopHook("a", func(context.Context) error {
			defer gate.Leave()
			return gate.Enter()
		})
		p.start()
		if err := gate.Enter(); err != nil || gate.Open() != 1 {
			t.Errorf("enter: %v, open: %d", err, gate.Open())
		}
		gate.Leave()
		p.stop()
		wantIs(t, gate.Enter(), supervise.ErrClosed)
		if gate.Open() != 0 {
			t.Errorf("open: %d", gate.Open())
		}
	})
}

func TestGateOfAnApplicationThatNeverStartedIsClosed(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		gate := p.NewGate("orders.Relay", here)
		p.stop()
		p.Constructed()
		wantIs(t, gate.Enter(), supervise.ErrClosed)
	})
}

func TestStopWaitsForOpenScopesBeforeItReleases(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		gate, other := p.NewGate("orders.Relay", here), p.NewGate("orders.Expire", here)
		p.cleanup("db")
		p.start()
		for _, g := range []*supervise.Gate{gate, gate, other} {
			if err := g.Enter(); err != nil {
				t.Fatal(err)
			}
		}
		time.AfterFunc(time.Second, gate.Leave)
		time.AfterFunc(2*time.Second, other.Leave)
		time.AfterFunc(3*time.Second, func() { p.note("leave"); gate.Leave() })
		if took := elapsed(p.stop); took != 3*time.Second {
			t.Errorf("stop took %v", took)
		}
		p.want("leave", "release db")
	})
}

func TestScopesThatStayOpenAreNamed(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		gate, one := p.NewGate("orders.Relay", here), p.NewGate("orders.Expire", here)
		p.NewGate("orders.Idle", here)
		p.cleanup("db")
		p.start()
		for _, g := range []*supervise.Gate{gate, gate, one} {
			_ = g.Enter()
		}
		var err error
		if took := elapsed(func() { err = p.Stop(t.Context()) }); took != 20*time.Second {
			t.Errorf("stop took %v", took)
		}
		p.want("release db")
		wantText(t, err, `2 scopes of "orders.Relay" (orders/module.go:27) are still open`, `1 scope of "orders.Expire" (orders/module.go:27) is still open`)
		if open := as[*supervise.ScopesError](t, err); open.Count != 2 {
			t.Errorf("count is %d", open.Count)
		}
		if n := len(eventsOf[event.ScopesOpen](p)); n != 2 {
			t.Errorf("%d events", n)
		}
	})
}

func TestGateAllocatesNothing(t *testing.T) {
	e := supervise.New(nil)
	gate := e.NewGate("orders.Relay", here)
	e.Constructed()
	if n := testing.AllocsPerRun(100, func() {
		if gate.Enter() == nil {
			gate.Leave()
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestGateCountsFromManyGoroutinesWhileStopping(t *testing.T) {
	for range 50 {
		bubble(t, func(t *testing.T, p *program) {
			gate := p.NewGate("orders.Relay", here)
			p.start()
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for range 100 {
						if gate.Enter() == nil {
							gate.Leave()
						}
					}
				})
			}
			p.stop()
			wg.Wait()
			synctest.Wait()
			if gate.Open() != 0 {
				t.Errorf("open: %d", gate.Open())
			}
		})
	}
}

func BenchmarkGate(b *testing.B) {
	e := supervise.New(nil)
	gate := e.NewGate("orders.Relay", here)
	e.Constructed()
	for b.Loop() {
		if gate.Enter() == nil {
			gate.Leave()
		}
	}
}

func TestStopDoesNotWaitForTheScopeOfACallThatWasGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		gate := p.NewGate("orders.Migrate", here)
		p.cleanup("db")
		release := make(chan struct{})
		p.Append(supervise.Hook{Name: "orders.Migrate", Place: here, Timeout: time.Second, Start: func(context.Context) error {
			defer gate.Leave()
			_ = gate.Enter()
			<-release
			return nil
		}})
		p.Constructed()
		var err error
		if took := elapsed(func() { err = p.Start(t.Context()) }); took != 1250*time.Millisecond {
			t.Errorf("start took %v", took)
		}
		p.want("release db")
		wantText(t, err, `start of hook "orders.Migrate" (orders/module.go:27) hangs: it did not return within 1.25s`)
		if strings.Contains(err.Error(), "still open") {
			t.Errorf("what was named is named again: %v", err)
		}
		close(release)
		synctest.Wait()
	})
}
