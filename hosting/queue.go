package hosting

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/supervise"
)

// What Send and TrySend fail with, wrapped in an error that names the queue and its place.
var (
	// ErrFull means that the queue has no room and the call must not wait for it.
	ErrFull = errors.New("queue is full")
	// ErrStopped means that the application stops and the queue takes nothing more from this sender.
	ErrStopped = errors.New("queue has stopped")
	// ErrNilItem means that the item is nil.
	ErrNilItem = errors.New("item is nil")
)

// A Queue holds items until a unit of Consume is called with them. *Queue[T] is injectable anywhere. Its
// methods may be called from any goroutine and in every phase, from constructors, hooks and units too.
//
// An item that was accepted is processed, has failed, or is left over at stop: never lost.
type Queue[T any] struct {
	backlog

	isNil func(T) bool // nil for a T that cannot be nil
	// These are set when the queue is installed, before the workers run.
	call     func(ctx context.Context, given []decl.Value) error
	leftover func(ctx context.Context, left []T) error // nil: there is no such unit
	retry    retrying

	// items are those that the workers have not taken yet. It is made when they begin, before running is set.
	items chan T

	// These are guarded by mu of the backlog.
	early   []T                  // sent before the workers run
	due     []*job[T]            // to be taken before items
	waiting map[*job[T]]struct{} // for another attempt
	workers map[*worker[T]]struct{}
	left    []T // nobody will process them
}

// Send puts an item into the queue. While the queue is full it waits, until there is room, ctx ends or the
// application stops. It never waits before the workers run, nor in a unit that the queue itself waits for: one
// of the same queue, or of another that is full and waits to send to this one; then it fails with ErrFull.
//
// When the stop comes to queues, senders get ErrStopped, those that wait too. Only units that are still under
// way may go on sending, until all queues have come to rest; they are known by their context, or by their
// goroutine. A ctx that has ended is an error even if there is room, and so is a nil item: ErrNilItem.
func (q *Queue[T]) Send(ctx context.Context, item T) error {
	if err := ctx.Err(); err != nil {
		return q.refusal(err)
	}
	return q.put(ctx, item, true)
}

// TrySend puts an item into the queue if there is room, and fails with ErrFull if not. It never waits.
// When the application stops it fails with ErrStopped, as Send does; without a context, a unit that is
// under way is known by its goroutine only.
func (q *Queue[T]) TrySend(item T) error { return q.put(context.Background(), item, false) }

// Len is the number of items that wait for a worker or for another attempt.
func (q *Queue[T]) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.depth()
}

// depth is Len. The caller holds q.mu.
func (q *Queue[T]) depth() int { return len(q.items) + len(q.early) + len(q.due) + len(q.waiting) }

// put is Send, or where it must not wait TrySend.
func (q *Queue[T]) put(ctx context.Context, item T, wait bool) error {
	if q.isNil != nil && q.isNil(item) {
		return q.refusal(ErrNilItem)
	}
	if q.refuses(ctx) {
		return q.refusal(ErrStopped)
	}
	if !q.running.Load() {
		if done, err := q.putEarly(item); done {
			return err
		}
	}
	// From here until the item is in the queue or refused, the queue counts as busy.
	q.accepted.Add(1)
	if closed(q.flow.over) {
		return q.refuse(ErrStopped)
	}
	select {
	case q.items <- item:
		return nil
	default:
	}
	if !wait {
		return q.refuse(ErrFull)
	}
	return q.putLater(ctx, item)
}

// putEarly keeps an item until the workers run. It returns false if they do by now.
func (q *Queue[T]) putEarly(item T) (done bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.running.Load():
		return false, nil
	case q.collected:
		return true, q.refusal(ErrStopped)
	case len(q.early) >= q.capacity:
		return true, q.refusal(ErrFull)
	}
	q.early = append(q.early, item)
	q.accepted.Add(1)
	return true, nil
}

// putLater waits until there is room.
func (q *Queue[T]) putLater(ctx context.Context, item T) error {
	stopped := q.flow.draining
	if sender := q.flow.sender(ctx); sender != nil {
		stopped = q.flow.over
		if sender.queue != nil {
			if !q.flow.wait(sender.queue.line(), &q.backlog) {
				return q.refuse(ErrFull)
			}
			defer q.flow.waited(sender.queue.line(), &q.backlog)
		}
	}
	select {
	case q.items <- item:
		return nil
	case <-ctx.Done():
		return q.refuse(ctx.Err())
	case <-stopped:
		return q.refuse(ErrStopped)
	}
}

// open lets items in for the workers, those first that were sent before.
func (q *Queue[T]) open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = make(chan T, q.capacity)
	for i, item := range q.early {
		if i < q.capacity {
			q.items <- item
		} else { // With has made the queue smaller than it was declared
			q.due = append(q.due, &job[T]{item: item})
		}
	}
	q.early = nil
	q.look()
	q.running.Store(true)
}

// pause makes the workers take nothing new, or go on.
func (q *Queue[T]) pause(paused bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.paused = paused
	q.look()
	q.broadcast()
}

// look notes whether workers must look at more than the items. The caller holds q.mu.
func (q *Queue[T]) look() {
	q.special.Store(q.paused || len(q.due) > 0 || len(q.waiting) >= q.capacity)
}

// info completes what is known of the trigger.
func (q *Queue[T]) info(i *Info) {
	q.mu.Lock()
	defer q.mu.Unlock()
	sum := q.total()
	i.Queue = QueueInfo{
		Workers:   q.trigger.settings.workers,
		Capacity:  q.capacity,
		Depth:     q.depth(),
		Processed: int(sum.processed),
		Failed:    int(sum.failed),
		Retried:   int(sum.retried),
		LeftOver:  q.aside,
	}
	for w := range q.workers {
		if w.current.Load() != nil {
			i.Queue.Busy++
		}
	}
	if i.Queue.Busy > 0 && i.State != Ended {
		i.State = Active
	}
	i.Failures = int(sum.failed + sum.retried)
	i.Runs = int(sum.processed) + i.Failures + i.Queue.Busy
	if sum.began > 0 {
		i.LastRun = time.Unix(0, sum.began)
	}
}

// queues are those of one application, each by its declaration.
type queues struct {
	mu sync.Mutex

	of map[*declaration]any
}

// queueOf is the queue that d declares in the application of e. It is made when somebody first asks for it.
func queueOf[T any](e *supervise.Engine, d *declaration, isNil func(T) bool) *Queue[T] {
	all := supervise.Local(e, func() *queues { return &queues{of: map[*declaration]any{}} })
	all.mu.Lock()
	defer all.mu.Unlock()
	if q, ok := all.of[d]; ok {
		return q.(*Queue[T])
	}
	q := &Queue[T]{
		isNil:   isNil,
		waiting: map[*job[T]]struct{}{},
		workers: map[*worker[T]]struct{}{},
	}
	q.init(e, d)
	all.of[d] = q
	// Where the construction fails, nothing else tells of the items that constructors have sent.
	e.Release(d.label, d.here.Place(), func(context.Context) error { q.tell(len(q.collect()), false); return nil })
	return q
}
