package hosting

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

// A job is an item from the time when a worker takes it until it needs nothing more.
type job[T any] struct {
	item   T
	number uint64 // by which lines of the log name it
	calls  int    // of the unit
	pause  *backoff.ExponentialBackOff
	timer  *time.Timer // of the wait for the next call
}

// A worker takes items in one goroutine.
type worker[T any] struct {
	tally
	// current is what the unit is called with. Who swaps it for nil, the worker or the stop, settles it.
	current atomic.Pointer[job[T]]
	says    says
	given   [1]decl.Value
	ctx     context.Context // of the units; the worker owns it
}

// run takes items until it may take no more. It is called in the goroutine of each worker, and again after a
// unit has exited that.
func (q *Queue[T]) run(turn supervise.Turn) error {
	w := q.begin(turn.Context)
	defer q.finish(w)
	defer context.AfterFunc(w.ctx, q.interrupt)()
	for {
		j := q.next(w)
		if j == nil {
			return nil
		}
		q.process(w, j)
	}
}

func (q *Queue[T]) begin(ctx context.Context) *worker[T] {
	w := new(worker[T])
	w.says.trigger, w.says.unit, w.says.items = q.trigger, q.trigger.says.unit, true
	w.ctx = q.trigger.within(ctx, &w.says)
	q.trigger.taking()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.working++
	q.workers[w] = struct{}{}
	q.tallies[&w.tally] = struct{}{}
	return w
}

// finish is the end of a worker, for ever or until its unit is called again in another goroutine.
func (q *Queue[T]) finish(w *worker[T]) {
	q.mu.Lock()
	q.past = q.past.plus(&w.tally)
	delete(q.workers, w)
	delete(q.tallies, &w.tally)
	q.working--
	last := q.working == 0
	q.mu.Unlock()
	if last {
		q.trigger.ended(w.ctx, nil)
	}
	q.flow.check()
}

// next is the item to process next, or nil when there will be none.
func (q *Queue[T]) next(w *worker[T]) *job[T] {
	done := w.ctx.Done()
	for !closed(done) {
		if !q.special.Load() {
			select {
			case item := <-q.items:
				return &job[T]{item: item}
			default:
			}
		}
		j, items, wake := q.consider()
		if j != nil {
			return j
		}
		end := q.flow.draining
		if closed(end) {
			q.flow.check()
			if end = q.flow.over; closed(end) {
				return nil
			}
		}
		select {
		case item := <-items:
			if j := q.taken(item); j != nil {
				return j
			}
		case <-wake:
		case <-end:
		case <-done:
		}
	}
	return nil
}

// consider returns what must be taken before other items, or where to wait for one: items is nil while
// none may be taken.
func (q *Queue[T]) consider() (j *job[T], items <-chan T, wake <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	draining := closed(q.flow.draining)
	if draining {
		q.abandonWaiting()
	}
	switch {
	case q.paused && draining:
		q.abandonDue()
		return nil, q.items, q.wake
	case q.paused:
		return nil, nil, q.wake
	case len(q.due) > 0:
		j = q.due[0]
		q.due = slices.Delete(q.due, 0, 1)
		q.look()
		return j, nil, nil
	case len(q.waiting) >= q.capacity: // or more and more would wait
		return nil, nil, q.wake
	}
	return nil, q.items, q.wake
}

// taken is the item that a waiting worker got, unless the queue is paused: then it is the first to be taken when it
// goes on, or left over if it will not.
func (q *Queue[T]) taken(item T) *job[T] {
	j := &job[T]{item: item}
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.paused {
		return j
	}
	q.due = slices.Insert(q.due, 0, j)
	q.look()
	return nil
}

// process calls the unit with an item.
func (q *Queue[T]) process(w *worker[T], j *job[T]) {
	began, err := time.Now(), supervise.ErrGoexit
	w.began.Store(began.UnixNano())
	if j.calls++; j.calls == 1 {
		j.number = q.trigger.says.now.Add(1)
	}
	w.says.item(j.number, j.calls)
	w.current.Store(j)
	defer func() {
		if w.current.CompareAndSwap(j, nil) {
			q.settle(w, j, began, err)
		}
	}()
	w.given[0] = decl.ValueAt(&j.item)
	err = q.call(w.ctx, w.given[:])
}

// settle decides what follows from the end of a call.
func (q *Queue[T]) settle(w *worker[T], j *job[T], began time.Time, err error) {
	if err == nil {
		q.succeeded()
		w.processed.Add(1)
		return
	}
	source, took := q.source(), time.Since(began)
	switch {
	case stopped(w.ctx, err):
		q.leave(j)
	case interrupted(w.ctx, err) || q.retry.again(j.calls, err) && closed(q.flow.draining):
		q.failing(err)
		q.engine.Emit(event.UnitFailed{Source: source, Err: err, Took: took})
		q.leave(j)
	case q.retry.again(j.calls, err):
		q.failing(err)
		wait := q.retry.wait(&j.pause)
		q.engine.Emit(event.ItemRetried{Source: source, Err: err, Took: took, Attempt: j.calls, Wait: wait})
		q.later(j, wait)
		w.retried.Add(1)
	default:
		q.failing(err)
		q.engine.Emit(event.UnitFailed{Source: source, Err: err, Took: took})
		if q.trigger.settings.stopOnError {
			q.engine.Fault(source, err, took)
		}
		w.failed.Add(1)
	}
}

// interrupted reports whether a unit that has failed had lost its context because of the stop. A panic is not put down
// to that.
func interrupted(ctx context.Context, err error) bool {
	var panicked *supervise.PanicError
	return errors.Is(context.Cause(ctx), lifecycle.ErrStopping) && !errors.As(err, &panicked) && !errors.Is(err, supervise.ErrGoexit)
}

// later brings a job back after a wait that holds no worker.
func (q *Queue[T]) later(j *job[T], wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting[j] = struct{}{}
	j.timer = time.AfterFunc(wait, func() { q.back(j) })
	q.look()
}

// back is called when the wait of a job is over.
func (q *Queue[T]) back(j *job[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, ok := q.waiting[j]; !ok || closed(q.flow.draining) {
		return
	}
	delete(q.waiting, j)
	q.due = append(q.due, j)
	q.look()
	q.broadcast()
}
