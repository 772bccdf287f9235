package supervise_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestWorkersRunAtOnceAndAreAllWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var now atomic.Int32
		p.task("queue", supervise.Timers, func(t *supervise.Task) {
			t.Workers = 4
			t.Run = func(turn supervise.Turn) error {
				n := now.Add(1)
				defer now.Add(-1)
				<-turn.Draining
				<-time.After(time.Duration(n) * time.Second)
				return nil
			}
		})
		p.start()
		synctest.Wait()
		if now.Load() != 4 {
			t.Errorf("%d workers run", now.Load())
		}
		p.stop()
		if now.Load() != 0 || len(eventsOf[event.TaskStopped](p)) != 1 {
			t.Errorf("%d workers are left, events %v", now.Load(), p.events)
		}
	})
}

func TestATaskIsDoneWhenAllItsWorkersAre(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var n atomic.Int32
		p.task("queue", supervise.Timers, func(t *supervise.Task) {
			t.Workers = 2
			t.Run = func(supervise.Turn) error {
				<-time.After(time.Duration(n.Add(1)) * time.Second)
				return nil
			}
		})
		p.start()
		<-time.After(1500 * time.Millisecond)
		if len(eventsOf[event.TaskDone](p)) != 0 {
			t.Error("done before the second worker is")
		}
		<-time.After(time.Second)
		if len(eventsOf[event.TaskDone](p)) != 1 {
			t.Errorf("events %v", p.events)
		}
		p.stop()
	})
}

func TestOneWorkerThatFailsIsAFault(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var n atomic.Int32
		p.task("queue", supervise.Timers, func(t *supervise.Task) {
			t.Workers = 3
			t.Run = func(turn supervise.Turn) error {
				if n.Add(1) == 2 {
					return errBoom
				}
				<-turn.Draining
				return nil
			}
		})
		p.start()
		<-p.Requested()
		p.stop()
		as[*supervise.FaultError](t, p.Result())
		if len(eventsOf[event.Fault](p)) != 1 {
			t.Errorf("events %v", p.events)
		}
	})
}

func TestEachHungWorkerIsNamedWithItsStack(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		release := make(chan struct{})
		var n atomic.Int32
		p.task("queue", supervise.Timers, func(t *supervise.Task) {
			t.Workers, t.Grace = 3, time.Second
			t.Run = func(turn supervise.Turn) error {
				if n.Add(1) < 3 {
					<-release
				}
				<-turn.Draining
				return nil
			}
		})
		p.start()
		synctest.Wait()
		err := p.Stop(t.Context())
		if got := strings.Count(err.Error(), `"queue"`); got != 2 {
			t.Errorf("%d workers are named in %v", got, err)
		}
		hung := as[*supervise.HungError](t, err)
		if !strings.Contains(string(hung.Stack), "TestEachHungWorker") {
			t.Errorf("stack %s", hung.Stack)
		}
		close(release)
		synctest.Wait()
	})
}

func TestRespawnSurvivesGoexit(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var n atomic.Int32
		var first string
		p.task("queue", supervise.Timers, func(task *supervise.Task) {
			task.Respawn = true
			task.Run = func(turn supervise.Turn) error {
				if ctx := fmt.Sprint(turn.Context); first == "" {
					first = ctx
				} else if ctx != first {
					t.Errorf("context grows from %s to %s", first, ctx)
				}
				if n.Add(1) < 4 {
					runtime.Goexit()
				}
				<-turn.Draining
				return nil
			}
		})
		p.start()
		synctest.Wait()
		if n.Load() != 4 {
			t.Errorf("run %d times", n.Load())
		}
		p.stop()
		if p.Result() != nil {
			t.Error(p.Result())
		}
	})
}

func TestCallerIsTheTaskOfTheGoroutine(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var inside, beside *supervise.Task
		p.task("queue", supervise.Timers, func(t *supervise.Task) {
			t.Run = func(supervise.Turn) error {
				inside = p.Caller()
				done := make(chan struct{})
				go func() { defer close(done); beside = p.Caller() }()
				<-done
				return nil
			}
		})
		p.start()
		synctest.Wait()
		if inside == nil || inside.Name != "queue" || beside != nil || p.Caller() != nil {
			t.Errorf("inside %v, beside %v, outside %v", inside, beside, p.Caller())
		}
		p.stop()
	})
}

func TestDrainingBeginsAfterIntakeHasStopped(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		look := func(where string) { p.note("%s: %v", where, isClosed(p.Draining())) }
		p.task("web", supervise.Intake, func(t *supervise.Task) {
			t.Start = func(context.Context) error { synctest.Wait(); p.note("start web"); return nil }
			t.Stopped = p.noting("stopped web")
		})
		p.task("queue", supervise.Timers, func(t *supervise.Task) {
			t.Run = func(turn supervise.Turn) error {
				look("running")
				<-p.Draining()
				if !isClosed(turn.Draining) {
					p.note("not told")
				}
				look("draining")
				return nil
			}
		})
		p.start()
		p.stop()
		p.want("start queue", "running: false", "start web", "stop web", "draining: true", "stop queue", "stopped web")
	})
}
