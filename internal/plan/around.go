package plan

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/berth-go/berth/internal/supervise"
)

// Next runs what a wrapper wraps: inner wrappers and the unit.
type Next func(context.Context) error

// ErrNextTwice is returned by the next of a wrapper that is called a second time.
var ErrNextTwice = errors.New("next was called twice by one wrapper")

// ErrSkipped is returned for a unit whose wrapper returned nil without calling next.
var ErrSkipped = errors.New("unit was skipped: a wrapper returned nil without calling next")

// A skippedError is ErrSkipped with the wrapper that skipped. Refusing may be what a program does most, so the
// text is made where somebody reads it.
type skippedError struct{ wrapper *Node }

func (e *skippedError) Error() string {
	return fmt.Sprintf("%s (%v): %v", e.wrapper.name(), e.wrapper.where(), ErrSkipped)
}

func (e *skippedError) Unwrap() error { return ErrSkipped }

// An inner is what one wrapper wraps, in one call.
type inner struct {
	run     func(context.Context) error
	state   atomic.Int32
	running sync.WaitGroup
}

// The states of an inner.
const (
	nextWaits  int32 = iota // for the wrapper to call it
	nextCalled              // it runs or has run
	nextOver                // the wrapper has returned without having called it
)

func newInner(run func(context.Context) error) *inner {
	in := &inner{run: run}
	in.running.Add(1)
	return in
}

// next is what the wrapper is handed.
func (in *inner) next(ctx context.Context) error {
	if !in.state.CompareAndSwap(nextWaits, nextCalled) {
		if in.state.Load() == nextOver {
			return supervise.ErrClosed
		}
		return ErrNextTwice
	}
	defer in.running.Done()
	return in.run(ctx)
}

// outcome is what the call of wrapper n comes to that returned err. A wrapper may call next in another
// goroutine and return: the scope still ends after what next runs.
func (in *inner) outcome(n *Node, err error) error {
	if !in.state.CompareAndSwap(nextWaits, nextOver) {
		in.running.Wait()
		return err
	}
	if err == nil {
		return &skippedError{n}
	}
	return err
}
