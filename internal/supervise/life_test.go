package supervise_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// A life is an application from its construction to its end, and what must come of it.
type life struct {
	*supervise.Engine
	t       *testing.T
	gate    *supervise.Gate
	release chan struct{}      // closed at the end: what hangs returns
	cancel  context.CancelFunc // of the context given to Start
	calls   sync.WaitGroup     // of the driver

	mu sync.Mutex

	order        []*part      // hooks and cleanups in the order of their list, then tasks by stage
	hooks        int          // how many of order are no tasks
	hook         *part        // whose start is under way
	next         int          // where in order a hook goes that is appended while that start goes on
	appended     *part        // by the driver
	failing      []chan error // what Runs wait for
	constructing bool         // construction is under way, or was given up and goes on
	constructed  bool
	stopAsked    bool
	undone       bool // nothing may start any longer
	outOfTime    bool // the start limit or the end of Start's context has undone the start
	limitPassed  bool
	beginnings   int // of calls of user code
	errs         int // how many errors there were

	start   *call           // the first, if any
	wanted  []error         // in the result
	ignored []error         // not in the result
	hangs   []string        // "name op" of the calls that were given up
	given   map[string]bool // those and later ones
	last    []func()
}

// A part of the application is a hook, a cleanup or a task.
type part struct {
	name                    string
	stage                   supervise.Stage // of a task
	begun, started, stopped bool
}

// A call is one by the driver.
type call struct {
	event      string
	phase      supervise.Phase // when it was made
	beginnings int
	returned   bool
	err        error
	panicked   any
}

func (l *life) atEnd(check func()) { l.last = append(l.last, check) }

// construct begins the construction of an application of these parts, two bytes each: what it is, and what
// its start and its stop do. how is what the last constructor does.
func (l *life) construct(how byte, parts []byte) {
	l.constructing = true
	build := func() error {
		defer func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.constructing = false
		}()
		for i := 0; i+1 < len(parts); i += 2 {
			l.declare(strconv.Itoa(i/2), parts[i], parts[i+1])
		}
		defer l.Building("application", here)()
		if err := l.behave(l.Context(), "application ", how); err != nil {
			return err
		}
		l.mu.Lock()
		l.constructed = true
		l.mu.Unlock()
		l.Constructed()
		return nil
	}
	l.calls.Go(func() { _ = l.Construct(context.Background(), build) })
	synctest.Wait()
}

// declare adds a part.
func (l *life) declare(name string, kind, how byte) {
	start, stop := how&0xf, how>>4
	l.mu.Lock()
	defer l.mu.Unlock()
	switch kind % 8 {
	case 0:
		l.Append(l.insert(&part{name: name}, nil, start, stop))
	case 1:
		more := func() { l.appendMore(name+" more", stop) }
		l.Append(l.insert(&part{name: name}, more, start, stop))
	case 2:
		h := l.insert(&part{name: name, started: true}, nil, start, stop)
		h.Start = nil
		l.Append(h)
	case 3:
		p := &part{name: name, started: true}
		l.insert(p, nil, 0, 0)
		l.Release(name, here, l.stopping(p, "", stop))
	default:
		p := &part{name: name, stage: supervise.Stage(kind % 4)}
		at := l.hooks
		for at < len(l.order) && l.order[at].stage <= p.stage {
			at++
		}
		l.order = slices.Insert(l.order, at, p)
		l.Add(&supervise.Task{
			Name: name, Place: here, Stage: p.stage,
			Start: l.starting(p, nil, start), Stop: l.stopping(p, "stop", stop), Run: l.running(kind / 8), Workers: int(kind) / 64,
		})
	}
}

// insert puts a part where Append and Release do, and makes a hook of it. The caller holds l.mu.
func (l *life) insert(p *part, first func(), start, stop byte) supervise.Hook {
	at := l.hooks
	if l.hook != nil {
		at = l.next
		l.next++
	}
	l.order = slices.Insert(l.order, at, p)
	l.hooks++
	starting := l.starting(p, first, start)
	return supervise.Hook{
		Name: p.name,
		Start: func(ctx context.Context) error {
			l.mu.Lock()
			l.hook, l.next = p, slices.Index(l.order, p)+1
			l.mu.Unlock()
			defer func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				l.hook = nil
			}()
			return starting(ctx)
		},
		Stop: l.stopping(p, "stop", stop),
	}
}

// appendMore appends a hook in the start of another.
func (l *life) appendMore(name string, stop byte) {
	l.mu.Lock()
	h := l.insert(&part{name: name}, nil, 0, stop)
	l.mu.Unlock()
	l.Append(h)
}

// starting is the start of a part: it comes after that of those before it.
func (l *life) starting(p *part, first func(), how byte) func(context.Context) error {
	return func(ctx context.Context) error {
		l.mu.Lock()
		l.beginnings++
		if l.undone {
			l.t.Errorf("%s starts although the start is undone", p.name)
		}
		i := slices.Index(l.order, p)
		if after := slices.IndexFunc(l.order[i:], func(q *part) bool { return q.begun }); after >= 0 {
			l.t.Errorf("%s starts after %s", p.name, l.order[i+after].name)
		}
		p.begun = true
		l.mu.Unlock()
		if first != nil {
			first()
		}
		err := l.behave(ctx, p.name+" start", how)
		l.mu.Lock()
		defer l.mu.Unlock()
		p.started = err == nil && !l.given[p.name+" start"]
		return err
	}
}

// stopping is the stop of a part: that of those that were started after it has come before.
func (l *life) stopping(p *part, op string, how byte) func(context.Context) error {
	return func(ctx context.Context) error {
		l.mu.Lock()
		open := slices.DeleteFunc(slices.Clone(l.order), func(q *part) bool { return !q.started || q.stopped })
		if len(open) == 0 || open[len(open)-1] != p {
			l.t.Errorf("%s stops while open are %d, it is not the last", p.name, len(open))
		}
		if phase := l.Phase(); phase != supervise.PhaseStopping {
			l.t.Errorf("%s stops in phase %v", p.name, phase)
		}
		p.stopped = true
		l.mu.Unlock()
		return l.behave(ctx, p.name+" "+op, how)
	}
}

// behave is a call of user code that does one of many things.
func (l *life) behave(ctx context.Context, call string, how byte) error {
	switch how % 12 {
	case 1:
		return l.fails(call, l.newError())
	case 2:
		panic(l.fails(call, l.newError()))
	case 3:
		_ = l.fails(call, supervise.ErrGoexit)
		runtime.Goexit()
	case 4: // takes its time
		time.Sleep(1013 * time.Millisecond)
	case 5: // takes its time, but not beyond the end of its context
		select {
		case <-time.After(1013 * time.Millisecond):
		case <-ctx.Done():
			return l.cut(call, ctx.Err())
		}
	case 6:
		time.Sleep(1013 * time.Millisecond)
		return l.fails(call, l.newError())
	case 7: // hangs
		<-l.release
	case 8:
		<-ctx.Done()
		return l.cut(call, ctx.Err())
	case 9:
		l.shutdown("Shutdown(nil)", nil)
	case 10:
		l.shutdown("Shutdown(err)", l.newError())
	}
	return nil
}

// shutdown asks for a shutdown from inside.
func (l *life) shutdown(name string, cause error) {
	l.mu.Lock()
	table(name)[l.Phase()](l, cause)
	l.mu.Unlock()
	l.Shutdown(cause)
}

// fails is a failure of user code; of a call that was given up nobody learns it.
func (l *life) fails(call string, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.given[call] && !l.late() {
		table("failure")[l.Phase()](l, err)
	}
	return err
}

// cut is the end of a call whose context has ended. A start is undone then, for a reason that is known. A stop
// has failed.
func (l *life) cut(call string, err error) error {
	if l.Phase() == supervise.PhaseStopping && call != "application " {
		return l.fails(call, err)
	}
	return err
}

// late is true when Stop has returned although a constructor hangs, and what was constructed is
// released now.
func (l *life) late() bool { return l.given["application "] }

// running is the Run of a task.
func (l *life) running(how byte) func(supervise.Turn) error {
	if how%6 == 0 {
		return nil
	}
	return func(turn supervise.Turn) error {
		l.mu.Lock()
		l.beginnings++
		l.mu.Unlock()
		switch how % 6 {
		case 1:
			return waits(turn.Context)
		case 2: // at any time between the start of its task and the phase Running
			err := l.newError()
			l.mu.Lock()
			defer l.mu.Unlock()
			l.want(err)
			return err
		case 3:
			<-l.release
		case 4:
			return l.mayFail(turn.Context)
		}
		return nil
	}
}

// mayFail waits for a failure until ctx ends.
func (l *life) mayFail(ctx context.Context) error {
	failing := make(chan error)
	l.mu.Lock()
	l.failing = append(l.failing, failing)
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.failing = slices.DeleteFunc(l.failing, func(c chan error) bool { return c == failing })
	}()
	select {
	case err := <-failing:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *life) newError() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs++
	return fmt.Errorf("error %d", l.errs)
}

// listen notes what is given up.
func (l *life) listen(ev event.Event) {
	gone, ok := ev.(event.Abandoned)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	name := gone.Name + " " + gone.Op
	if !l.late() {
		table("hang")[l.Phase()](l, nil)
		l.hangs = append(l.hangs, name)
	}
	l.given[name] = true
}

// limitIsOver is called just before the start limit is over.
func (l *life) limitIsOver() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limitPassed = true
	if !l.undone && (l.constructing || l.Phase() == supervise.PhaseStarting) {
		l.undone, l.outOfTime = true, true
	}
}
