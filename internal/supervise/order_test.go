package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestStartAndStopFollowOneOrder(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		staged := func(name string, stage supervise.Stage) {
			p.task(name, stage, func(t *supervise.Task) {
				t.Starting, t.Started = p.noting("starting "+name), p.noting("started "+name)
				t.Stopping, t.Stopped = p.noting("stopping "+name), p.noting("stopped "+name)
			})
		}
		staged("last", supervise.AfterIntake)
		staged("web", supervise.Intake)
		staged("timer", supervise.Timers)
		staged("a", supervise.Services)
		staged("b", supervise.Services)
		p.cleanup("db")
		p.hook("db")
		p.cleanup("bus")
		p.hook("bus")

		p.start()
		p.want("start db", "start bus",
			"starting last", "starting web", "starting timer", "starting a", "starting b",
			"start a", "start b", "start timer", "start web", "start last",
			"started last", "started web", "started timer", "started a", "started b")
		if p.Phase() != supervise.PhaseRunning {
			t.Errorf("phase is %v", p.Phase())
		}
		p.stop()
		p.want("stopping b", "stopping a", "stopping timer", "stopping web", "stopping last",
			"stop last", "stop web", "stop timer", "stop b", "stop a",
			"stopped b", "stopped a", "stopped timer", "stopped web", "stopped last",
			"stop bus", "release bus", "stop db", "release db")
	})
}

func TestPhasesAreEnteredOnce(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		seen := func() string {
			return fmt.Sprint(p.Phase(), isClosed(p.Starting()), isClosed(p.Started()), isClosed(p.Stopping()), isClosed(p.Stopped()))
		}
		p.Append(supervise.Hook{
			Start: func(context.Context) error { p.note("%s", seen()); return nil },
			Stop:  func(context.Context) error { p.note("%s", seen()); return nil },
		})
		p.note("%s", seen())
		p.start()
		p.note("%s", seen())
		p.stop()
		p.note("%s", seen())
		p.want("new false false false false", "starting true false false false", "running true true false false",
			"stopping true true true false", "stopped true true true true")
		if got := supervise.Phase(7).String(); got != "Phase(7)" {
			t.Errorf("unknown phase is %q", got)
		}
	})
}

func TestHookAppendedByStartHookRunsNext(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.startHook("a", func(context.Context) error {
			p.note("start a")
			p.hook("a1")
			p.stopHook("a2", p.noting("stop a2"))
			p.hook("a3")
			return nil
		})
		p.hook("b")
		p.start()
		p.want("start a", "start a1", "start a3", "start b")
		p.stop()
		p.want("stop b", "stop a3", "stop a2", "stop a1", "stop a")
	})
}

func TestAppendAfterTheHooksPanicsWithItsPlace(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		try := func(append func()) (message string) {
			defer func() { message = fmt.Sprint(recover()) }()
			append()
			return ""
		}
		var inService string
		p.task("a", supervise.Services, func(task *supervise.Task) {
			task.Start = func(context.Context) error {
				inService = try(func() { p.Append(supervise.Hook{Name: "late"}) })
				return nil
			}
		})
		p.start()
		add := try(func() { p.Add(&supervise.Task{Name: "late"}) })
		p.stop()
		after := try(func() { p.Append(supervise.Hook{Name: "late", Place: here}) })
		for _, message := range []string{inService, add} {
			if !strings.Contains(message, "supervise/order_test.go:") {
				t.Errorf("panic does not name the caller: %s", message)
			}
		}
		if !strings.Contains(after, here.String()) {
			t.Errorf("panic does not name the place given: %s", after)
		}
	})
}

func TestAppendWhileStoppingPanicsAlsoIfTheHooksWereNeverStarted(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.hook("a")
		p.startHook("b", func(context.Context) error { return errBoom })
		p.hook("c")
		p.stopHook("d", func(context.Context) error {
			defer func() { p.note("%v", recover()) }()
			p.stopHook("late", p.noting("stop late"))
			return nil
		})
		p.Constructed()
		if err := p.Start(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("Start = %v, want boom", err)
		}
		p.want("start a",
			`hook "late" (orders/module.go:27) is appended after the hooks have been started: `+
				"append it in a constructor or in a start hook",
			"stop a")
	})
}

func TestStartAfterAShutdownIsInterruptedWhateverElseHasEnded(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.hook("a")
		p.Constructed()
		p.Shutdown(nil)
		if err := p.Start(ended()); !errors.Is(err, supervise.ErrStopping) || p.Result() != nil {
			t.Errorf("Start = %v, result %v, want ErrStopping and a clean stop", err, p.Result())
		}
		p.want()
	})
}

func TestContextOfTheApplicationEndsBeforeHooksAreStopped(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		ctx := p.Context()
		p.stopHook("hook", func(stop context.Context) error {
			p.note("hook: %v, own %v", context.Cause(ctx), stop.Err())
			return nil
		})
		p.task("service", supervise.Services, func(t *supervise.Task) {
			t.Stopped = func(context.Context) error { p.note("service: %v", ctx.Err()); return nil }
		})
		p.start()
		p.stop()
		p.want("start service", "stop service", "service: <nil>", "hook: application is stopping, own <nil>")
	})
}

func TestEventsTellTheWholeStory(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.hook("db")
		p.cleanup("db")
		p.task("a", supervise.Services, nil)
		var second []string
		p.Listen(event.Source{}, func(ev event.Event) { second = append(second, fmt.Sprintf("%T", ev)) })
		p.start()
		p.stop()
		want := "event.Starting event.HookStarted event.TaskStarted event.Started " +
			"event.Stopping event.TaskStopped event.HookStopped event.Stopped"
		if got := strings.Join(second, " "); got != want {
			t.Errorf("events: %s\nwant:   %s", got, want)
		}
		if got := eventsOf[event.HookStarted](p)[0].Source.String(); got != `hook "db" (orders/module.go:27)` {
			t.Errorf("source is %s", got)
		}
	})
}

func TestTaskMayBeRenamedUntilTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		task := &supervise.Task{Name: "orders.Relay", Kind: "Loop"}
		p.Add(task)
		task.Name = "orders.Relay#2"
		p.start()
		if got := eventsOf[event.TaskStarted](p)[0].Source.String(); got != `Loop "orders.Relay#2"` {
			t.Errorf("source is %s", got)
		}
		p.stop()
	})
}

func TestEngineWithoutListenerRuns(t *testing.T) {
	e := supervise.New(nil)
	if err := e.Start(t.Context()); err != nil {
		t.Error(err)
	}
	if err := e.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
