package hosting

import (
	"cmp"
	"context"
	"maps"
	"runtime"
	"slices"

	"github.com/berth-go/berth/lifecycle/event"
)

// leave puts a job aside that nobody will process.
func (q *Queue[T]) leave(j *job[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.abandon(j.item)
}

// abandon is leave. The caller holds q.mu.
func (q *Queue[T]) abandon(items ...T) {
	q.left = append(q.left, items...)
	q.aside += len(items)
}

// abandonWaiting leaves the jobs that wait for another attempt, in the order in which they were first taken. The caller holds q.mu.
func (q *Queue[T]) abandonWaiting() {
	first := func(a, b *job[T]) int { return cmp.Compare(a.number, b.number) }
	for _, j := range slices.SortedFunc(maps.Keys(q.waiting), first) {
		j.timer.Stop()
		q.abandon(j.item)
	}
	clear(q.waiting)
	q.look()
}

// abandonDue leaves the jobs that are to be taken before others. The caller holds q.mu.
func (q *Queue[T]) abandonDue() {
	for _, j := range q.due {
		q.abandon(j.item)
	}
	q.due = nil
	q.look()
}

// collect takes all that is left out of the queue, for good, and refuses all senders. It is called when
// no worker takes items any longer; one whose unit hangs loses its item.
func (q *Queue[T]) collect() []T {
	q.flow.end()
	for !q.empty() {
		runtime.Gosched() // a sender or worker is about to say what has become of an item
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.left
	q.left = nil
	return left
}

// empty leaves all that is in the queue. It returns false if that was not all that has been accepted.
func (q *Queue[T]) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for w := range q.workers {
		if j := w.current.Swap(nil); j != nil {
			q.abandon(j.item)
		}
	}
	q.abandonWaiting()
	q.abandonDue()
	for len(q.items) > 0 {
		q.abandon(<-q.items)
	}
	q.abandon(q.early...)
	q.early = nil
	q.collected = q.settled() == q.accepted.Load()
	return q.collected
}

// handOver gives what is left to the unit of Leftover.
func (q *Queue[T]) handOver(ctx context.Context) error {
	left := q.collect()
	q.tell(len(left), q.leftover != nil)
	if len(left) == 0 || q.leftover == nil {
		return nil
	}
	return q.leftover(ctx, left)
}

// tell emits how many items are left.
func (q *Queue[T]) tell(count int, handedOver bool) {
	if count > 0 {
		q.engine.Emit(event.ItemsLeft{Source: q.source(), Count: count, HandedOver: handedOver})
	}
}
