package hosting

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/crontab"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/retune"
	"github.com/berth-go/berth/internal/supervise"
)

// A claim stands for a trigger from the check of the application on, when nothing is constructed yet.
type claim struct {
	name     string
	explicit bool
	kind     kind
	at       place.Place
	keys     retune.Keys
}

func (c *claim) rename(name string) { c.name = name }

func (c *claim) hasOwnName() bool { return c.explicit }

func (c *claim) declared() place.Place { return c.at }

// claim names the trigger to be.
func (d declaration) claim(engine any, b decl.Bound) error {
	s, name := d.settings, b.Name
	if s.named {
		name = s.name
	}
	ts := TriggersOf(engine.(*supervise.Engine))
	ts.mu.Lock()
	defer ts.mu.Unlock()
	c := &claim{explicit: s.named, kind: s.kind, at: b.Place}
	_, _ = ts.claims.enter(c, name) // a name that is given twice is found without us
	ts.claimed = append(ts.claimed, c)
	return nil
}

// keysOf is what the configuration says of the next trigger to be installed: that is done in the order of the claims.
func (ts *Triggers) keysOf(b decl.Bound) retune.Keys {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if n := len(ts.list); n < len(ts.claimed) && ts.claimed[n].at == b.Place {
		return ts.claimed[n].keys
	}
	return retune.Keys{}
}

// Misfits are the keys of triggers that an application refuses. It is called by package app, once all triggers have
// been declared.
func Misfits(e *supervise.Engine, all map[string]retune.Keys) []retune.Misfit {
	ts := TriggersOf(e)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	var misfits []retune.Misfit
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c := ts.claims.of[name]
		if c == nil {
			misfits = append(misfits, retune.Misfit{Trigger: name, Reason: "is the name of no trigger" + ts.meant(name)})
			continue
		}
		for _, key := range tunable {
			if !key.given(all[name]) {
				continue
			}
			reason := ""
			if key.kinds&c.kind == 0 {
				reason = fmt.Sprintf("does not fit the %v that is declared at %v", c.kind, c.at)
			} else if key.wrong != nil {
				reason = key.wrong(all[name])
			}
			if reason != "" {
				misfits = append(misfits, retune.Misfit{Trigger: name, Key: key.name, Reason: reason})
			}
		}
	}
	return misfits
}

// meant says what name was perhaps meant. The caller holds ts.mu.
func (ts *Triggers) meant(name string) string {
	known := slices.Sorted(maps.Keys(ts.claims.of))
	if best := confbind.Nearest(name, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	if len(known) == 0 {
		return ": there are none"
	}
	const most = 10
	if more := len(known) - most; more > 0 {
		return fmt.Sprintf(": there are %q and %d more", known[:most], more)
	}
	return fmt.Sprintf(": there are %q", known)
}

// tunable are the keys of triggers.
var tunable = []struct {
	name  string
	kinds kind
	live  kind // the kinds for which a change counts while the application runs
	given func(retune.Keys) bool
	wrong func(retune.Keys) string
}{
	{"enabled", anyKind, calling, func(k retune.Keys) bool { return k.Enabled != nil }, nil},
	{
		"interval", kindLoop | kindEvery, repeating, func(k retune.Keys) bool { return k.Interval != nil },
		func(k retune.Keys) string { return tooShort(*k.Interval) },
	},
	{
		"cron", kindCron, kindCron, func(k retune.Keys) bool { return k.Cron != nil },
		func(k retune.Keys) string {
			if _, err := crontab.Parse(*k.Cron); err != nil {
				return `must be a spec of a Cron such as "30 3 * * *"`
			}
			return ""
		},
	},
	{
		"timeout", calling, 0, func(k retune.Keys) bool { return k.Timeout != nil },
		func(k retune.Keys) string { return tooShort(*k.Timeout) },
	},
	{
		"workers", kindConsume, 0, func(k retune.Keys) bool { return k.Workers != nil },
		func(k retune.Keys) string { return tooFew(*k.Workers) },
	},
	{
		"capacity", kindConsume, 0, func(k retune.Keys) bool { return k.Capacity != nil },
		func(k retune.Keys) string { return tooFew(*k.Capacity) },
	},
}

func tooShort(d time.Duration) string {
	if d > 0 {
		return ""
	}
	return "must be longer than 0s"
}

func tooFew(n int) string {
	if n > 0 {
		return ""
	}
	return "must be 1 or more"
}

// Retune applies what the configuration says of triggers, and takes back what it has said before. It is called by package app
// with keys that fit, before triggers are installed and again while the application runs, when some keys count at the next start only.
func Retune(e *supervise.Engine, all map[string]retune.Keys) {
	ts := TriggersOf(e)
	ts.mu.Lock()
	for _, c := range ts.claimed {
		c.keys = all[c.name]
	}
	list := slices.Clone(ts.list)
	ts.mu.Unlock()
	for _, t := range list {
		t.retune(all[t.Info().Name])
	}
}

// IsLive reports whether a change of a key of a trigger counts while the application runs.
func IsLive(e *supervise.Engine, trigger, key string) bool {
	ts := TriggersOf(e)
	ts.mu.Lock()
	defer ts.mu.Unlock()
	c := ts.claims.of[trigger]
	for _, k := range tunable {
		if c != nil && k.name == key {
			return k.live&c.kind != 0
		}
	}
	return c != nil
}

// retuned are the settings with what the configuration says, which wins over the program.
func (s settings) retuned(k retune.Keys) settings {
	if k.Interval != nil {
		s.interval = *k.Interval
	}
	if k.Cron != nil {
		s.schedule(*k.Cron)
	}
	if k.Timeout != nil {
		s.timeout = *k.Timeout
	}
	if k.Workers != nil {
		s.workers = *k.Workers
	}
	if k.Capacity != nil {
		s.capacity = *k.Capacity
	}
	return s
}

// retune applies the keys that have changed and count at once.
func (t *Trigger) retune(k retune.Keys) {
	t.mu.Lock()
	old := t.keys
	t.keys = k
	t.mu.Unlock()
	s := t.program.retuned(k)
	if differ(old.Interval, k.Interval) {
		_ = t.SetInterval(s.interval) // it fits
	}
	if differ(old.Cron, k.Cron) {
		_ = t.SetCron(s.cron.String())
	}
	if off, wasOff := isFalse(k.Enabled), isFalse(old.Enabled); off && !wasOff {
		t.Pause()
	} else if wasOff && !off {
		t.Resume()
	}
}

func differ[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a != b
	}
	return *a != *b
}

func isFalse(b *bool) bool { return b != nil && !*b }
