package plan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// The cleanups of one scope have cleanupLimit together. When that is over, each of the rest still has a live
// context for cleanupFloor. One that does not return within the limit and some patience is given up, which
// is looked after at every tick.
const (
	cleanupLimit = 5 * time.Second
	cleanupFloor = 250 * time.Millisecond
	patience     = 2 * cleanupFloor
	tick         = 500 * time.Millisecond
)

// A CleanupError holds what the cleanups of a scope returned that failed.
type CleanupError struct {
	Errs []error
}

func (e *CleanupError) Unwrap() []error { return e.Errs }

func (e *CleanupError) Error() string { return errors.Join(e.Errs...).Error() }

var errLate = fmt.Errorf("it did not return within %v", cleanupLimit)

// A tidier runs the cleanups of a scope in reverse order of construction, each once.
//
// They run in the goroutine that closes the scope. When one exceeds the limit, a timer takes over: that
// cleanup counts as failed, and the rest are run in the timer's goroutine. The first goroutine waits for both.
type tidier struct {
	list  []tidy
	timed bool         // one of list takes a context
	begun atomic.Int32 // index of the one that runs: all above it have run

	g      *Graph
	limit  time.Duration
	scope  context.Context
	ctx    context.Context // of cleanups that take one
	cancel context.CancelFunc

	watch *watch // kept for the next run
	late  bool   // it has taken over

	mu   sync.Mutex
	errs []error
	lost int           // index of the one that exceeded the limit
	over chan struct{} // closed when the timer's goroutine is done
}

// A watch calls back when a run takes too long. Setting a timer for each run would cost more than most
// cleanups, so the timer goes on while there are runs, and counts how often it meets the same one.
type watch struct {
	run   atomic.Int64 // odd while one is under way, negative once it took too long
	most  int          // ticks of a run, the same for all
	armed atomic.Bool
	timer *time.Timer
	late  func()

	// of the timer's goroutine
	met   int64
	ticks int
}

func newWatch(limit time.Duration, late func()) *watch {
	w := &watch{most: int(limit / tick), late: late}
	w.timer = time.AfterFunc(time.Hour, w.look)
	return w
}

// begin says that a run begins.
func (w *watch) begin() (run int64) {
	run = w.run.Add(1)
	if !w.armed.Load() && w.armed.CompareAndSwap(false, true) {
		w.timer.Reset(tick)
	}
	return run
}

// end reports whether the run was in time.
func (w *watch) end(run int64) bool { return w.run.CompareAndSwap(run, run+1) }

func (w *watch) look() {
	run := w.run.Load()
	if run%2 == 0 {
		w.armed.Store(false)
		run = w.run.Load()
		if run%2 == 0 || !w.armed.CompareAndSwap(false, true) {
			return // a run that began meanwhile has set the timer
		}
	}
	if run != w.met {
		w.met, w.ticks = run, 0
	}
	w.ticks++
	if w.ticks > w.most && w.run.CompareAndSwap(run, -1) {
		w.late()
		return
	}
	w.timer.Reset(tick)
}

type tidy struct {
	node *Node
	fn   any
}

func (t *tidier) add(n *Node, fn any) {
	if _, ok := fn.(func(context.Context) error); ok {
		t.timed = true
	}
	t.list = append(t.list, tidy{n, fn})
}

// reset makes t ready for another scope. The timer has not taken over.
func (t *tidier) reset() {
	if len(t.list) == 0 {
		return
	}
	clear(t.list)
	t.list, t.timed, t.errs = t.list[:0], false, nil
	t.scope, t.ctx, t.cancel = nil, nil, nil
}

// run runs all and returns what failed. Each failure is reported as it happens.
func (t *tidier) run(g *Graph, scope context.Context) (failed []error) {
	if len(t.list) == 0 {
		return nil
	}
	t.g, t.scope = g, scope
	return t.within(cleanupLimit)
}

// within runs all within a limit, which is that of every run of t.
func (t *tidier) within(limit time.Duration) (failed []error) {
	t.limit, t.lost = limit, -1
	t.begun.Store(int32(len(t.list)))
	if t.timed {
		t.context()
	}
	if t.watch == nil {
		t.watch = newWatch(limit+patience, t.takeOver)
	}
	run := t.watch.begin()
	defer func() { // also when a cleanup exits the goroutine
		if !t.watch.end(run) {
			<-t.taken()
		}
		if t.cancel != nil {
			t.cancel()
		}
		failed = t.errs
	}()
	t.rest()
	return nil
}

// rest runs what nobody has begun.
func (t *tidier) rest() {
	i, returned := 0, false
	defer func() {
		if returned {
			return
		}
		if value := recover(); value != nil {
			t.failed(i, supervise.Recovered(value, "", place.Place{}))
		} else {
			t.failed(i, supervise.ErrGoexit) // this goroutine ends here, the cleanups do not
		}
		t.rest()
	}()
	for {
		if i = int(t.begun.Add(-1)); i < 0 {
			break
		}
		var err error
		switch f := t.list[i].fn.(type) {
		case func():
			f()
		case func() error:
			err = f()
		case func(context.Context) error:
			err = f(t.context())
		}
		if err != nil {
			t.failed(i, err)
		}
	}
	returned = true
}

// context has the values of the scope's, and ends after the limit only.
func (t *tidier) context() context.Context {
	if t.ctx == nil || t.ctx.Err() != nil {
		if t.cancel != nil {
			t.cancel()
		}
		t.ctx, t.cancel = context.WithTimeout(context.WithoutCancel(t.scope), t.limit)
		t.limit = min(t.limit, cleanupFloor)
	}
	return t.ctx
}

// failed reports a failure, unless the cleanup was given up before.
func (t *tidier) failed(i int, err error) {
	t.mu.Lock()
	lost := t.lost == i
	t.mu.Unlock()
	if lost {
		return
	}
	n := t.list[i].node
	t.g.cleanupFailed(n, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errs = append(t.errs, &supervise.FailedError{Source: n.cleanup(), Err: err})
}

// takeOver gives up the cleanup that runs, and runs the rest.
func (t *tidier) takeOver() {
	t.late = true
	defer close(t.taken())
	at := int(t.begun.Swap(0))
	if at >= 0 && at < len(t.list) {
		t.failed(at, errLate)
		t.mu.Lock()
		t.lost = at
		t.mu.Unlock()
	}
	if at <= 0 {
		return
	}
	rest := &tidier{g: t.g, scope: t.scope, list: t.list[:at], timed: t.timed}
	failed := rest.within(cleanupFloor)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errs = append(t.errs, failed...)
}

// taken is closed when the timer's goroutine is done.
func (t *tidier) taken() chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over == nil {
		t.over = make(chan struct{})
	}
	return t.over
}

// cleanup is what errors and events call the cleanup of what n provides.
func (n *Node) cleanup() event.Source {
	return event.Source{Kind: "cleanup", Name: n.name(), Place: n.where()}
}

func (g *Graph) cleanupFailed(n *Node, err error) {
	g.Engine.Emit(event.CleanupFailed{Source: n.cleanup(), Err: err})
}
