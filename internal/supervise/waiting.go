package supervise

import (
	"cmp"
	"slices"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// A Wait is something that a start or stop waits for.
type Wait struct {
	event.Source
	Op     string // "start", "stop", "run" and so on; empty for a cleanup, a constructor and scopes
	Since  time.Time
	Scopes int // that many scopes of a declaration are open; 0 for a call
}

// waitFor notes that the engine waits for a call, until done is called.
func (e *Engine) waitFor(src event.Source, op string) (done func()) {
	w := &Wait{Source: src, Op: op, Since: time.Now()}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waits = append(e.waits, w)
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.waits = slices.DeleteFunc(e.waits, func(other *Wait) bool { return other == w })
	}
}

// Waiting lists what the construction, start or stop under way waits for: calls, the one that has taken longest first,
// and, once the stop has begun, declarations with open scopes other than those of such calls.
func (e *Engine) Waiting() []Wait {
	var all []Wait
	e.mu.Lock()
	constructing := e.build != nil && !e.build.ended()
	for _, w := range e.waits {
		all = append(all, *w)
	}
	e.mu.Unlock()
	if constructing {
		c := e.innermost()
		all = append(all, Wait{Source: c.src, Since: c.begun})
	}
	slices.SortStableFunc(all, func(a, b Wait) int { return cmp.Compare(a.Since.UnixNano(), b.Since.UnixNano()) })
	if e.Phase() != PhaseStopping {
		return all
	}
	calls := map[place.Place]int{}
	for _, w := range all {
		calls[w.Place]++
	}
	for _, g := range e.openGates() {
		if n := g.Open() - calls[g.src.Place]; n > 0 {
			all = append(all, Wait{Source: g.src, Scopes: n})
		}
	}
	return all
}
