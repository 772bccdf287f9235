package logs

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/zap/zapcore"
)

// Levels are the levels from which on the loggers of one application write, by their names. A rule is for the logger
// of that name and those below it, with a dot between: "orders" is for "orders" and "orders.Repo", not for
// "ordersarchive". Of several that fit, the longest counts. The rule "" is for all loggers.
//
// A change is for loggers that were handed out as well, and for what With, Named and Sugar made of them. A Levels is
// safe for goroutines; the zero value writes from info level on.
type Levels struct {
	// rules is nil or a map that is not written to any more.
	rules atomic.Pointer[map[string]zapcore.Level]

	mu sync.Mutex

	// gauges are those of the loggers that were named after a consumer: as many as there are consumers.
	gauges map[string]*gauge
}

// A gauge is what holds for the logger of one name.
type gauge struct {
	name  string
	own   atomic.Int32 // the level of that logger
	least atomic.Int32 // the lowest of it and those below
}

// Set makes a rule, in place of one that there is for that name.
func (l *Levels) Set(name string, level zapcore.Level) {
	l.change(func(rules map[string]zapcore.Level) { rules[name] = level })
}

// Unset removes the rule for a name, if there is one: the next longer prefix counts again, or info.
func (l *Levels) Unset(name string) {
	l.change(func(rules map[string]zapcore.Level) { delete(rules, name) })
}

// Replace puts rules in place of all that there are, as a new configuration does.
func (l *Levels) Replace(rules map[string]zapcore.Level) {
	l.change(func(old map[string]zapcore.Level) {
		clear(old)
		maps.Copy(old, rules)
	})
}

// Level returns the level from which on the logger of a name writes.
func (l *Levels) Level(name string) zapcore.Level {
	rules := l.current()
	for {
		if level, ok := rules[name]; ok {
			return level
		}
		if name == "" {
			return zapcore.InfoLevel
		}
		name = name[:max(strings.LastIndexByte(name, '.'), 0)]
	}
}

// All returns the rules, in a map of the caller's own.
func (l *Levels) All() map[string]zapcore.Level {
	all := map[string]zapcore.Level{}
	maps.Copy(all, l.current())
	return all
}

// Core makes a core that passes on to inner what the levels let through. It is for a program that makes a logger of
// its own; inner should let all through itself:
//
//	zap.New(levels.Core(core))
func (l *Levels) Core(inner zapcore.Core) zapcore.Core {
	return &core{inner: inner, levels: l, gauge: l.gauge("")}
}

func (l *Levels) current() map[string]zapcore.Level {
	if rules := l.rules.Load(); rules != nil {
		return *rules
	}
	return nil
}

func (l *Levels) change(edit func(rules map[string]zapcore.Level)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rules := l.All()
	edit(rules)
	l.rules.Store(&rules)
	for _, g := range l.gauges {
		l.adjust(g)
	}
}

// adjust is called with the lock held.
func (l *Levels) adjust(g *gauge) {
	own := l.Level(g.name)
	least := own
	for name, level := range l.current() {
		if below(name, g.name) {
			least = min(least, level)
		}
	}
	g.own.Store(int32(own))
	g.least.Store(int32(least))
}

// below reports whether a logger of that name may descend from one of the name above.
func below(name, above string) bool {
	if above == "" {
		return true
	}
	rest, ok := strings.CutPrefix(name, above)
	return ok && strings.HasPrefix(rest, ".")
}

// gauge is the one for loggers of a name.
func (l *Levels) gauge(name string) *gauge {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.gauges[name]
	if g == nil {
		g = &gauge{name: name}
		l.adjust(g)
		if l.gauges == nil {
			l.gauges = map[string]*gauge{}
		}
		l.gauges[name] = g
	}
	return g
}
