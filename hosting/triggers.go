package hosting

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// Triggers are all triggers of an application. *Triggers is injectable anywhere; while singletons are
// being constructed it is still empty. Its methods may be called from any goroutine.
type Triggers struct {
	mu    sync.Mutex
	list  []*Trigger // in order of declaration
	named map[string]*Trigger
	last  map[string]int // by default name: the last number that was given to it

	only   []string // the names of those to start,
	filter bool     // where not all are
}

// TriggersOf returns the triggers of an application. It is called by package app only; others inject them.
func TriggersOf(e *supervise.Engine) *Triggers {
	return supervise.Local(e, func() *Triggers { return &Triggers{named: map[string]*Trigger{}, last: map[string]int{}} })
}

// All returns the triggers in order of declaration.
func (ts *Triggers) All() []*Trigger {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return slices.Clone(ts.list)
}

// Find returns the trigger with this name.
func (ts *Triggers) Find(name string) (*Trigger, bool) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t, ok := ts.named[name]
	return t, ok
}

// add enters a trigger under the name it was given, or the default name with the first number that is
// free. A name given to one trigger takes it from another that has it by default.
func (ts *Triggers) add(t *Trigger, name string) error {
	numbered, err := ts.enter(t, name)
	if numbered != nil {
		t.engine.Emit(event.TriggerNamed{Source: numbered.source(), Default: name})
	}
	return err
}

// enter returns the trigger that had to take a number.
func (ts *Triggers) enter(t *Trigger, name string) (numbered *Trigger, err error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	holder := ts.named[name]
	switch {
	case holder == nil:
		ts.name(t, name)
	case !t.explicit:
		numbered = t
	case holder.explicit:
		return nil, fmt.Errorf("name %q of the trigger at %v is that of the one at %v too", name, t.at, holder.at)
	default:
		ts.name(t, name)
		numbered = holder
	}
	ts.list = append(ts.list, t)
	for n := max(1, ts.last[name]) + 1; numbered != nil; n++ {
		ts.last[name] = n
		free := fmt.Sprintf("%s#%d", name, n)
		if ts.named[free] == nil {
			ts.name(numbered, free)
			break
		}
	}
	return numbered, nil
}

func (ts *Triggers) name(t *Trigger, name string) {
	ts.named[name] = t
	t.rename(name)
}

// wanted reports whether the trigger is to be started.
func (ts *Triggers) wanted(t *Trigger) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return !ts.filter || slices.Contains(ts.only, t.Info().Name)
}

// Only makes an application start no triggers but those named, and none without names. It is called by
// package app before triggers are installed. The others stay in Triggers in the state Off.
func Only(e *supervise.Engine, names ...string) {
	ts := TriggersOf(e)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.only, ts.filter = append(ts.only, names...), true
}

// CheckOnly returns an error if Only was given a name that no trigger has. It is called by package app
// when all triggers have been installed.
func CheckOnly(e *supervise.Engine) error {
	ts := TriggersOf(e)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var errs []error
	for _, name := range ts.only {
		if ts.named[name] == nil {
			errs = append(errs, fmt.Errorf("trigger %q does not exist: %s", name, ts.names()))
		}
	}
	return errors.Join(errs...)
}

func (ts *Triggers) names() string {
	if len(ts.list) == 0 {
		return "there are none"
	}
	quoted := make([]string, len(ts.list))
	for i, t := range ts.list {
		quoted[i] = fmt.Sprintf("%q", t.Info().Name)
	}
	return "there are " + strings.Join(quoted, ", ")
}
