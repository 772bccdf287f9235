package health

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

// A check is a Check in one application.
type check struct {
	settings

	engine *supervise.Engine
	source event.Source
	unit   string
	call   func(context.Context) error
	next   time.Time // of the goroutine that runs it

	known chan struct{} // closed once there is a result
	tell  sync.Once     // closes it

	mu sync.Mutex

	result Result // without what never changes
}

// task runs the check between the start of services and their stop.
func (c *check) task() *supervise.Task {
	return &supervise.Task{
		Kind:        c.source.Kind,
		Name:        c.source.Name,
		Place:       c.source.Place,
		Stage:       supervise.Timers,
		Run:         c.repeat,
		Respawn:     true,
		Grace:       time.Nanosecond, // nobody waits for the answer any longer
		StopTimeout: c.timeout,
	}
}

// repeat is called anew, in another goroutine, when the unit has exited that before.
func (c *check) repeat(turn supervise.Turn) error {
	ctx := logs.Enter(turn.Context, c.engine, (*says)(c))
	timer := time.NewTimer(time.Until(c.next))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-turn.Draining:
			return nil
		}
		c.run(ctx)
		if c.group == Startup && c.current().Status == Healthy {
			return nil
		}
		timer.Reset(c.every)
	}
}

// run calls the unit once and records how that ended, also when it takes too long.
func (c *check) run(ctx context.Context) {
	began, err := time.Now(), supervise.ErrGoexit
	told := make(chan struct{})
	late := time.AfterFunc(c.timeout, func() {
		defer close(told)
		c.record(began, &timeoutError{limit: c.timeout})
	})
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer func() {
		over := limited.Err() != nil && ctx.Err() == nil
		cancel()
		if !late.Stop() {
			<-told
			over = true
		}
		if over {
			err = &timeoutError{limit: c.timeout, err: err}
		}
		c.next = time.Now().Add(c.every)
		if !errors.Is(context.Cause(ctx), lifecycle.ErrStopping) {
			c.record(began, err)
		}
	}()
	err = c.call(limited)
}

// record notes what a run has shown, and tells if that is news. Until the first run a check counts as healthy for this.
func (c *check) record(began time.Time, err error) {
	now := time.Now()
	c.mu.Lock()
	was := Healthy
	if !c.result.At.IsZero() {
		was = c.result.Status
	}
	r := Result{Status: statusOf(err, c.failure), Err: err, At: now, Took: now.Sub(began), LastSuccess: c.result.LastSuccess}
	if r.Status == Healthy {
		r.LastSuccess = now
	}
	c.result = r
	c.mu.Unlock()
	if r.Status != was {
		c.engine.Emit(event.HealthChanged{Source: c.source, Was: was.String(), Now: r.Status.String(), Err: err, Took: r.Took})
	}
	c.tell.Do(func() { close(c.known) })
}

// current is what is known of the check now.
func (c *check) current() Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.result
	r.Name, r.Kind, r.Group, r.Place = c.source.Name, c.source.Kind, c.group, c.source.Place.String()
	if r.At.IsZero() {
		r.Err = ErrNotChecked
		if c.group == Live {
			r.Status = Healthy // a process that is about to come up is not to be restarted
		}
	}
	return r
}

// ErrNotChecked is the error of a check that has not run yet.
var ErrNotChecked = errors.New("check has not run yet")

// A timeoutError is what a check comes to that takes longer than its Timeout.
type timeoutError struct {
	limit time.Duration
	err   error // what it returned in the end; nil as long as it has not, or if that was nil
}

func (e *timeoutError) Error() string {
	text := fmt.Sprintf("check did not return within %v", e.limit)
	if e.err != nil {
		text += ": " + e.err.Error()
	}
	return text
}

// Unwrap lets errors.Is find context.DeadlineExceeded, and what the check returned.
func (e *timeoutError) Unwrap() []error {
	if e.err == nil {
		return []error{context.DeadlineExceeded}
	}
	return []error{context.DeadlineExceeded, e.err}
}

// says is what the lines of a check say: its name.
type says check

// Name implements logs.Source.
func (s *says) Name() string { return s.unit }

// Version implements logs.Source.
func (s *says) Version() uint64 { return 0 }

// Fields implements logs.Source.
func (s *says) Fields() []zap.Field { return []zap.Field{zap.String("check", s.source.Name)} }
