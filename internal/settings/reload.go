package settings

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// A Reloader is what a Loader may also be: its sources may change while the application runs.
type Reloader interface {
	Reloads() bool
	// State is another number when a source that can be watched says something else. It reads the sources.
	State() uint64
}

// Reloads reports whether settings change while the application runs.
func Reloads(all []decl.Setting) bool {
	for _, s := range all {
		if r, ok := s.Value.(Reloader); ok && r.Reloads() {
			return true
		}
	}
	return false
}

// renewing is what a Configuration needs to load once more.
type renewing struct {
	turn chan struct{} // holds a token during a reload
	asks chan struct{} // holds one when somebody asks for a reload
	seen atomic.Uint64 // the state of the sources when they were last loaded

	mu sync.Mutex

	holders map[*Section]*holder
	late    []error
}

func newRenewing() renewing {
	return renewing{turn: make(chan struct{}, 1), asks: make(chan struct{}, 1), holders: map[*Section]*holder{}}
}

func (c *Configuration) reloader() Reloader {
	if r, ok := c.loader.(Reloader); ok && r.Reloads() {
		return r
	}
	return nil
}

// look notes the state of the sources, which are then loaded.
func (c *Configuration) look() {
	if r := c.reloader(); r != nil {
		c.seen.Store(r.State())
	}
}

var errFixed = errors.New("configuration is read once: give config.Load the option config.Reload()")

// Reload reads the sources once more. If all is well with them and all sections, whoever follows the settings gets
// the new ones; else all keep what they have, and Reload returns what is wrong. Either is an event. ctx bounds only the wait for another
// reload.
func (c *Configuration) Reload(ctx context.Context) error {
	if c.reloader() == nil {
		return errFixed
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	c.look()
	change, err := c.renew()
	switch {
	case err != nil:
		c.engine.Emit(event.ReloadFailed{Source: c.source(), Err: err})
	case change != nil:
		change.Source = c.source()
		c.engine.Emit(*change)
	}
	return err
}

func (c *Configuration) source() event.Source {
	return event.Source{Kind: "Reload", Name: "config.Load", Place: c.loaded}
}

// renew replaces the values by those of a new snapshot. The caller has the turn.
func (c *Configuration) renew() (*event.Reloaded, error) {
	snap, errs := c.Load()
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	for {
		now := c.values.Load()
		next, changed, err := c.next(now, snap)
		if err != nil {
			return nil, err
		}
		keys := confbind.Changed(now.snap, snap)
		if len(keys) == 0 && len(changed) == 0 {
			return nil, nil
		}
		if c.values.CompareAndSwap(now, next) {
			c.tell(next, changed)
			return c.report(keys), nil
		}
	}
}

// next are the sections in use with the values of another snapshot, those that have changed, and what is wrong with any.
func (c *Configuration) next(now *Values, snap *confbind.Snapshot) (next *Values, changed []*Section, err error) {
	next = &Values{snap: snap, of: make(map[*Section]reflect.Value, len(now.of))}
	var errs []error
	for _, s := range c.Sections {
		old, used := now.of[s]
		if !used {
			continue
		}
		v, err := c.Bind(s, snap)
		switch {
		case err != nil:
			errs = append(errs, err)
		case reflect.DeepEqual(old.Interface(), v.Interface()):
			next.of[s] = old
		default:
			next.of[s] = v
			changed = append(changed, s)
		}
	}
	return next, changed, errors.Join(errs...)
}

// tell hands over what has changed.
func (c *Configuration) tell(next *Values, changed []*Section) {
	for _, s := range changed {
		c.mu.Lock()
		h := c.holders[s]
		c.mu.Unlock()
		if h != nil {
			h.set(next.of[s])
		}
		if s.renew != nil {
			s.renew.take(next.of[s])
		}
	}
}

// report says which keys have changed.
func (c *Configuration) report(keys [][]string) *event.Reloaded {
	e := &event.Reloaded{}
	for _, key := range keys {
		name := strings.Join(key, ".")
		if c.isLive(key) {
			e.Keys = append(e.Keys, name)
		} else {
			e.Restart = append(e.Restart, name)
		}
	}
	return e
}

// isLive reports whether a change of a key takes effect.
func (c *Configuration) isLive(key []string) bool {
	for _, s := range c.Sections {
		path := s.path()
		if s.renew != nil && len(key) > len(path) && strings.Join(key[:len(path)], ".") == s.Name && !s.renew.live(key[len(path):]) {
			return false
		}
	}
	return true
}

// Ask asks for a reload by the task that watches, as a signal does. It never blocks.
func (c *Configuration) Ask() {
	select {
	case c.asks <- struct{}{}:
	default:
	}
}

// glance is how often sources are looked at.
const glance = time.Second

// Watch is the task that reloads what has changed, or nil where nothing can.
func (c *Configuration) Watch() *supervise.Task {
	r := c.reloader()
	if r == nil {
		return nil
	}
	src := c.source()
	return &supervise.Task{Name: src.Name, Kind: src.Kind, Place: src.Place, Run: func(turn supervise.Turn) error {
		return c.watch(turn.Context, r)
	}}
}

// watch reloads what has changed and has then stood for a while: a file may be half written.
func (c *Configuration) watch(ctx context.Context, r Reloader) error {
	tick := time.NewTicker(glance)
	defer tick.Stop()
	last := c.seen.Load()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.asks:
			_ = c.Reload(ctx) // it is an event
		case <-tick.C:
			now := r.State()
			if now == last && now != c.seen.Load() {
				_ = c.Reload(ctx)
			}
			last = now
		}
	}
}

// Pinned is an option that provides the values of a scope.
func Pinned(here place.Here) fx.Option {
	return decl.New(&decl.Provider{Fn: func(c *Config) *Values { return c.of.values.Load() }, Lifetime: decl.Scoped, Here: here}, here)
}
