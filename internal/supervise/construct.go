package supervise

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// A construction is a constructor that runs now.
type construction struct {
	src   event.Source
	begun time.Time
	at    int // where its cleanup goes in the list: before the hooks that it appends
}

// Building says that a constructor runs now, until done is called, so that one that hangs can be
// named. Calls may nest.
func (e *Engine) Building(name string, p place.Place) (done func()) {
	c := &construction{src: event.Source{Kind: "constructor", Name: name, Place: p}, begun: time.Now()}
	e.mu.Lock()
	defer e.mu.Unlock()
	c.at = len(e.list.entries)
	e.building = append(e.building, c)
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if i := slices.Index(e.building, c); i >= 0 {
			e.building = slices.Delete(e.building, i, i+1)
		}
	}
}

// innermost is the constructor that runs now. Of one that has not said so, which is plain fx's, only the
// stack tells.
func (e *Engine) innermost() construction {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.building); n > 0 {
		return *e.building[n-1]
	}
	if src, ok := e.build.running(); ok {
		return construction{src: src, begun: e.build.begun}
	}
	return construction{src: event.Source{Name: "application"}, begun: e.build.begun}
}

// Construct runs build, which constructs the application, in a goroutine of its own, under the start limit
// and until Shutdown, Stop or the end of ctx. If build fails or is interrupted, the application's context
// ends and everything that was constructed is released before Construct returns the joined errors, as with
// Start. A constructor that does not return then is named with its stack, and the release follows when
// it does.
func (e *Engine) Construct(ctx context.Context, build func() error) error {
	began := time.Now()
	e.mu.Lock()
	ctx, release := e.begin(ctx)
	e.mu.Unlock()
	defer release()
	var errs []error
	if ctx.Err() == nil {
		errs = e.construct(ctx, build)
	}
	err := e.verdict(ctx, errs)
	if err != nil {
		e.Emit(event.StartFailed{Err: err, Took: time.Since(began)})
	}
	e.settle()
	if err == nil {
		return nil
	}
	return join(err, e.Stop(context.WithoutCancel(ctx)))
}

// construct waits for build, or gives it up when ctx has ended. Constructors that wait for the context of
// the application return then.
func (e *Engine) construct(ctx context.Context, build func() error) []error {
	g := launch(context.WithoutCancel(ctx), "application", func(context.Context) error { return build() }, nil)
	e.mu.Lock()
	e.build = g
	e.mu.Unlock()

	late := make(chan construction, 1)
	stop := context.AfterFunc(ctx, func() {
		late <- e.innermost()
		e.end(ErrStopping)
	})
	defer stop()
	slowly := func(time.Duration) {
		c := e.innermost()
		e.Emit(event.SlowStart{Source: c.src, For: time.Since(c.begun)})
	}
	switch {
	case !g.wait(ctx, slowly, e.Limits().Grace):
		return nil // the stop names it
	case errors.Is(context.Cause(ctx), errLimit) && (g.err == nil || isEnd(g.err)):
		c := <-late
		return []error{failed(c.src, "", time.Since(c.begun), errLimit)}
	case g.err != nil:
		return []error{g.err}
	}
	return nil
}

// constructed returns true if construction has ended. Otherwise it names the constructor that hangs
// and ends the stop; the release follows when that constructor returns.
func (s *stop) constructed() bool {
	e := s.e
	if e.build == nil || e.build.ended() {
		return true
	}
	c := e.innermost()
	hung := &HungError{Source: c.src, Took: time.Since(c.begun), Stack: e.build.stack(), Err: ErrStopping}
	e.Emit(event.Abandoned{Source: c.src, Took: hung.Took, Stack: hung.Stack})
	s.guilty(hung)
	e.end(ErrStopping)
	launch(context.Background(), "release", func(context.Context) error {
		<-e.build.done
		late := e.newStop(context.Background())
		late.release()
		late.finish()
		return nil
	}, nil)
	e.stopErr = errors.Join(s.errs...)
	close(e.halted)
	return false
}
