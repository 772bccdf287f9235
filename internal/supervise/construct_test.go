package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestConstructThenStart(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		err := p.Construct(t.Context(), func() error {
			defer p.Building("orders.NewDB", here)()
			p.cleanup("db")
			p.hook("db")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		p.start()
		p.stop()
		p.want("start db", "stop db", "release db")
	})
}

func TestFailedConstructionReleasesWhatWasBuilt(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		err := p.Construct(t.Context(), func() error {
			p.cleanup("db")
			p.hook("db")
			return errBoom
		})
		p.want("release db")
		if err != errBoom {
			t.Errorf("error is %v", err)
		}
		wantIs(t, p.Start(t.Context()), supervise.ErrStopping)
		wantIs(t, p.Result(), errBoom)
	})
}

func TestConstructorThatHangsIsNamedAndReleasedWhenItReturns(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Start: 3 * time.Second})
		goOn := make(chan struct{})
		var err error
		took := elapsed(func() {
			err = p.Construct(t.Context(), func() error {
				p.cleanup("config")
				defer p.Building("orders.NewDB", here)()
				func() {
					defer p.Building("orders.NewPool", here)()
					<-goOn
				}()
				p.cleanup("db")
				return nil
			})
		})
		if took != 3250*time.Millisecond {
			t.Errorf("construction was given up after %v", took)
		}
		wantIs(t, err, context.DeadlineExceeded)
		wantText(t, err, "start limit of 3s exceeded", `constructor "orders.NewPool" (orders/module.go:27) hangs: it did not return within 3.25s`)
		wantOneGoroutine(t, as[*supervise.HungError](t, err).Stack)
		p.want()
		if isClosed(p.Stopped()) {
			t.Error("stopped before the release")
		}
		if p.Stop(t.Context()) == nil {
			t.Error("stop has another result")
		}
		close(goOn)
		<-p.Stopped()
		p.want("release db", "release config")
	})
}

func TestConstructorThatHonoursItsContextIsInterrupted(t *testing.T) {
	errDown := errors.New("database is down")
	tests := []struct {
		name   string
		limits supervise.Limits
		ask    func(p *program)
		is     error
		says   string
	}{
		{"by the limit", supervise.Limits{Start: time.Second}, nil, errDown, "start limit of 1s exceeded: database is down"},
		{"by a shutdown", supervise.Limits{}, func(p *program) { p.Shutdown(nil) }, supervise.ErrStopping, "database is down"},
		{"by a stop", supervise.Limits{}, func(p *program) { go func() { _ = p.Stop(context.Background()) }() }, supervise.ErrStopping, "database is down"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				p.Configure(test.limits)
				if test.ask != nil {
					time.AfterFunc(time.Second, func() { test.ask(p) })
				}
				err := p.Construct(t.Context(), func() error {
					p.cleanup("config")
					<-p.Context().Done()
					wantIs(t, p.Interrupted(), supervise.ErrStopping)
					return errDown
				})
				wantIs(t, err, test.is)
				wantText(t, err, test.says)
				p.want("release config")
			})
		})
	}
}

func TestShutdownBeforeConstructionConstructsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		if p.Interrupted() != nil {
			t.Error("interrupted at the beginning")
		}
		p.Shutdown(nil)
		err := p.Construct(t.Context(), func() error { t.Error("constructed"); return nil })
		wantIs(t, err, supervise.ErrStopping)
		if p.Result() != nil {
			t.Errorf("result is %v", p.Result())
		}
	})
}

func TestConstructionThatPanicsIsReleased(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		err := p.Construct(t.Context(), func() error {
			p.cleanup("config")
			panic(errBoom)
		})
		as[*supervise.PanicError](t, err)
		p.want("release config")
	})
}

func TestStartLimitCoversConstruction(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Start: 3 * time.Second})
		if err := p.Construct(t.Context(), func() error { <-time.After(2 * time.Second); return nil }); err != nil {
			t.Fatal(err)
		}
		p.startHook("a", waits)
		if took := elapsed(func() { wantIs(t, p.Start(t.Context()), context.DeadlineExceeded) }); took != time.Second {
			t.Errorf("start took %v", took)
		}
	})
}

func TestSlowConstructorIsReported(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		err := p.Construct(t.Context(), func() error {
			<-time.After(5 * time.Second)
			defer p.Building("orders.NewDB", here)()
			<-time.After(10 * time.Second)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slow := eventsOf[event.SlowStart](p)
		if got := fmt.Sprint(slow); got != `[constructor "orders.NewDB" (orders/module.go:27)]` && len(slow) != 1 {
			t.Errorf("events: %v", got)
		}
		if slow[0].For != 5*time.Second || slow[0].Name != "orders.NewDB" {
			t.Errorf("event: %+v", slow[0])
		}
		synctest.Wait()
		p.stop()
	})
}

func TestConstructorThatIsTooSlowIsNamed(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.Configure(supervise.Limits{Start: time.Second})
		err := p.Construct(t.Context(), func() error {
			p.cleanup("config")
			defer p.Building("orders.NewDB", here)()
			<-time.After(1100 * time.Millisecond)
			return p.Interrupted()
		})
		wantIs(t, err, context.DeadlineExceeded)
		wantText(t, err, `start limit of 1s exceeded: constructor "orders.NewDB" (orders/module.go:27) failed after 1.1s: start limit is over`)
		p.want("release config")
	})
}
