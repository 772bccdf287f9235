package hosting

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/berth-go/berth/internal/crontab"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/retune"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

// A Trigger is what calls a unit: one Service, Run, Loop, Every, Cron or Consume of an application. Its methods may be
// called from any goroutine and in every phase; none but RunNow blocks.
type Trigger struct {
	engine   *supervise.Engine
	flow     *flow
	task     *supervise.Task
	settings settings
	at       place.Place
	explicit bool     // its name was given with Name
	program  settings // before the configuration has changed them
	hosts    any      // of a Host: the instance

	says *says

	// unit is called once a turn; nil for a Service, a Run and a Consume.
	unit func(context.Context) error
	// queue is that of a Consume, else nil.
	queue interface {
		pause(paused bool)
		info(i *Info)
		line() *backlog
	}
	// turn holds a token while a turn is under way, so that turns never overlap.
	turn chan struct{}
	// changed tells the goroutine that waits for the next turn to look again.
	changed chan struct{}

	mu       sync.Mutex
	state    State // without turns: Active and Paused of those with turns are told by the next two
	active   bool  // a turn is under way
	paused   bool
	interval time.Duration
	cron     *crontab.Spec // of a Cron
	last     time.Time     // of a Cron: when its last tick was due, or since when it has counted
	next     tick          // the next turn, or the one under way
	lastRun  time.Time
	lastErr  error
	runs     int
	failures int
	restarts int
	calm     time.Duration // of a Run or Service: for so long its last error is told
	inRow    int           // failures since the last turn that succeeded
	lastGood time.Time     // when that ended

	keys retune.Keys // what the configuration says of it now

	done      bool // a unit has returned ErrDone: there are no turns any more
	unhealthy bool // it is Failed, and the application goes on
	// life is the context of the goroutine that takes turns. RunNow ends its unit with it.
	life context.Context
}

// A State says what a trigger is doing.
type State uint8

// The states of a trigger.
const (
	Pending    State = iota // not started yet
	Waiting                 // a Loop, Every or Cron between two turns, or a Consume without an item
	Active                  // a turn or item is under way, or a Service or Run has been started
	Restarting              // a Service or Run that has ended, and waits until it is called again
	Paused                  // a Loop, Every, Cron or Consume that takes nothing until Resume
	Ended                   // stopped, or done
	Failed                  // failed for good by its Restart policy
	Off                     // not among those that are to be started
)

func (s State) String() string {
	return [...]string{"pending", "waiting", "active", "restarting", "paused", "ended", "failed", "off"}[s]
}

// Info is what is known of a trigger at one moment.
type Info struct {
	Name  string
	Kind  string // "Service", "Run", "Loop", "Every", "Cron" or "Consume"
	Place string // of the declaration: "orders/module.go:27"
	State State

	Interval time.Duration // of an Every; Idle of a Loop
	Cron     string        // the spec of a Cron
	LastRun  time.Time     // when the last turn or item began, or the Service or Run was started; zero: never
	NextRun  time.Time     // when the next turn or the restart is due, in state Waiting or Restarting, else zero
	// LastError is the error of the last turn or item, nil if it succeeded, or of a Service or Run the one it
	// last ended with, until after a restart it has gone on for the Calm of its policy. An end because the application
	// stops is no error.
	LastError error
	Runs      int // turns that have begun, calls for items, or starts
	Failures  int // those that ended with an error
	Restarts  int // of a Service or Run, by its policy

	// Of a Loop, Every or Cron.
	FailuresInRow int       // since the last turn that succeeded
	LastSuccess   time.Time // when that ended; zero: never

	Queue QueueInfo // of a Consume
}

// QueueInfo is what is known of a queue at one moment. Of the items that it has accepted, each is one of Depth,
// Busy, Processed, Failed and LeftOver.
type QueueInfo struct {
	Workers, Capacity int
	Depth             int // items that wait for a worker or for another attempt
	Busy              int // those that are being processed
	Processed         int
	Failed            int // for good
	Retried           int // attempts that were followed by another one
	LeftOver          int
}

// Info returns what is known of the trigger now.
func (t *Trigger) Info() Info {
	i := t.info()
	if t.queue != nil {
		t.queue.info(&i)
	}
	return i
}

func (t *Trigger) info() Info {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := Info{
		Name:      t.task.Name,
		Kind:      t.settings.kind.String(),
		Place:     t.at.String(),
		State:     t.state,
		Interval:  t.interval,
		LastRun:   t.lastRun,
		LastError: t.lastErr,
		Runs:      t.runs,
		Failures:  t.failures,
		Restarts:  t.restarts,

		FailuresInRow: t.inRow,
		LastSuccess:   t.lastGood,
	}
	if t.cron != nil {
		i.Cron = t.cron.String()
	}
	switch {
	case t.active:
		i.State = Active
	case t.paused && (t.state == Waiting || t.state == Pending):
		i.State = Paused
	case t.state == Waiting, t.state == Restarting:
		i.NextRun = t.next.at
	case t.calm > 0 && t.state == Active && time.Since(t.lastRun) >= t.calm:
		i.LastError = nil
	}
	return i
}

// Pause keeps a Loop, Every or Cron from taking turns, and the workers of a Consume from taking items, until Resume. A
// turn or item under way goes on, and RunNow still works. What is in the queue of a paused Consume when
// the application stops is left over. Pause does nothing to a Service or Run.
func (t *Trigger) Pause() {
	t.mu.Lock()
	t.paused = t.unit != nil || t.queue != nil
	t.mu.Unlock()
	if t.queue != nil {
		t.queue.pause(true)
	}
}

// Resume ends a Pause. A Loop and a Consume go on at once, an Every or Cron with its next tick: what it missed in the
// meantime is not made up for.
func (t *Trigger) Resume() {
	if t.queue != nil {
		t.queue.pause(false)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.paused && t.settings.kind == kindLoop {
		t.next = tick{at: time.Now()}
		t.notify()
	}
	t.paused = false
}

// SetInterval changes the interval of an Every, or how long a Loop waits after an iteration that
// returned nil. It applies to the wait under way too: that one ends d after it began, at once if that
// has passed. A wait that Delay or an error made is left as it is. It returns an error for a d that is
// not positive, and for a trigger without intervals.
func (t *Trigger) SetInterval(d time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.unit == nil || t.cron != nil {
		return fmt.Errorf("trigger %q has no interval: it is a %v", t.task.Name, t.settings.kind)
	}
	if d <= 0 {
		return fmt.Errorf("interval of trigger %q must be positive, is %v", t.task.Name, d)
	}
	if t.next.regular {
		t.next.due = t.next.due.Add(d - t.interval)
		t.next.at = t.next.at.Add(d - t.interval)
		t.notify()
	}
	t.interval = d
	return nil
}

// notify never blocks: one unread notice is enough.
func (t *Trigger) notify() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// RunNow takes one turn of a Loop, Every or Cron in the calling goroutine, after the one under way if there
// is one, and returns its result; Again and ErrDone count as nil. It leaves the schedule as it is, works while the
// trigger is paused or off, and never stops the application. The unit's context is ctx, which also ends
// when that of a regular turn would.
//
// It returns ctx's error if ctx ends before the turn begins, lifecycle.ErrStopping once the application
// is stopping, ErrDone once the unit has returned that, scopes.ErrNotReady before it has been constructed, and an error for a Service, Run or Consume. A
// unit that calls RunNow of its own trigger waits for itself.
func (t *Trigger) RunNow(ctx context.Context) (err error) {
	if t.unit == nil {
		return fmt.Errorf("trigger %q has no turns: it is a %v", t.Info().Name, t.settings.kind)
	}
	select {
	case t.turn <- struct{}{}:
		t.flow.enter()
		defer t.release()
	case <-t.engine.Stopping():
		return lifecycle.ErrStopping
	case <-ctx.Done():
		return ctx.Err()
	}
	if closed(t.engine.Stopping()) {
		return lifecycle.ErrStopping
	}
	if t.isDone() {
		return ErrDone
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	ctx, cancel := context.WithCancelCause(t.within(ctx, t.says))
	defer cancel(nil)
	life := t.lifetime()
	defer context.AfterFunc(life, func() { cancel(context.Cause(life)) })()
	t.take(ctx, func(ended error) {
		if !told(ended, Again) && !told(ended, ErrDone) {
			err = ended
		}
	})
	return err
}

func (t *Trigger) lifetime() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.life == nil {
		return t.engine.Context()
	}
	return t.life
}

// take calls the unit once, records how that ended, and tells it, also of a panic or a Goexit. The caller holds the
// token of t.turn.
func (t *Trigger) take(ctx context.Context, ended func(error)) {
	t.mu.Lock()
	t.active, t.lastRun = true, time.Now()
	t.runs++
	t.mu.Unlock()
	t.says.now.Add(1)

	call := ctx
	if t.settings.timeout > 0 {
		var cancel context.CancelFunc
		call, cancel = context.WithTimeout(ctx, t.settings.timeout)
		defer cancel()
	}
	attempt(call, t.unit, func(took time.Duration, err error) {
		if t.finish(ctx, err) {
			t.engine.Emit(event.UnitFailed{Source: t.source(), Err: err, Took: took})
		}
		ended(err)
	})
}

// finish records the end of a turn and reports whether it failed.
func (t *Trigger) finish(ctx context.Context, err error) (failed bool) {
	failed = failure(ctx, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	if told(err, ErrDone) {
		t.done = true
		t.notify()
	}
	t.active = false
	if t.state != Failed { // that is because of an error that stands
		t.lastErr = nil
	}
	switch {
	case failed:
		t.lastErr = err
		t.failures++
		t.inRow++
	case !stopped(ctx, err):
		t.inRow, t.lastGood = 0, time.Now()
	}
	return failed
}

// failure reports whether a turn has failed that ended with err.
func failure(ctx context.Context, err error) bool {
	return err != nil && !told(err, Again) && !told(err, ErrDone) && !stopped(ctx, err)
}

func (t *Trigger) isDone() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.done
}

// taking records that workers take items.
func (t *Trigger) taking() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state = Waiting
}

// outcome records how the last call for an item ended.
func (t *Trigger) outcome(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lastErr = err
}

func (t *Trigger) rename(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.task.Name = name
}

func (t *Trigger) hasOwnName() bool { return t.explicit }

func (t *Trigger) declared() place.Place { return t.at }

func (t *Trigger) source() event.Source {
	t.mu.Lock()
	defer t.mu.Unlock()
	return event.Source{Kind: t.task.Kind, Name: t.task.Name, Place: t.at}
}

// stopped reports whether err is no more than the end of ctx because the application stops.
func stopped(ctx context.Context, err error) bool {
	var panicked *supervise.PanicError
	if !errors.Is(context.Cause(ctx), lifecycle.ErrStopping) || errors.As(err, &panicked) {
		return false
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, lifecycle.ErrStopping)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
