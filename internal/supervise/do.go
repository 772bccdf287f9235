package supervise

import (
	"bytes"
	"context"
	"runtime"
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
// runtime.Goexit becomes ErrGoexit. When ctx has ended and fn does not return within 250 ms, Do gives
// up and returns a *HungError with the stack of that goroutine, which goes on by itself.
func Do(ctx context.Context, name string, fn func(context.Context) error) error {
	src := event.Source{Name: name}
	g := launch(ctx, name, fn, nil)
	if !g.wait(ctx, nil) {
		return g.hung(ctx, src, "")
	}
	return g.err
}

// RunCleanup runs one cleanup in a goroutine of its own, under a context that has the values of ctx
// and ends after limit only. What it returns is a *FailedError or a *HungError that names the cleanup.
func RunCleanup(
	ctx context.Context, name string, p place.Place, limit time.Duration, fn func(context.Context) error,
) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	src := event.Source{Kind: kindCleanup, Name: name, Place: p}
	g := launch(ctx, name, fn, nil)
	if !g.wait(ctx, nil) {
		return g.hung(ctx, src, "")
	}
	return failed(src, "", g.took, g.err)
}

// A goroutine is one that the engine started and waits for.
type goroutine struct {
	begun time.Time
	id    atomic.Pointer[string] // "goroutine 12 [", once it runs
	done  chan struct{}
	took  time.Duration // both set once done is closed
	err   error
}

// launch runs fn in a new goroutine with a pprof label. ended, if not nil, is told its result there.
func launch(ctx context.Context, name string, fn func(context.Context) error, ended func(*goroutine)) *goroutine {
	g := &goroutine{begun: time.Now(), done: make(chan struct{})}
	go pprof.Do(ctx, pprof.Labels("berth", name), func(ctx context.Context) {
		g.identify()
		returned := false
		defer func() {
			if !returned {
				g.err = ErrGoexit
				if v := recover(); v != nil {
					g.err = Recovered(v, "", place.Place{})
				}
			}
			g.took = time.Since(g.begun)
			if ended != nil {
				ended(g)
			}
			close(g.done)
		}()
		g.err = fn(ctx)
		returned = true
	})
	return g
}

// wait returns true once g has ended, and false if it goes on long after ctx has ended. slowly, if not
// nil, is called from time to time while it waits.
func (g *goroutine) wait(ctx context.Context, slowly func(time.Duration)) bool {
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
			timer := time.NewTimer(patience)
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

// identify notes the number of the running goroutine, by which its stack is found among all.
func (g *goroutine) identify() {
	var buf [64]byte
	head := buf[:runtime.Stack(buf[:], false)]
	if i := bytes.IndexByte(head, '['); i > 0 {
		id := string(head[:i+1])
		g.id.Store(&id)
	}
}

// below is the first frame under the user's own in the stack of such a goroutine.
const below = "github.com/berth-go/berth/internal/supervise.launch"

// stack is where g is now, or nil if it has ended or not begun.
func (g *goroutine) stack() []byte {
	id := g.id.Load()
	if id == nil {
		return nil
	}
	for block := range bytes.SplitSeq(allStacks(), []byte("\n\n")) {
		if bytes.HasPrefix(block, []byte(*id)) {
			user, _, _ := bytes.Cut(block, []byte("\n"+below))
			return bytes.Clone(user)
		}
	}
	return nil
}

// allStacks is cut off at 64 MiB.
func allStacks() []byte {
	for size := 1 << 16; ; size *= 2 {
		buf := make([]byte, size)
		n := runtime.Stack(buf, true)
		if n < size || size >= 1<<26 {
			return buf[:n]
		}
	}
}
