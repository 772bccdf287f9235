package supervise

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// An Engine runs one application. It is made by New, told what was constructed and declared, started
// once and stopped once. All methods are safe for goroutines unless they say otherwise.
type Engine struct {
	life context.Context // the application's: this engine is its owner
	end  context.CancelCauseFunc

	emit      func(event.Event) // the log's: told first, and a panic in it is that of who emits
	listeners atomic.Pointer[[]*listener]
	locals    sync.Map // of Local, by type
	door      door
	phases    phases

	requested chan struct{} // closed once a shutdown was asked for
	draining  chan struct{} // closed when step 4 of the stop begins
	halted    chan struct{} // closed when Stop returns; stopErr is set before
	stopErr   error

	mu sync.Mutex

	limits    Limits
	list      list
	tasks     []*task // in the order of Add
	gates     []*Gate
	left      map[place.Place]int // calls that were given up, by the place of their declaration
	building  []*construction
	waits     []*Wait
	build     *goroutine              // of Construct
	causes    []error                 // given to Shutdown, faults included
	failure   error                   // of a construction or start that was not interrupted
	startBy   time.Time               // when the start limit is over
	begun     bool                    // Start was called
	asked     bool                    // requested is closed
	stopping  bool                    // a stop has been asked for
	interrupt context.CancelCauseFunc // of the construction or start under way
	idle      chan struct{}           // closed when that has ended
}

// New makes the engine of one application. emit may be nil.
func New(emit func(event.Event)) *Engine {
	e := &Engine{
		requested: make(chan struct{}),
		draining:  make(chan struct{}),
		halted:    make(chan struct{}),
		idle:      make(chan struct{}),
		left:      map[place.Place]int{},
	}
	close(e.idle)
	e.life, e.end = context.WithCancelCause(context.Background())
	e.door.left = make(chan struct{}, 1)
	e.phases.init()
	if e.emit = emit; emit == nil {
		e.emit = func(event.Event) {}
	}
	return e
}

// Limits bound the start and the stop. A field that is 0 has its default.
type Limits struct {
	Start time.Duration // of construction and start together. Default: none.
	Stop  time.Duration // of the whole stop. Default: 25 s.
	Drain time.Duration // between not ready and the end of intake. Default: 0.
	Grace time.Duration // how long units under way keep a live context at stop. Default: half of Stop.

	ConcurrentStart, ConcurrentStop bool // all tasks of one step at once. Default: one after another.
}

// Configure sets the limits. It is called before construction.
func (e *Engine) Configure(l Limits) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.limits = l
}

// Limits are those given to Configure, with defaults filled in.
func (e *Engine) Limits() Limits {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.limits
	if l.Stop <= 0 {
		l.Stop = 25 * time.Second
	}
	if l.Grace <= 0 {
		l.Grace = l.Stop / 2
	}
	return l
}

// Context is the application's. It ends with cause ErrStopping when services have stopped and hooks
// and cleanups are about to run.
func (e *Engine) Context() context.Context { return e.life }

// Draining is closed in step 4 of the stop, when intake has stopped and all tasks of stage Timers have been told
// to take nothing new.
func (e *Engine) Draining() <-chan struct{} { return e.draining }

// call runs one call of user code and names it if it fails or hangs. slowly, if not nil, is told from
// time to time that it still goes on.
func (e *Engine) call(
	ctx context.Context, src event.Source, op string, slowly func(time.Duration), fn func(context.Context) error,
) (time.Duration, error) {
	defer e.waitFor(src, op)()
	g := launch(ctx, src.Name, fn, nil)
	if !g.wait(ctx, slowly, e.Limits().Grace) {
		hung := e.giveUp(ctx, g, src, op, time.Since(g.begun))
		return hung.Took, hung
	}
	return g.took, failed(src, op, g.took, g.err)
}

// giveUp says that nobody waits for g any longer, nor for a scope that it has open. It had taken that long.
func (e *Engine) giveUp(ctx context.Context, g *goroutine, src event.Source, op string, took time.Duration) *HungError {
	hung := g.hung(ctx, src, op)
	hung.Took = took
	e.abandon(hung)
	return hung
}

// GiveUp is the error for a call in a goroutine that is not the engine's, as one of a request is not: the stop waits
// neither for it any longer nor for its scope.
func (e *Engine) GiveUp(src event.Source, id GoroutineID, took time.Duration) *HungError {
	hung := &HungError{Source: src, Took: took, Stack: id.stack(), Err: ErrStopping}
	e.abandon(hung)
	return hung
}

func (e *Engine) abandon(hung *HungError) {
	e.mu.Lock()
	e.left[hung.Place]++
	e.mu.Unlock()
	e.Emit(event.Abandoned{Source: hung.Source, Op: hung.Op, Took: hung.Took, Stack: hung.Stack})
}

// stillStarting reports that src has been starting for that long.
func (e *Engine) stillStarting(src event.Source) func(time.Duration) {
	return func(d time.Duration) { e.Emit(event.SlowStart{Source: src, For: d}) }
}

// stillStopping reports that src has been stopping for that long.
func (e *Engine) stillStopping(src event.Source) func(time.Duration) {
	return func(d time.Duration) { e.Emit(event.SlowStop{Source: src, For: d}) }
}
