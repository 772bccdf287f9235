package lifecycle

import "github.com/berth-go/berth/internal/supervise"

// A Phase is where an application stands between New and Stopped. It only ever grows, and may skip
// some. String is its name.
type Phase = supervise.Phase

// The phases of an application, in their order.
const (
	New      = supervise.PhaseNew      // constructing or constructed, not yet started
	Starting = supervise.PhaseStarting // Start is under way
	Running  = supervise.PhaseRunning  // everything has been started
	Stopping = supervise.PhaseStopping // stopping, also after a start that failed
	Stopped  = supervise.PhaseStopped  // everything has been stopped and released
)

// ErrStopping is the cause of contexts that end because the application stops:
// context.Cause(ctx) returns it.
var ErrStopping = supervise.ErrStopping

// Shutdown asks the application to stop and is injectable anywhere. It never blocks and may be called
// from any goroutine, any number of times, in every phase: a call during the start interrupts it.
//
// A nil cause asks for a clean stop. Any other is what app.Run returns: the first cause first, later
// ones joined to it.
type Shutdown func(cause error)

// Status tells how far the application is. *Status is injectable anywhere; its methods may be called
// from any goroutine and never block.
type Status struct{ engine *supervise.Engine }

// NewStatus makes the Status of an application. It is called by package app only.
func NewStatus(e *supervise.Engine) *Status { return &Status{e} }

// Phase is the phase at this moment.
func (s *Status) Phase() Phase { return s.engine.Phase() }

// Starting is closed when the start begins, and never for an application that is not started.
func (s *Status) Starting() <-chan struct{} { return s.engine.Starting() }

// Started is closed when everything has been started. It stays open if the start fails.
func (s *Status) Started() <-chan struct{} { return s.engine.Started() }

// Stopping is closed when the stop begins, also that of a start that failed.
func (s *Status) Stopping() <-chan struct{} { return s.engine.Stopping() }

// Stopped is closed when everything has been stopped and released.
func (s *Status) Stopped() <-chan struct{} { return s.engine.Stopped() }
