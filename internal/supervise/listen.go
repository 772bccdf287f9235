package supervise

import (
	"slices"

	"github.com/berth-go/berth/lifecycle/event"
)

// A listener is a function that is told of events, and where it was declared.
type listener struct {
	src event.Source
	fn  func(event.Event)
}

// Listen adds a listener, declared at src, to those there are. See event.Listener for what it may do.
func (e *Engine) Listen(src event.Source, fn func(event.Event)) {
	for {
		old := e.listeners.Load()
		var all []*listener
		if old != nil {
			all = slices.Clip(*old)
		}
		all = append(all, &listener{src, fn})
		if e.listeners.CompareAndSwap(old, &all) {
			return
		}
	}
}

// Emit tells all listeners of an event, in the calling goroutine and the order in which they were added.
func (e *Engine) Emit(ev event.Event) {
	e.emit(ev)
	for _, l := range e.allListeners() {
		if err := l.tell(ev); err != nil {
			e.report(event.ListenerFailed{Source: l.src, Event: ev, Err: err}, l)
		}
	}
}

func (e *Engine) allListeners() []*listener {
	if all := e.listeners.Load(); all != nil {
		return *all
	}
	return nil
}

// report tells of the panic of a listener to the others. One that panics at that too is not reported.
func (e *Engine) report(failed event.ListenerFailed, guilty *listener) {
	e.emit(failed)
	for _, l := range e.allListeners() {
		if l != guilty {
			_ = l.tell(failed)
		}
	}
}

// tell returns the panic of a listener.
func (l *listener) tell(ev event.Event) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = Recovered(v, l.src.Name, l.src.Place)
		}
	}()
	l.fn(ev)
	return nil
}
