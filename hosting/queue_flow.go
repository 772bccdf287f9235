package hosting

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/supervise"
)

// A flow is how items move between the queues of one application and the units that send them. It knows when
// all of that has come to rest, and who waits for whom.
//
// When the stop comes to timers and queues, nothing gets in from outside. What is in the queues is processed,
// and the units that do so may send on. So items run out where they come from first, then further down, and
// in the end everywhere: nothing has to be known of who sends to whom, and cycles are no trouble.
type flow struct {
	engine   *supervise.Engine
	draining <-chan struct{} // closed when senders outside are refused
	over     chan struct{}   // closed when all has come to rest, or nobody waits for that any longer
	once     sync.Once
	turns    atomic.Int64 // of loops and timers, under way

	mu sync.Mutex

	queues []*backlog
	waits  map[wait]int // units that wait to send, by their queue and that which they send to
}

type wait struct{ from, to *backlog }

func flowOf(e *supervise.Engine) *flow {
	return supervise.Local(e, func() *flow {
		return &flow{engine: e, draining: e.Draining(), over: make(chan struct{}), waits: map[wait]int{}}
	})
}

func (f *flow) join(b *backlog) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queues = append(f.queues, b)
}

// enter counts a turn of a loop or timer that begins.
func (f *flow) enter() { f.turns.Add(1) }

// leave counts a turn that has ended.
func (f *flow) leave() {
	f.turns.Add(-1)
	f.check()
}

// check ends the flow if all has come to rest. It is called after everything that may have been the last.
//
// The queues cannot be looked at all at once, so their items are counted twice: if nobody has brought an item between
// the two counts, nothing that was found idle has become busy in the meantime.
func (f *flow) check() {
	if !closed(f.draining) || closed(f.over) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		before := f.accepted()
		if f.turns.Load() > 0 || !f.idle() {
			return
		}
		if f.accepted() == before {
			f.end()
			return
		}
	}
}

func (f *flow) accepted() (sum int64) {
	for _, q := range f.queues {
		sum += q.accepted.Load()
	}
	return sum
}

func (f *flow) idle() bool {
	for _, q := range f.queues {
		if !q.idle() {
			return false
		}
	}
	return true
}

// end refuses all senders from now on.
func (f *flow) end() { f.once.Do(func() { close(f.over) }) }

// wait notes that a unit of one queue waits to send to another. It returns false, and notes nothing, where that
// one waits for the first to go on: if all its workers do, none would ever.
func (f *flow) wait(from, to *backlog) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waitsFor(to, from, map[*backlog]bool{}) {
		return false
	}
	f.waits[wait{from, to}]++
	return true
}

func (f *flow) waited(from, to *backlog) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := wait{from, to}
	if f.waits[w]--; f.waits[w] == 0 {
		delete(f.waits, w)
	}
}

// waitsFor reports whether units of one queue wait for another, also through a third. The caller holds f.mu.
func (f *flow) waitsFor(from, to *backlog, seen map[*backlog]bool) bool {
	if from == to {
		return true
	}
	seen[from] = true
	for w := range f.waits {
		if w.from == from && !seen[w.to] && f.waitsFor(w.to, to, seen) {
			return true
		}
	}
	return false
}

// unitKey is the key of the trigger in the context of its units.
type unitKey struct{}

// within is the context of the units of a trigger, whose lines say what s does.
func (t *Trigger) within(ctx context.Context, s *says) context.Context {
	return logs.Enter(context.WithValue(ctx, unitKey{}, t), t.engine, s)
}

// sender is the trigger whose unit sends with ctx or in this goroutine; nil if neither is known.
func (f *flow) sender(ctx context.Context) *Trigger {
	if t, ok := ctx.Value(unitKey{}).(*Trigger); ok && t.engine == f.engine {
		return t
	}
	task := f.engine.Caller()
	if task == nil {
		return nil
	}
	for _, t := range TriggersOf(f.engine).All() {
		if t.task == task && task.Stage == supervise.Timers {
			return t
		}
	}
	return nil
}
