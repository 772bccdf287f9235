package supervise

import (
	"fmt"
	"sync/atomic"
)

// A Phase is how far an application is. It only grows: one that is stopped before its start skips
// PhaseStarting and PhaseRunning, one whose start fails skips PhaseRunning.
type Phase int

// The phases of an application.
const (
	PhaseNew Phase = iota
	PhaseStarting
	PhaseRunning
	PhaseStopping
	PhaseStopped
)

// String is the name of the phase in lower case.
func (p Phase) String() string {
	names := [...]string{"new", "starting", "running", "stopping", "stopped"}
	if p < 0 || int(p) >= len(names) {
		return fmt.Sprintf("Phase(%d)", int(p))
	}
	return names[p]
}

// MarshalText makes the name the value in JSON.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// phases is the current phase and a channel for each, closed when it is entered.
type phases struct {
	current atomic.Int32
	entered [PhaseStopped + 1]chan struct{}
}

func (p *phases) init() {
	for i := range p.entered {
		p.entered[i] = make(chan struct{})
	}
}

// enter is called once for each phase, in their order.
func (p *phases) enter(next Phase) {
	p.current.Store(int32(next))
	close(p.entered[next])
}

// Phase is the current phase.
func (e *Engine) Phase() Phase { return Phase(e.phases.current.Load()) }

// Starting is closed when the start begins.
func (e *Engine) Starting() <-chan struct{} { return e.phases.entered[PhaseStarting] }

// Started is closed when everything has been started; never, if the start fails.
func (e *Engine) Started() <-chan struct{} { return e.phases.entered[PhaseRunning] }

// Stopping is closed when the stop begins.
func (e *Engine) Stopping() <-chan struct{} { return e.phases.entered[PhaseStopping] }

// Stopped is closed when the stop is over and everything has been released.
func (e *Engine) Stopped() <-chan struct{} { return e.phases.entered[PhaseStopped] }
