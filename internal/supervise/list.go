package supervise

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// A Hook is something to do when the application starts and when it stops. Either function may be nil;
// without Start the hook counts as started once it was appended.
type Hook struct {
	Name        string
	Place       place.Place
	Start, Stop func(context.Context) error
	Timeout     time.Duration // limits each of them. Default: that of the start, or its share of the stop.
}

// list is everything that was constructed or appended, in order: the start runs its hooks forward, the
// stop runs hooks and cleanups backward.
type list struct {
	entries []*entry
	next    int  // where the start looks for the next hook
	insert  int  // where a hook goes that is appended while the start runs one
	sealed  bool // no hook may be appended any longer
	closed  bool // the stop has come to its end
}

// An entry is a hook or a cleanup.
type entry struct {
	src         event.Source
	start, stop func(context.Context) error
	timeout     time.Duration
	started     bool // of a hook: it must be stopped
}

const (
	kindHook    = "hook"
	kindCleanup = "cleanup"
)

// Append adds a hook to the one list of hooks and cleanups. One that is appended while a start hook
// runs is started next. Later, Append panics with the place of its caller.
func (e *Engine) Append(h Hook) {
	if h.Place.IsZero() {
		h.Place = place.Caller().Place()
	}
	added := &entry{
		src:     event.Source{Kind: kindHook, Name: h.Name, Place: h.Place},
		start:   h.Start,
		stop:    h.Stop,
		timeout: h.Timeout,
		started: h.Start == nil,
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &e.list
	if l.sealed || l.closed {
		panic(fmt.Sprintf("%v is appended after the hooks have been started: "+
			"append it in a constructor or in a start hook", added.src))
	}
	if l.next == 0 {
		l.entries = append(l.entries, added)
		return
	}
	l.entries = slices.Insert(l.entries, l.insert, added)
	l.insert++
}

// Release adds a cleanup to the one list. The cleanup of a constructor that runs stands before the hooks
// which that constructor appends: they use what it makes, so they stop first. If the application has stopped already, as when a
// constructor that was given up returns at last, the cleanup runs at once.
func (e *Engine) Release(name string, p place.Place, fn func(context.Context) error) {
	added := &entry{src: event.Source{Kind: kindCleanup, Name: name, Place: p}, stop: fn, started: true}
	e.mu.Lock()
	late := e.list.closed
	if !late {
		e.list.release(added, e.building)
	}
	e.mu.Unlock()
	if late {
		_ = e.stopEntry(context.Background(), e.reserve(), added)
	}
}

func (l *list) release(cleanup *entry, building []*construction) {
	if n := len(building); n > 0 && l.next == 0 {
		c := building[n-1]
		l.entries = slices.Insert(l.entries, c.at, cleanup)
		c.at++
		return
	}
	l.entries = append(l.entries, cleanup)
}

// nextHook is the next hook to start, or nil after the last.
func (e *Engine) nextHook() *entry {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &e.list
	for l.next < len(l.entries) {
		next := l.entries[l.next]
		l.next++
		l.insert = l.next
		if next.start != nil {
			return next
		}
	}
	l.sealed = true
	return nil
}

// seal says that no hook may be appended any longer.
func (e *Engine) seal() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list.sealed = true
}

// lastEntry takes the last entry off the list that must be stopped; nil once there is none, and then
// the list is closed.
func (e *Engine) lastEntry() *entry {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &e.list
	for n := len(l.entries); n > 0; n = len(l.entries) {
		last := l.entries[n-1]
		l.entries = l.entries[:n-1]
		if last.started && last.stop != nil {
			return last
		}
	}
	l.closed = true
	return nil
}
