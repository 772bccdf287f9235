package supervise

import (
	"context"
	"errors"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// patience is how long a call may go on after its context has ended, before it counts as hung.
const patience = 250 * time.Millisecond

// slow is how often a start that goes on is reported.
const slow = 10 * time.Second

// Do runs fn in a goroutine of its own and returns what it returns. A panic becomes a *PanicError,
// runtime.Goexit becomes a *GoexitError. When ctx has ended and fn does not return within 250 ms, Do gives
// up and returns a *HungError with the stack of that goroutine, which goes on by itself.
func Do(ctx context.Context, name string, fn func(context.Context) error) error {
	src := event.Source{Name: name}
	g := launch(ctx, name, fn, nil)
	if !g.wait(ctx, nil, 0) {
		return g.hung(ctx, src, "")
	}
	return g.err
}

// A goroutine is one that the engine started and waits for.
type goroutine struct {
	begun time.Time
	id    atomic.Pointer[GoroutineID] // once it runs
	done  chan struct{}
	took  time.Duration // these are set once done is closed
	err   error
	fault bool // err was reported as a fault
}

// launch runs fn in a new goroutine with a pprof label. ended, if not nil, is told its result there.
func launch(ctx context.Context, name string, fn func(context.Context) error, ended func(*goroutine)) *goroutine {
	g := &goroutine{begun: time.Now(), done: make(chan struct{})}
	g.run(ctx, name, false, fn, ended)
	return g
}

// run is what launch does. With again, Goexit is not the end of g: fn is called anew, in a new goroutine.
func (g *goroutine) run(ctx context.Context, name string, again bool, fn func(context.Context) error, ended func(*goroutine)) {
	go func() { g.call(ctx, Current(), name, again, fn, ended) }()
}

// call is what the goroutine does for g. With Goexit it does not return.
func (g *goroutine) call(
	ctx context.Context, id GoroutineID, name string, again bool, fn func(context.Context) error, ended func(*goroutine),
) {
	g.id.Store(&id)
	pprof.Do(ctx, pprof.Labels("berth", name), func(labelled context.Context) {
		returned := false
		defer func() {
			if !returned {
				v := recover()
				switch {
				case v != nil:
					g.err = Recovered(v, "", place.Place{})
				case again:
					g.run(ctx, name, again, fn, ended)
					return
				default:
					g.err = Exited()
				}
			}
			g.took = time.Since(g.begun)
			if ended != nil {
				ended(g)
			}
			close(g.done)
		}()
		g.err = fn(labelled)
		returned = true
	})
}

// wait returns true once g has ended, and false if it goes on long after ctx has ended: for patience, or for
// grace where ctx ended because the application stops. slowly, if not nil, is called from time to time
// while it waits.
func (g *goroutine) wait(ctx context.Context, slowly func(time.Duration), grace time.Duration) bool {
	var tick, giveUp <-chan time.Time
	if slowly != nil {
		ticker := time.NewTicker(slow)
		defer ticker.Stop()
		tick = ticker.C
	}
	ended := ctx.Done()
	for {
		select {
		case <-g.done:
			return true
		case <-tick:
			slowly(time.Since(g.begun))
		case <-ended:
			ended = nil
			wait := patience
			if errors.Is(context.Cause(ctx), ErrStopping) {
				wait = max(wait, grace)
			}
			timer := time.NewTimer(wait)
			defer timer.Stop()
			giveUp = timer.C
		case <-giveUp:
			return false
		}
	}
}

// ended reports whether g has ended.
func (g *goroutine) ended() bool {
	select {
	case <-g.done:
		return true
	default:
		return false
	}
}

// hung is the error for a goroutine that is given up.
func (g *goroutine) hung(ctx context.Context, src event.Source, op string) *HungError {
	return &HungError{Source: src, Op: op, Took: time.Since(g.begun), Stack: g.stack(), Err: context.Cause(ctx)}
}
