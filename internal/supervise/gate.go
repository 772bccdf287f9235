package supervise

import (
	"context"
	"sync/atomic"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// A Gate counts the open scopes of one declaration. Safe for goroutines.
type Gate struct {
	door *door
	open atomic.Int64
	src  event.Source
	fn   string // what runs in its scopes, as stacks call it; empty if they are opened by hand
}

// A door is shared by all gates of an application.
type door struct {
	state atomic.Int32
	left  chan struct{} // of size 1: a scope has closed while draining
}

// The states of a door, in this order.
const (
	doorShut     int32 = iota // not constructed yet
	doorOpen                  // scopes open and close
	doorDraining              // the same, and the engine waits for the open ones
	doorClosed                // stopped
)

// NewGate makes the gate of a declaration whose scopes are opened by hand.
func (e *Engine) NewGate(name string, p place.Place) *Gate { return e.NewGateOf("", name, p) }

// NewGateOf makes the gate of a declaration in whose scopes the function fn runs, called by the name that stacks show.
func (e *Engine) NewGateOf(fn, name string, p place.Place) *Gate {
	g := &Gate{door: &e.door, src: event.Source{Name: name, Place: p}, fn: fn}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.gates = append(e.gates, g)
	return g
}

// Constructed says that construction has ended: gates open.
func (e *Engine) Constructed() { e.door.state.CompareAndSwap(doorShut, doorOpen) }

// Enter counts a scope that opens. It fails with ErrNotReady before construction has ended and with
// ErrClosed after the application has stopped; then there is no Leave.
func (g *Gate) Enter() error {
	g.open.Add(1)
	switch g.door.state.Load() {
	case doorOpen, doorDraining:
		return nil
	case doorShut:
		g.Leave()
		return ErrNotReady
	}
	g.Leave()
	return ErrClosed
}

// Leave counts a scope that has closed.
func (g *Gate) Leave() {
	if g.open.Add(-1); g.door.state.Load() == doorDraining {
		select {
		case g.door.left <- struct{}{}:
		default:
		}
	}
}

// Open is the number of open scopes.
func (g *Gate) Open() int { return int(g.open.Load()) }

// drainGates waits until no scope is open or ctx ends, and returns the gates that still have some. Those of
// calls that were given up, and so named, do not count.
func (e *Engine) drainGates(ctx context.Context) []*Gate {
	e.door.state.CompareAndSwap(doorOpen, doorDraining)
	for {
		open := e.openGates()
		if len(open) == 0 {
			return nil
		}
		select {
		case <-e.door.left:
		case <-ctx.Done():
			return e.openGates()
		}
	}
}

func (e *Engine) openGates() []*Gate {
	e.mu.Lock()
	defer e.mu.Unlock()
	var open []*Gate
	for _, g := range e.gates {
		if g.Open() > e.left[g.src.Place] {
			open = append(open, g)
		}
	}
	return open
}
