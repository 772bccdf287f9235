// Package eventtest records the events of an application under test.
//
//	synctest.Test(t, func(t *testing.T) {
//		var events eventtest.Recorder
//		apptest.Start(t, orders.Module, lifecycle.Listen(&events))
//
//		failed := eventtest.Wait[event.UnitFailed](t, &events)
//		...
//	})
package eventtest

import (
	"sync"
	"testing"

	"github.com/berth-go/berth/lifecycle/event"
)

// A Recorder is an event.Listener that keeps all it is told. The zero Recorder is empty; it must not be copied. Its methods
// are safe for goroutines.
type Recorder struct {
	mu     sync.Mutex
	events []event.Event
	more   chan struct{} // closed by the next event; nil while nobody waits
}

// OnEvent implements event.Listener.
func (r *Recorder) OnEvent(ev event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, ev)
	if r.more != nil {
		close(r.more)
		r.more = nil
	}
}

// All returns the events so far, in the order in which they came.
func (r *Recorder) All() []event.Event {
	all, _ := r.from(0)
	return all
}

// from returns the events from index i on, and what is closed by the next one.
func (r *Recorder) from(i int) (events []event.Event, more <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.more == nil {
		r.more = make(chan struct{})
	}
	return r.events[i:len(r.events):len(r.events)], r.more
}

// Of returns the events of one type so far, in the order in which they came.
func Of[E event.Event](r *Recorder) []E {
	var of []E
	for _, ev := range r.All() {
		if ev, ok := ev.(E); ok {
			of = append(of, ev)
		}
	}
	return of
}

// Wait returns the first event of a type that all of match accept, also one that has come already, and waits for it if there is none
// yet. It fails the test if that has not come when the test ends, as that of testing/synctest does when all else waits too.
func Wait[E event.Event](t testing.TB, r *Recorder, match ...func(E) bool) E {
	t.Helper()
	for seen := 0; ; {
		events, more := r.from(seen)
		for _, ev := range events {
			if ev, ok := ev.(E); ok && matches(ev, match) {
				return ev
			}
		}
		seen += len(events)
		select {
		case <-more:
		case <-t.Context().Done():
			var e E
			t.Fatalf("no %T came", e)
		}
	}
}

func matches[E event.Event](ev E, match []func(E) bool) bool {
	for _, m := range match {
		if !m(ev) {
			return false
		}
	}
	return true
}
