package plan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/berth-go/berth/internal/supervise"
)

// cleanupLimit is the time that the cleanups of one scope have together.
const cleanupLimit = 5 * time.Second

// barkAfter leaves a cleanup that heeds its context the time to return.
const barkAfter = cleanupLimit + 250*time.Millisecond

// A CleanupError says which cleanups of a scope failed after its unit had succeeded. It wraps what
// they returned.
type CleanupError struct {
	Errs []error
}

func (e *CleanupError) Unwrap() []error { return e.Errs }

func (e *CleanupError) Error() string {
	return "cleanup failed: " + errors.Join(e.Errs...).Error()
}

// A tidier runs the cleanups of a scope in reverse order of construction, each once.
//
// They run in the goroutine that closes the scope. A watchdog takes over when one exceeds the
// limit: it counts as failed, and the rest run in the watchdog's goroutine. The cursor
// sees to it that each runs once, whoever runs it.
type tidier struct {
	list   []tidy
	inline [4]tidy
	cursor atomic.Int32

	scope  context.Context
	ctx    context.Context // of cleanups that take one, made for the first of them
	cancel context.CancelFunc

	mu   sync.Mutex
	errs []error
}

type tidy struct {
	node *Node
	fn   any
}

func (t *tidier) add(n *Node, fn any) {
	if t.list == nil {
		t.list = t.inline[:0]
	}
	t.list = append(t.list, tidy{n, fn})
}

// run runs all and returns what failed.
func (t *tidier) run(g *Graph, scope context.Context) []error {
	if len(t.list) == 0 {
		return nil
	}
	t.scope = scope
	t.cursor.Store(int32(len(t.list)))
	w := g.watch(t)
	t.rest()
	if g.unwatch(w) && t.cancel == nil {
		return t.errs // the watchdog never ran: nobody else looks at t
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cancel != nil {
		t.cancel()
	}
	return t.errs
}

// rest runs what nobody has begun.
func (t *tidier) rest() {
	for {
		i := int(t.cursor.Add(-1))
		if i < 0 {
			return
		}
		t.one(i)
	}
}

func (t *tidier) one(i int) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if value := recover(); value != nil {
			t.failed(i, supervise.Recovered(value, t.list[i].node.name(), t.list[i].node.where()))
			return
		}
		t.failed(i, supervise.ErrGoexit)
		t.rest() // this goroutine ends here, the cleanups do not
	}()
	var err error
	switch f := t.list[i].fn.(type) {
	case func():
		f()
	case func() error:
		err = f()
	case func(context.Context) error:
		err = f(t.context())
	}
	returned = true
	if err != nil {
		t.failed(i, err)
	}
}

// context is the scope's without its end, for the limit.
func (t *tidier) context() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx == nil || t.ctx.Err() != nil {
		if t.cancel != nil {
			t.cancel()
		}
		t.ctx, t.cancel = context.WithTimeout(context.WithoutCancel(t.scope), cleanupLimit)
	}
	return t.ctx
}

func (t *tidier) failed(i int, err error) {
	n := t.list[i].node
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errs = append(t.errs, fmt.Errorf("cleanup of %s (%v): %w", n.name(), n.where(), err))
}

// A watchdog takes over the cleanups of a scope that take too long. They are kept for reuse:
// a timer costs more than most cleanups.
type watchdog struct {
	timer *time.Timer
	mu    sync.Mutex
	t     *tidier
}

func (g *Graph) watch(t *tidier) *watchdog {
	w, _ := g.watchdogs.Get().(*watchdog)
	if w == nil {
		w = &watchdog{}
		w.t = t
		w.timer = time.AfterFunc(barkAfter, func() { w.bark(g) })
		return w
	}
	w.mu.Lock()
	w.t = t
	w.mu.Unlock()
	w.timer.Reset(barkAfter)
	return w
}

// unwatch reports whether the watchdog slept all the time.
func (g *Graph) unwatch(w *watchdog) bool {
	if !w.timer.Stop() {
		return false // it runs or ran: not for reuse
	}
	w.mu.Lock()
	w.t = nil
	w.mu.Unlock()
	g.watchdogs.Put(w)
	return true
}

// bark counts the cleanup that runs as failed and runs the rest.
func (w *watchdog) bark(g *Graph) {
	w.mu.Lock()
	t := w.t
	w.mu.Unlock()
	if t == nil {
		return
	}
	if i := int(t.cursor.Load()); i >= 0 && i < len(t.list) {
		n := t.list[i].node
		err := fmt.Errorf("still running after %v", cleanupLimit)
		t.failed(i, err)
		g.cleanupFailed(n, err)
	}
	next := g.watch(t) // for one of the rest that hangs too
	t.rest()
	g.unwatch(next)
}
