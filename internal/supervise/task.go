package supervise

import (
	"context"
	"fmt"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// Add declares a task. It panics once the start has come to the tasks.
func (e *Engine) Add(t *Task) {
	added := &task{Task: t, src: event.Source{Kind: t.Kind, Name: t.Name, Place: t.Place}, draining: make(chan struct{})}
	added.turn, added.cancel = context.WithCancelCause(context.Background())
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.list.started || e.list.closed {
		panic(fmt.Sprintf("task %q is added at %v after the tasks have been started", t.Name, place.Caller().Place()))
	}
	e.tasks = append(e.tasks, added)
}

// A task is a Task of one application. The start writes it, then the stop: never both at once.
type task struct {
	*Task
	src event.Source

	turn     context.Context // of Run; the task owns it
	cancel   context.CancelCauseFunc
	draining chan struct{}
	drained  bool

	started bool       // Start has returned without error
	run     *goroutine // nil if Run was not begun
	faulted bool       // Run failed by itself and was reported as a fault
	failed  bool       // its stop failed or hangs
}

// drain tells Run to take nothing new.
func (t *task) drain() {
	if !t.drained {
		t.drained = true
		close(t.draining)
	}
}

// end ends the context of Run.
func (t *task) end() { t.cancel(ErrStopping) }

// stage calls one of the stage methods of a task, if it has it.
func (e *Engine) stage(ctx context.Context, t *task, op string, slowly func(time.Duration), fn func(context.Context) error) (time.Duration, error) {
	if fn == nil {
		return 0, nil
	}
	took, err := e.call(ctx, t.src, op, slowly, fn)
	if failure, ok := err.(*FailedError); ok { //nolint:errorlint // call has just made it
		e.Emit(event.TaskFailed{Source: t.src, Op: op, Err: failure.Err, Took: took})
	}
	return took, err
}

// startTask starts a task and begins its Run, unless the start was interrupted meanwhile.
func (e *Engine) startTask(ctx context.Context, t *task) error {
	took, err := e.stage(ctx, t, "start", e.stillStarting(t.src), t.Start)
	if err != nil {
		return err
	}
	t.started = true
	e.Emit(event.TaskStarted{Source: t.src, Took: took})
	if t.Run != nil && ctx.Err() == nil {
		run := func(ctx context.Context) error { return t.Run(Turn{Context: ctx, Draining: t.draining}) }
		t.run = launch(t.turn, t.Name, run, func(g *goroutine) { e.ended(t, g) })
	}
	return nil
}

// ended judges the end of a Run, in its goroutine. A failure is a fault unless the application is
// stopping; what says that the ended context has ended is no failure.
func (e *Engine) ended(t *task, g *goroutine) {
	over := t.turn.Err() != nil
	if g.err == nil || over && isEnd(g.err) {
		g.err = nil
		if !over {
			e.Emit(event.TaskDone{Source: t.src, Took: g.took})
		}
		return
	}
	cause := g.err
	fault := &FaultError{Source: t.src, Err: cause}
	g.err = fault
	e.mu.Lock()
	t.faulted = !e.stopping
	e.mu.Unlock()
	if !t.faulted {
		e.Emit(event.TaskFailed{Source: t.src, Op: "run", Err: cause, Took: g.took})
		return
	}
	e.Emit(event.Fault{Source: t.src, Err: cause, Took: g.took})
	e.Shutdown(fault)
}
