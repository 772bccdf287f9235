package hosting

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// A backlog is what is known of a queue whatever its items are.
type backlog struct {
	engine   *supervise.Engine
	flow     *flow
	declared event.Source

	running    atomic.Bool // the workers have begun
	lastFailed atomic.Bool // the last call of the unit has failed
	// special: the workers must look at more than the items. Written under mu.
	special atomic.Bool

	// Of the items that senders brought, refused were not taken after all. accepted only grows, and changes before
	// anything else does that an item brings about.
	accepted, refused atomic.Int64

	mu sync.Mutex

	trigger   *Trigger // nil until it is installed
	capacity  int
	paused    bool
	over      bool // the workers take nothing more, because their context has ended
	collected bool // nothing is in the queue any longer, nor ever will be
	working   int  // goroutines of the workers
	tallies   map[*tally]struct{}
	past      counts        // of workers that have ended
	aside     int           // items that nobody will process
	wake      chan struct{} // closed when workers that wait must look again
}

// A tally is what one worker has done. Only this worker writes to it.
type tally struct {
	processed, failed, retried atomic.Int64
	began                      atomic.Int64 // when the last call of the unit began, in nanoseconds since 1970
	_                          [32]byte     // the rest of a line of the processor's cache
}

// counts are sums of tallies.
type counts struct {
	processed, failed, retried int64
	began                      int64 // the latest
}

func (c counts) plus(t *tally) counts {
	return counts{
		processed: c.processed + t.processed.Load(),
		failed:    c.failed + t.failed.Load(),
		retried:   c.retried + t.retried.Load(),
		began:     max(c.began, t.began.Load()),
	}
}

func (b *backlog) init(e *supervise.Engine, d *declaration) {
	b.engine, b.flow = e, flowOf(e)
	b.declared = event.Source{Kind: d.label, Name: d.settings.name, Place: d.here.Place()}
	b.capacity = d.settings.capacity
	b.tallies = map[*tally]struct{}{}
	b.wake = make(chan struct{})
	b.flow.join(b)
}

func (b *backlog) line() *backlog { return b }

// source is how events and errors call the queue.
func (b *backlog) source() event.Source {
	b.mu.Lock()
	t := b.trigger
	b.mu.Unlock()
	if t == nil {
		return b.declared
	}
	return t.source()
}

// refuses reports whether the queue takes nothing from the caller, who has sent with ctx.
func (b *backlog) refuses(ctx context.Context) bool {
	return closed(b.flow.draining) && (closed(b.flow.over) || b.flow.sender(ctx) == nil)
}

// refuse takes back that an item was accepted.
func (b *backlog) refuse(err error) error {
	b.refused.Add(1)
	b.flow.check()
	return b.refusal(err)
}

// refusal is the error for a sender.
func (b *backlog) refusal(err error) error { return &sendError{b, err} }

// A sendError names the queue when it is printed, which a sender that tries again and again does not.
type sendError struct {
	to  *backlog
	err error
}

func (e *sendError) Error() string { return fmt.Sprintf("%v: %v", e.to.source(), e.err) }

func (e *sendError) Unwrap() error { return e.err }

// total is what all workers have done. The caller holds b.mu.
func (b *backlog) total() counts {
	sum := b.past
	for t := range b.tallies {
		sum = sum.plus(t)
	}
	return sum
}

// settled is the number of items that need nothing more. The caller holds b.mu.
func (b *backlog) settled() int64 {
	sum := b.total()
	return sum.processed + sum.failed + int64(b.aside) + b.refused.Load()
}

// idle reports whether no item is in the queue, with a worker, or with a sender; or nobody takes them any longer.
func (b *backlog) idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over || !b.running.Load() {
		return true
	}
	settled := b.settled()
	return settled == b.accepted.Load()
}

// interrupt is called when the context of the workers has ended.
func (b *backlog) interrupt() {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	b.flow.check()
}

// succeeded records that a call of the unit has.
func (b *backlog) succeeded() {
	if b.lastFailed.Load() && b.lastFailed.Swap(false) {
		b.trigger.outcome(nil)
	}
}

// failing records that a call of the unit has failed.
func (b *backlog) failing(err error) {
	b.lastFailed.Store(true)
	b.trigger.outcome(err)
}

// broadcast makes waiting workers look again. The caller holds b.mu.
func (b *backlog) broadcast() {
	close(b.wake)
	b.wake = make(chan struct{})
}
