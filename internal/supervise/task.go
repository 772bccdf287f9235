package supervise

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// A Stage is a step of the start; steps end in reverse order at stop.
type Stage uint8

const (
	Services    Stage = iota // step 3: services, in declaration order; stopped in step 5, in reverse
	Timers                   // step 4: queue workers, loops, timers; take no new turn from step 4 of the stop on
	Intake                   // step 5: web, subscriptions; stopped in step 3
	AfterIntake              // step 6
)

// A Task is something that runs between the start and the stop of an application. Each function
// field may be nil. All are called from a goroutine that the engine owns and waits for.
type Task struct {
	Name  string // of the trigger: "orders.GracePeriodManager"
	Kind  string // what triggers it: "Service", "Every 1m0s"
	Place place.Place
	Stage Stage

	// The stages of a service, in this order: Starting of all tasks before the first Start,
	// Started after the last; Stopping of all before the first Stop, Stopped after the last Stop of a
	// service. Only a task whose Start has returned nil (or is nil) is stopped. The Stop of a service is
	// called when the context of Run ends, that of intake before, that of timers when all their Runs have
	// come to an end.
	Starting, Start, Started, Stopping, Stop, Stopped func(context.Context) error

	// Run runs in a goroutine of its own from the end of Start until it returns. An error, a panic or
	// Goexit is a fault: the application stops and app.Run returns it. nil is an end, and the
	// application goes on. Once turn.Context has ended, an error that says no more than that is nil.
	Run func(turn Turn) error
	// Workers is how many goroutines call Run, at once. The task is done when all have returned nil, and one that
	// fails is a fault. Default: 1.
	Workers int
	// Respawn makes a Goexit in Run no fault: Run is called again in a new goroutine.
	Respawn bool

	// StopTimeout limits Stop, and after it the end of Run. Default: half of what is left of the
	// budget beside the reserve.
	StopTimeout time.Duration
	// Grace is how long Run may go on with a live context after Draining is closed. Default for Timers:
	// that of the engine; for Intake without Stop: 0. It has no meaning for other tasks.
	Grace time.Duration
}

// A Turn is what the Run of a Task is given.
type Turn struct {
	// Context ends with cause ErrStopping when Run must return: for Services when their turn to stop
	// comes, for Timers at the end of the grace, for Intake at the end of its Stop.
	Context context.Context
	// Draining is closed when Run may finish what it does but take nothing new: for Timers in step 4 of
	// the stop, for Intake and AfterIntake in step 3, for Services together with the end of Context.
	Draining <-chan struct{}
}

// Add declares a task. It panics once the start has come to the tasks; until then t may be changed.
func (e *Engine) Add(t *Task) {
	added := &task{Task: t, draining: make(chan struct{})}
	added.turn, added.cancel = context.WithCancelCause(context.Background())
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.list.sealed || e.list.closed {
		panic(fmt.Sprintf("task %q is added at %v after the tasks have been started", t.Name, place.Caller().Place()))
	}
	e.tasks = append(e.tasks, added)
}

// A task is a Task of one application. The start writes it, then the stop: never both at once.
type task struct {
	*Task

	turn     context.Context // of Run; the task owns it
	cancel   context.CancelCauseFunc
	draining chan struct{}
	drained  bool
	ended    time.Time     // when turn was ended
	took     time.Duration // of a timer: until its Runs had come to their end

	started bool         // Start has returned without error
	runs    []*goroutine // of Run, none if that was not begun; written under the lock of the engine
	going   atomic.Int32 // those of them that have not returned nil
	failed  bool         // its stop failed or hangs
	done    bool         // Run had returned nil before the stop; written before the last of runs ends
}

// src is how events and errors call the task.
func (t *task) src() event.Source { return event.Source{Kind: t.Kind, Name: t.Name, Place: t.Place} }

// drain tells Run to take nothing new.
func (t *task) drain() {
	if !t.drained {
		t.drained = true
		close(t.draining)
	}
}

// end ends the context of Run.
func (t *task) end() {
	t.ended = time.Now()
	t.cancel(ErrStopping)
}

// stage calls one of the stage methods of a task, if it has it.
func (e *Engine) stage(
	ctx context.Context, t *task, op string, slowly func(time.Duration), fn func(context.Context) error,
) (time.Duration, error) {
	if fn == nil {
		return 0, nil
	}
	took, err := e.call(ctx, t.src(), op, slowly, fn)
	if failure, ok := err.(*FailedError); ok { //nolint:errorlint // call has just made it
		e.Emit(event.TaskFailed{Source: t.src(), Op: op, Err: failure.Err, Took: took})
	}
	return took, err
}

// startTask starts a task and begins its Run, unless the start was interrupted meanwhile.
func (e *Engine) startTask(ctx context.Context, t *task) error {
	took, err := e.stage(ctx, t, "start", e.stillStarting(t.src()), t.Start)
	if err != nil {
		return err
	}
	t.started = true
	e.Emit(event.TaskStarted{Source: t.src(), Took: took})
	if t.Run != nil && ctx.Err() == nil {
		e.launch(t)
	}
	return nil
}

// launch begins the Run of a task.
func (e *Engine) launch(t *task) {
	e.mu.Lock()
	defer e.mu.Unlock()
	run := func(ctx context.Context) error { return t.Run(Turn{Context: ctx, Draining: t.draining}) }
	for range max(1, t.Workers) {
		g := &goroutine{begun: time.Now(), done: make(chan struct{})}
		t.runs = append(t.runs, g)
		t.going.Add(1)
	}
	for _, g := range t.runs {
		g.run(t.turn, t.Name, t.Respawn, run, func(g *goroutine) { e.ended(t, g) })
	}
}

// Caller is the task whose Run the calling goroutine is in, or nil. It takes some microseconds.
func (e *Engine) Caller() *Task {
	id := Current()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range e.tasks {
		for _, g := range t.runs {
			if known := g.id.Load(); known != nil && *known == id {
				return t.Task
			}
		}
	}
	return nil
}

// ended judges the end of a Run, in its goroutine. A failure is a fault unless the application is
// stopping; what says that the ended context has ended is no failure.
func (e *Engine) ended(t *task, g *goroutine) {
	over := t.turn.Err() != nil
	if g.err == nil || over && isEnd(g.err) {
		g.err = nil
		if t.going.Add(-1) == 0 && e.Phase() < PhaseStopping {
			t.done = true
			e.Emit(event.TaskDone{Source: t.src(), Took: g.took})
		}
		return
	}
	cause := g.err
	g.err = &FaultError{Source: t.src(), Err: cause}
	if g.fault = e.Fault(t.src(), cause, g.took); !g.fault {
		e.Emit(event.TaskFailed{Source: t.src(), Op: "run", Err: cause, Took: g.took})
	}
}

// Fault stops the application because of an error of src, unless it is stopping already: then it returns false.
func (e *Engine) Fault(src event.Source, cause error, took time.Duration) bool {
	e.mu.Lock()
	stopping := e.stopping
	e.mu.Unlock()
	if stopping {
		return false
	}
	e.Emit(event.Fault{Source: src, Err: cause, Took: took})
	e.Shutdown(&FaultError{Source: src, Err: cause})
	return true
}
