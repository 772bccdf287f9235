// Package supervise runs an application: the order of start and stop, the
// goroutines of hosted services, budgets, faults, and the list of what must be
// released.
package supervise

import (
	"context"
	"time"

	"github.com/berth-go/berth/internal/place"
)

// A Stage is a step of the start; steps end in reverse order at stop.
type Stage uint8

const (
	Services    Stage = iota // step 3: services, in declaration order; stopped in step 5, in reverse
	Timers                   // step 4: queue workers, loops, timers; take no new turn from step 4 of the stop on
	Intake                   // step 5: web, subscriptions; stopped in step 3
	AfterIntake              // step 6
)

// A Task is something that runs between the start and the stop of an application. Each function
// field may be nil. All are called from a goroutine that the engine owns and waits for.
type Task struct {
	Name  string // of the trigger: "orders.GracePeriodManager"
	Kind  string // what triggers it: "Service", "Every 1m0s"
	Place place.Place
	Stage Stage

	// The stages of a service, in this order: Starting of all tasks before the first Start,
	// Started after the last; Stopping of all before the first Stop, Stopped after the last.
	Starting, Start, Started, Stopping, Stop, Stopped func(context.Context) error

	// Run runs in a goroutine of its own from the end of Start until it returns. turn.Context ends
	// with cause ErrStopping when the task must end; Draining is closed earlier, when it
	// may finish what it does but take nothing new. A returned error is a fault: the
	// application stops and app.Run returns it.
	Run func(turn Turn) error

	// StopTimeout limits Stop; 0 is the engine's share.
	StopTimeout time.Duration
	// Grace limits how long Run may go on after Draining is closed; 0 is the engine's grace.
	Grace time.Duration
}

// A Turn is what the Run of a Task is given.
type Turn struct {
	Context  context.Context
	Draining <-chan struct{}
}
