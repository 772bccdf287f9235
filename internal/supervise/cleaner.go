package supervise

import (
	"context"
	"errors"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// A Cleaner runs cleanups one after another in a goroutine of its own, which it starts with the first and leaves
// behind with one that hangs. The zero value is ready. End it when it is no longer used.
type Cleaner struct {
	calls chan func(GoroutineID)
	ended chan struct{}
}

// Run runs one cleanup under a context that has the values of ctx and ends after limit only. What it
// returns is a *FailedError or a *HungError that names the cleanup.
func (c *Cleaner) Run(
	ctx context.Context, name string, p place.Place, limit time.Duration, fn func(context.Context) error,
) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	src := event.Source{Kind: kindCleanup, Name: name, Place: p}
	if c.calls == nil {
		c.calls, c.ended = make(chan func(GoroutineID)), make(chan struct{})
		go serve(c.calls, c.ended)
	}
	g := &goroutine{begun: time.Now(), done: make(chan struct{})}
	c.calls <- func(id GoroutineID) { g.call(ctx, id, name, false, fn, nil) }
	if !g.wait(ctx, nil, 0) {
		c.leave()
		return g.hung(ctx, src, "")
	}
	if errors.Is(g.err, ErrGoexit) { // the goroutine ends
		c.leave()
	}
	return failed(src, "", g.took, g.err)
}

// End ends the goroutine and waits for it.
func (c *Cleaner) End() {
	if c.calls != nil {
		c.leave()
		<-c.ended
	}
}

// leave lets the goroutine end as soon as what runs there returns.
func (c *Cleaner) leave() {
	close(c.calls)
	c.calls = nil
}

func serve(calls <-chan func(GoroutineID), ended chan<- struct{}) {
	defer close(ended)
	id := Current()
	for call := range calls {
		call(id)
	}
}
