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
	"github.com/berth-go/berth/lifecycle/event"
)

// A worker is a service with a Run method only.
type worker struct{ run func(context.Context) error }

func (w *worker) Run(ctx context.Context) error { return w.run(ctx) }

// worked is no service.
type worked struct{}

// A diary is a service with every method, which writes down what is called.
type diary struct {
	name     string
	lines    *[]string
	startErr error
}

func (d diary) write(line string) error { *d.lines = append(*d.lines, line+" "+d.name); return nil }

func (d diary) Starting(context.Context) error { return d.write("starting") }
func (d diary) Start(context.Context) error    { return errors.Join(d.write("start"), d.startErr) }
func (d diary) Started(context.Context) error  { return d.write("started") }
func (d diary) Stopping(context.Context) error { return d.write("stopping") }
func (d diary) Stop(context.Context) error     { return d.write("stop") }
func (d diary) Stopped(context.Context) error  { return d.write("stopped") }

func (p *program) diaries(opts map[string][]hosting.Option, names ...string) (lines func() []string) {
	var written []string
	for _, name := range names {
		p.serve(hosting.Service(nothing, opts[name]...), diary{name: name, lines: &written})
	}
	return func() []string { return written }
}

func TestServiceMethodsAreCalledInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		lines := p.diaries(nil, "a", "b")
		p.start()
		p.stop()
		want := strings.Split("starting a,starting b,start a,start b,started a,started b,"+
			"stopping b,stopping a,stop b,stop a,stopped b,stopped a", ",")
		if got := lines(); !slices.Equal(got, want) {
			t.Errorf("calls are\n%q, want\n%q", got, want)
		}
	})
}

func TestIntakeStartsLateAndStopsFirst(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		lines := p.diaries(map[string][]hosting.Option{"a": {hosting.AfterIntake()}, "b": {hosting.Intake()}}, "a", "b", "c")
		p.start()
		p.stop()
		var got []string
		for _, line := range lines() {
			if strings.HasPrefix(line, "start ") || strings.HasPrefix(line, "stop ") {
				got = append(got, line)
			}
		}
		if want := strings.Split("start c,start b,start a,stop a,stop b,stop c", ","); !slices.Equal(got, want) {
			t.Errorf("calls are %q, want %q", got, want)
		}
	})
}

func TestServiceWithNeitherStartNorRunIsAnError(t *testing.T) {
	err := newProgram(t).install(hosting.Service(nothing), decl.Bound{Value: &worked{}})
	if err == nil || !strings.HasPrefix(err.Error(), "service *hosting_test.worked at hosting/service_test.go:") {
		t.Errorf("Install returns %v, want an error with name and place", err)
	}
}

func TestServiceThatFailsToStartFailsTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var lines []string
		tr := p.serve(hosting.Host[diary](), diary{name: "a", lines: &lines, startErr: errUnit})
		if err := p.engine.Start(t.Context()); !errors.Is(err, errUnit) {
			t.Errorf("Start returns %v, want the error of the service", err)
		}
		if i := tr.Info(); i.State != hosting.Ended || !errors.Is(i.LastError, errUnit) || i.Kind != "Service" {
			t.Errorf("info = %+v, want it ended with the error", i)
		}
	})
}

// LC-023
func TestRunLastsAsLongAsTheApplication(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var cause error
		tr := p.add(hosting.Run(nothing), func(ctx context.Context) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		})
		p.start()
		synctest.Wait()
		if i := tr.Info(); i.State != hosting.Active || i.Runs != 1 || i.LastRun.IsZero() {
			t.Errorf("info = %+v, want it active", i)
		}
		p.stop()
		if !errors.Is(cause, lifecycle.ErrStopping) {
			t.Errorf("context ended with cause %v, want ErrStopping", cause)
		}
		if i := tr.Info(); i.State != hosting.Ended || i.LastError != nil || i.Failures != 0 {
			t.Errorf("info = %+v, want a clean end", i)
		}
	})
}

func TestRunThatReturnsNilIsDoneAndTheApplicationGoesOn(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.serve(hosting.Service(nothing), &worker{nothing})
		p.start()
		synctest.Wait()
		if i := tr.Info(); i.State != hosting.Ended {
			t.Errorf("state is %v, want ended", i.State)
		}
		if phase := p.engine.Phase(); phase != lifecycle.Running {
			t.Errorf("phase is %v, want Running", phase)
		}
		p.stop()
	})
}

func TestRunThatFailsStopsTheApplication(t *testing.T) {
	tests := []struct {
		name string
		run  func(context.Context) error
	}{
		{"error", func(context.Context) error { return errUnit }},
		{"panic", func(context.Context) error { panic(errUnit) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				tr := p.serve(hosting.Service(nothing, hosting.Name("relay")), &worker{func(ctx context.Context) error {
					<-p.engine.Started()
					return test.run(ctx)
				}})
				p.start()
				<-p.engine.Requested()
				_ = p.engine.Stop(t.Context())
				if err := p.engine.Cause(); !errors.Is(err, errUnit) || !strings.Contains(err.Error(), "relay") {
					t.Errorf("cause is %v, want the failure with its name", err)
				}
				if i := tr.Info(); i.State != hosting.Ended || i.LastError == nil || i.Failures != 1 {
					t.Errorf("info = %+v, want the failure", i)
				}
			})
		})
	}
}

func TestStopTimeoutNamesARunThatDoesNotReturn(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		hang := make(chan struct{})
		p.add(hosting.Run(nothing, hosting.Name("stuck"), hosting.StopTimeout(time.Second)), func(context.Context) error {
			<-hang
			return nil
		})
		p.start()
		began := time.Now()
		err := p.engine.Stop(t.Context())
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("stop took %v, want about 1s", took)
		}
		if err == nil || !strings.Contains(err.Error(), `"stuck"`) {
			t.Errorf("Stop returns %v, want the name of the Run", err)
		}
		close(hang)
	})
}

func TestAbandonedRunIsNotWaitedForAndNamedInAnEvent(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		terminal := make(chan struct{})
		p.add(hosting.Run(nothing, hosting.Abandon()), func(context.Context) error {
			<-terminal
			return nil
		})
		p.start()
		began := time.Now()
		p.stop()
		if took := time.Since(began); took > time.Second {
			t.Errorf("stop took %v, want it not to wait", took)
		}
		i := slices.IndexFunc(p.events, func(ev event.Event) bool { _, ok := ev.(event.Abandoned); return ok })
		if i < 0 {
			t.Fatal("no event names the abandoned Run")
		}
		ev := p.events[i].(event.Abandoned)
		if ev.Name != "test.Unit" || ev.Kind != "Run" || ev.Place.IsZero() || !strings.Contains(string(ev.Stack), "goroutine") {
			t.Errorf("event = %+v, want name, place and stack", ev)
		}
		close(terminal)
	})
}

func TestAbandonedRunThatFailsStopsTheApplication(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.add(hosting.Run(nothing, hosting.Abandon()), func(context.Context) error {
			<-p.engine.Started()
			return errUnit
		})
		p.start()
		<-p.engine.Requested()
		p.stop()
		if err := p.engine.Cause(); !errors.Is(err, errUnit) {
			t.Errorf("cause is %v, want the error", err)
		}
	})
}
