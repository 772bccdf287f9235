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
	names names[*Trigger]

	claims  names[*claim]
	claimed []*claim // in order of declaration; those of the list come first

	only   []string // the names of those to start,
	filter bool     // where not all are
}

// TriggersOf returns the triggers of an application. It is called by package app only; others inject them.
func TriggersOf(e *supervise.Engine) *Triggers {
	return supervise.Local(e, func() *Triggers { return &Triggers{names: newNames[*Trigger](), claims: newNames[*claim]()} })
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
	t, ok := ts.names.of[name]
	return t, ok
}

// add enters a trigger under the name it was given, or the default name with the first number that is
// free. A name given to one trigger takes it from another that has it by default.
func (ts *Triggers) add(t *Trigger, name string) error {
	numbered, err := ts.enter(t, name)
	for _, n := range numbered {
		t.engine.Emit(event.TriggerNamed{Source: n.source(), Default: name})
	}
	return err
}

// enter returns the triggers that had to take a number.
func (ts *Triggers) enter(t *Trigger, name string) (numbered []*Trigger, err error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	numbered, err = ts.names.enter(t, name)
	if err == nil {
		ts.list = append(ts.list, t)
	}
	return numbered, err
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
		if ts.names.of[name] == nil {
			errs = append(errs, fmt.Errorf("trigger %q does not exist: %s", name, ts.existing()))
		}
	}
	return errors.Join(errs...)
}

func (ts *Triggers) existing() string {
	if len(ts.list) == 0 {
		return "there are none"
	}
	quoted := make([]string, len(ts.list))
	for i, t := range ts.list {
		quoted[i] = fmt.Sprintf("%q", t.Info().Name)
	}
	return "there are " + strings.Join(quoted, ", ")
}
