package hosting_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestErrDoneEndsATriggerForGood(t *testing.T) {
	always := hosting.Restart(hosting.Policy{When: hosting.Always})
	stop := hosting.StopOnError()
	for kind, add := range map[string]func(*program, func(context.Context) error) *hosting.Trigger{
		"Run": func(p *program, unit func(context.Context) error) *hosting.Trigger {
			return p.add(hosting.Run(nothing), unit)
		},
		"restarted Run": func(p *program, unit func(context.Context) error) *hosting.Trigger {
			return p.add(hosting.Run(nothing, always), unit)
		},
		"Service": func(p *program, unit func(context.Context) error) *hosting.Trigger {
			return p.serve(hosting.Service(nothing), &worker{unit})
		},
		"restarted Service": func(p *program, unit func(context.Context) error) *hosting.Trigger {
			return p.serve(hosting.Service(nothing, always), &worker{unit})
		},
		"Loop": func(p *program, unit func(context.Context) error) *hosting.Trigger {
			return p.add(hosting.Loop(nothing, stop), unit)
		},
		"Cron": func(p *program, unit func(context.Context) error) *hosting.Trigger {
			return p.add(hosting.Cron("@every 1s", nothing, stop), unit)
		},
		"Every": func(p *program, unit func(context.Context) error) *hosting.Trigger {
			return p.add(hosting.Every(time.Second, nothing, stop), unit)
		},
	} {
		t.Run(kind, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				tr := add(p, func(context.Context) error { p.note(); return hosting.ErrDone })
				p.start()
				<-time.After(time.Minute)
				if i := tr.Info(); len(p.calls()) != 1 || i.State != hosting.Ended || i.Failures != 0 || i.LastError != nil {
					t.Errorf("calls at %v, info = %+v", p.calls(), i)
				}
				if n := len(eventsOf[event.TaskDone](p)); n != 1 {
					t.Errorf("%d events say that it is done", n)
				}
				if turns := []string{"Loop", "Every", "Cron"}; slices.Contains(turns, tr.Info().Kind) {
					if err := tr.RunNow(t.Context()); !errors.Is(err, hosting.ErrDone) {
						t.Errorf("RunNow returns %v", err)
					}
				}
				p.stop()
				if err := p.engine.Result(); err != nil {
					t.Errorf("result is %v", err)
				}
			})
		})
	}
}

func TestErrDoneOfARunNowEndsTheTriggerToo(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Every(time.Hour, nothing), func(context.Context) error { return hosting.ErrDone })
		p.start()
		if err := tr.RunNow(t.Context()); err != nil {
			t.Errorf("RunNow returns %v", err)
		}
		synctest.Wait()
		if i := tr.Info(); i.State != hosting.Ended {
			t.Errorf("state is %v", i.State)
		}
		p.stop()
	})
}

func TestPanicWithErrDoneIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Run(nothing), func(context.Context) error { <-p.engine.Started(); panic(hosting.ErrDone) })
		p.start()
		<-p.engine.Requested()
		p.stop()
		var panicked *supervise.PanicError
		if !errors.As(p.engine.Cause(), &panicked) || !errors.As(tr.Info().LastError, &panicked) {
			t.Errorf("cause is %v, info %+v", p.engine.Cause(), tr.Info())
		}
	})
}

func TestErrDoneOfAStartIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var lines []string
		tr := p.serve(hosting.Service(nothing), diary{name: "a", lines: &lines, startErr: hosting.ErrDone})
		if err := p.engine.Start(t.Context()); !errors.Is(err, hosting.ErrDone) {
			t.Errorf("Start returns %v", err)
		}
		if i := tr.Info(); i.Failures != 1 {
			t.Errorf("info = %+v", i)
		}
	})
}
