// Package event holds what an application reports about itself: one struct for each thing that
// happens, so that a log, metrics and a page can be made of the same facts.
//
// The set is sealed: only this package declares events, and an adapter that handles all of them is
// complete. Events carry names, places, counts, durations and errors, never values.
//
// An application writes them to its log, and tells every Listener that the option lifecycle.Listen adds. Package eventtest
// has one for tests.
package event

import (
	"strconv"
	"strings"
	"time"

	"github.com/berth-go/berth/internal/place"
)

// An Event is one of the structs of this package, not a pointer to it.
type Event interface{ event() }

// A Listener is told of each event as it happens. OnEvent is called from many goroutines, also at once, and
// what happens waits for it: it must be quick, and must not start, stop or wait for the application, nor exit its
// goroutine. Of one declaration it hears in the order of what happens.
//
// A panic in it harms nobody else: it is reported to the log and the other listeners as a [ListenerFailed], and the
// listener hears of what comes next.
type Listener interface{ OnEvent(Event) }

// A ListenerFunc is a function that is a Listener.
type ListenerFunc func(Event)

// OnEvent calls f.
func (f ListenerFunc) OnEvent(ev Event) { f(ev) }

// A Source is the declaration that an event is about.
type Source struct {
	Kind  string // what it is: "hook", "cleanup", "Service", "Every 1m0s"
	Name  string // "orders.GracePeriodManager"
	Place place.Place
}

// String is what is known of the source, as errors and logs show it: Service "orders.GracePeriodManager" (orders/module.go:27).
func (s Source) String() string {
	var parts []string
	if s.Kind != "" {
		parts = append(parts, s.Kind)
	}
	if s.Name != "" {
		parts = append(parts, strconv.Quote(s.Name))
	}
	if !s.Place.IsZero() {
		parts = append(parts, "("+s.Place.String()+")")
	}
	return strings.Join(parts, " ")
}

// Starting means: the application has been constructed and its start begins.
type Starting struct{}

// Started means: everything has been started; the phase is Running.
type Started struct {
	Took time.Duration
}

// StartFailed means: construction or start failed or was interrupted; the stop follows.
type StartFailed struct {
	Err  error
	Took time.Duration
}

// SlowStop means: a hook, cleanup or service has been stopping for that long. It comes every 10 s.
type SlowStop struct {
	Source
	For time.Duration
}

// SlowStart means: a constructor, hook or service has been starting for that long. It comes every 10 s.
type SlowStart struct {
	Source
	For time.Duration
}

// Stopping means: the stop has begun.
type Stopping struct {
	Cause error // causes given to Shutdown and faults; nil for a clean stop
}

// Stopped means: the stop is over and everything has been released.
type Stopped struct {
	Err  error // what failed or hung while stopping
	Took time.Duration
}

// ListenerFailed means: a listener has panicked. Source is its declaration, Event what it was told of. That listener is
// not told.
type ListenerFailed struct {
	Source
	Event Event
	Err   error
}

func (Starting) event()       {}
func (Started) event()        {}
func (StartFailed) event()    {}
func (SlowStart) event()      {}
func (SlowStop) event()       {}
func (Stopping) event()       {}
func (Stopped) event()        {}
func (ListenerFailed) event() {}
