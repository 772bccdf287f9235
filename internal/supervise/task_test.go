package supervise_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// runs adds a task of which only Run is there.
func (p *program) runs(name string, stage supervise.Stage, run func(supervise.Turn) error) {
	p.task(name, stage, func(t *supervise.Task) { t.Start, t.Stop, t.Run = nil, nil, run })
}

// LC-020
func TestRunDoesNotBlockTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.runs("a", supervise.Services, func(turn supervise.Turn) error { return waits(turn.Context) })
		if took := elapsed(p.start); took != 0 {
			t.Errorf("start took %v", took)
		}
		p.stop()
	})
}

func TestFaultOfRunStopsTheApplication(t *testing.T) {
	tests := []struct {
		name string
		fail func() error
		is   error
		says string
	}{
		{"error", func() error { return errBoom }, errBoom, `Service "relay" (orders/module.go:27) failed: boom`},
		{"panic", func() error { panic(errBoom) }, errBoom, "panic with a *errors.errorString"},
		{"exit", func() error { runtime.Goexit(); return nil }, supervise.ErrGoexit, "Goexit"},
		{"cancellation of its own", func() error { return context.Canceled }, context.Canceled, "canceled"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				p.runs("relay", supervise.Services, func(supervise.Turn) error {
					<-time.After(time.Second)
					return test.fail()
				})
				p.start()
				<-p.Requested()
				fault := as[*supervise.FaultError](t, p.Cause())
				if fault.Name != "relay" || fault.Place != here {
					t.Errorf("fault is %+v", fault)
				}
				wantIs(t, fault, test.is)
				wantText(t, fault, test.says)
				if faults := eventsOf[event.Fault](p); len(faults) != 1 || faults[0].Took != time.Second {
					t.Errorf("events: %v", faults)
				}
				if p.Phase() != supervise.PhaseRunning {
					t.Errorf("phase is %v", p.Phase())
				}
				p.stop() // the fault is a cause, not an error of the stop
				wantIs(t, p.Result(), test.is)
			})
		})
	}
}

// HO-058
func TestFaultDuringTheStartInterruptsIt(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.runs("relay", supervise.Services, func(supervise.Turn) error { return errBoom })
		p.task("slow", supervise.Services, func(t *supervise.Task) { t.Start = waits })
		p.task("web", supervise.Intake, nil)
		err := p.Start(t.Context())
		as[*supervise.FaultError](t, err)
		if p.Result().Error() != err.Error() {
			t.Errorf("result %v is not what start returned: %v", p.Result(), err)
		}
		p.want()
	})
}

func TestRunThatReturnsNilIsDone(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.runs("once", supervise.Services, func(supervise.Turn) error { return nil })
		p.start()
		synctest.Wait()
		if isClosed(p.Requested()) || len(eventsOf[event.TaskDone](p)) != 1 {
			t.Errorf("events: %v", p.events)
		}
		p.stop()
		if len(eventsOf[event.TaskStopped](p)) != 0 {
			t.Errorf("what was done is said to stop: %v", p.events)
		}
	})
}

func TestCancellationWhileStoppingIsClean(t *testing.T) {
	for _, result := range []error{context.Canceled, context.DeadlineExceeded, supervise.ErrStopping, nil} {
		bubble(t, func(t *testing.T, p *program) {
			for _, stage := range []supervise.Stage{supervise.Services, supervise.Timers, supervise.Intake} {
				p.runs("relay", stage, func(turn supervise.Turn) error {
					<-turn.Context.Done()
					wantIs(t, context.Cause(turn.Context), supervise.ErrStopping)
					return result
				})
			}
			p.start()
			p.stop()
			if p.Result() != nil || len(eventsOf[event.TaskStopped](p)) != 3 {
				t.Errorf("result %v, events %v", p.Result(), p.events)
			}
		})
	}
}

func TestFailureWhileStoppingIsJoined(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.runs("relay", supervise.Services, func(turn supervise.Turn) error {
			<-turn.Context.Done()
			return errBoom
		})
		p.runs("panics", supervise.Services, func(turn supervise.Turn) error {
			<-turn.Context.Done()
			panic(context.Canceled)
		})
		p.start()
		err := p.Stop(t.Context())
		wantIs(t, err, errBoom)
		as[*supervise.PanicError](t, err)
		if p.Cause() != nil || len(eventsOf[event.Fault](p)) != 0 || len(eventsOf[event.TaskFailed](p)) != 2 {
			t.Errorf("cause %v, events %v", p.Cause(), p.events)
		}
	})
}

// LC-023
func TestServicesStopInReverseWithTheirRun(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		for _, name := range []string{"a", "b"} {
			p.task(name, supervise.Services, func(task *supervise.Task) {
				ended := make(chan struct{})
				task.Start = nil
				task.Run = func(turn supervise.Turn) error {
					<-turn.Context.Done()
					p.note("end %s", name)
					<-time.After(time.Second)
					close(ended)
					return nil
				}
				task.Stop = func(context.Context) error {
					<-ended // at the same time as the context of Run ends
					p.note("stop %s", name)
					return nil
				}
			})
		}
		p.start()
		p.stop()
		p.want("end b", "stop b", "end a", "stop a")
	})
}

func TestTimersKeepALiveContextForTheGrace(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		var begun time.Time
		unit := func(name string) func(turn supervise.Turn) error {
			return func(turn supervise.Turn) error {
				<-turn.Draining
				p.note("draining after %v: %v", time.Since(begun), turn.Context.Err())
				<-turn.Context.Done()
				p.note("%s ends after %v: %v", name, time.Since(begun), context.Cause(turn.Context))
				return turn.Context.Err()
			}
		}
		p.runs("default", supervise.Timers, unit("default"))
		p.task("own", supervise.Timers, func(task *supervise.Task) {
			task.Start, task.Run, task.Grace = nil, unit("own"), 2*time.Second
			task.Stop = func(context.Context) error { p.note("stop own after %v", time.Since(begun)); return nil }
		})
		p.task("service", supervise.Services, func(task *supervise.Task) {
			task.Start, task.Stop = nil, func(context.Context) error { p.note("stop service"); return nil }
		})
		p.start()
		<-time.After(time.Second)
		begun = time.Now()
		p.stop()
		p.want("draining after 0s: <nil>", "draining after 0s: <nil>",
			"own ends after 2s: application is stopping", "default ends after 12.5s: application is stopping",
			"stop own after 12.5s", "stop service")
	})
}

func TestTimersThatFinishEarlyAreNotWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.runs("loop", supervise.Timers, func(turn supervise.Turn) error {
			<-turn.Draining
			<-time.After(time.Second)
			return turn.Context.Err()
		})
		p.start()
		if took := elapsed(p.stop); took != time.Second {
			t.Errorf("stop took %v", took)
		}
		if done := eventsOf[event.TaskDone](p); len(done) != 0 {
			t.Errorf("a task that drained is said to be done: %v", done)
		}
	})
}

func TestUnitThatIgnoresTheEndOfTheGraceIsNamed(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		release := make(chan struct{})
		defer close(release)
		p.runs("stuck", supervise.Timers, func(supervise.Turn) error { <-release; return nil })
		p.task("service", supervise.Services, nil)
		p.start()
		err := p.Stop(t.Context())
		p.want("start service", "stop service")
		hung := as[*supervise.HungError](t, err)
		wantText(t, err, `run of Service "stuck" (orders/module.go:27) hangs: it did not return within 4s`)
		wantOneGoroutine(t, hung.Stack)
	})
}

func TestIntakeDrainsThenStopsThenEnds(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		for _, stage := range []supervise.Stage{supervise.Intake, supervise.AfterIntake} {
			p.task("web", stage, func(task *supervise.Task) {
				task.Start = nil
				task.Run = func(turn supervise.Turn) error {
					<-turn.Draining
					<-turn.Context.Done()
					p.note("end %d", stage)
					return turn.Context.Err()
				}
				task.Stop = func(context.Context) error {
					<-time.After(time.Second) // requests under way
					p.note("stop %d", stage)
					return nil
				}
			})
		}
		p.runs("timer", supervise.Timers, func(turn supervise.Turn) error { <-turn.Draining; p.note("timer drains"); return nil })
		p.start()
		p.stop()
		p.want("stop 3", "end 3", "stop 2", "end 2", "timer drains")
	})
}

func TestIntakeWithoutStopHasItsOwnGrace(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		run := func(turn supervise.Turn) error {
			<-turn.Draining
			select {
			case <-time.After(5 * time.Second):
				return nil
			case <-turn.Context.Done():
				return turn.Context.Err()
			}
		}
		p.task("bus", supervise.Intake, func(t *supervise.Task) { t.Start, t.Stop, t.Run, t.Grace = nil, nil, run, 2*time.Second })
		p.runs("run", supervise.Intake, run)
		p.start()
		if took := elapsed(p.stop); took != 2*time.Second {
			t.Errorf("stop took %v", took)
		}
	})
}

func TestRunOfATaskThatFailedToStartIsNotBegun(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.task("a", supervise.Services, func(task *supervise.Task) {
			task.Start = func(context.Context) error { return errBoom }
			task.Run = func(supervise.Turn) error { p.note("run"); return nil }
		})
		wantIs(t, p.Start(t.Context()), errBoom)
		p.want()
	})
}

func TestFailedStageOfATaskFailsTheStart(t *testing.T) {
	for _, stage := range []string{"starting", "started"} {
		bubble(t, func(t *testing.T, p *program) {
			p.task("a", supervise.Services, func(task *supervise.Task) {
				fail := func(context.Context) error { return errBoom }
				if stage == "starting" {
					task.Starting = fail
				} else {
					task.Started = fail
				}
			})
			err := p.Start(t.Context())
			wantText(t, err, stage+` of Service "a" (orders/module.go:27) failed: boom`)
			if stage == "starting" {
				p.want()
			} else {
				p.want("start a", "stop a")
			}
		})
	}
}

func TestFailedStoppingDoesNotKeepOthersFromStopping(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.task("a", supervise.Services, nil)
		p.task("b", supervise.Services, func(t *supervise.Task) {
			t.Stopping = func(context.Context) error { return errBoom }
			t.Stopped = func(context.Context) error { return errors.New("too late") }
		})
		p.start()
		err := p.Stop(t.Context())
		p.want("start a", "start b", "stop b", "stop a")
		wantText(t, err, `stopping of Service "b"`, `stopped of Service "b"`)
	})
}

func TestEngineSurvivesStartAndStopFromManyGoroutines(t *testing.T) {
	for range 500 {
		bubble(t, func(t *testing.T, p *program) {
			p.hook("a")
			p.cleanup("a")
			p.task("s", supervise.Services, func(t *supervise.Task) {
				t.Run = func(turn supervise.Turn) error { return waits(turn.Context) }
			})
			p.runs("t", supervise.Timers, func(turn supervise.Turn) error { <-turn.Draining; return nil })
			p.Constructed()
			done := make(chan struct{})
			for i := range 10 {
				go func() {
					defer func() { done <- struct{}{} }()
					switch i % 4 {
					case 0:
						_ = p.Start(context.Background())
					case 1:
						p.Shutdown(nil)
					default:
						if err := p.Stop(context.Background()); err != nil {
							t.Errorf("stop: %v", err)
						}
					}
				}()
			}
			for range 10 {
				<-done
			}
			if p.Phase() != supervise.PhaseStopped || p.Result() != nil {
				t.Errorf("phase %v, result %v", p.Phase(), p.Result())
			}
		})
	}
}
