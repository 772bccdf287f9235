package logs

import (
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// A core is that of every logger that the application hands out. It asks the levels, adds what there is to say of the
// unit of work, and leaves the line to inner.
type core struct {
	inner  zapcore.Core
	levels *Levels // nil: all that inner lets through
	gauge  *gauge  // of the name that the logger had when it was handed out

	facts *Room // nil: there is nothing to say
	// told is inner with the fields of facts: it is made when a line is written.
	told atomic.Pointer[told]
	// bound: the fields of some facts are in inner already.
	bound bool
}

type told struct {
	version uint64
	core    zapcore.Core
}

// Enabled is asked before there is a line: it says yes if a logger with a longer name might write it.
func (c *core) Enabled(level zapcore.Level) bool {
	if c.gauge != nil && int32(level) < c.gauge.least.Load() {
		return false
	}
	return c.inner.Enabled(level)
}

// Level is what zap.Logger.Level returns.
func (c *core) Level() zapcore.Level {
	inner := zapcore.LevelOf(c.inner)
	if c.gauge == nil {
		return inner
	}
	return max(zapcore.Level(c.gauge.own.Load()), inner)
}

func (c *core) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.gauge != nil && !c.passes(e) {
		return ce
	}
	return c.target().Check(e, ce)
}

// passes reports whether the logger that writes the line may do so.
func (c *core) passes(e zapcore.Entry) bool {
	if e.LoggerName == c.gauge.name {
		return int32(e.Level) >= c.gauge.own.Load()
	}
	return e.Level >= c.levels.Level(e.LoggerName)
}

// target is inner with all that there is to say now.
func (c *core) target() zapcore.Core {
	if c.facts == nil {
		return c.inner
	}
	version := c.facts.version()
	if t := c.told.Load(); t != nil && t.version == version {
		return t.core
	}
	t := &told{version, c.inner.With(c.facts.fields())}
	c.told.Store(t)
	return t.core
}

// With adds fields behind those of the unit of work, which stay what they are now.
func (c *core) With(fields []zap.Field) zapcore.Core {
	return &core{inner: c.target().With(fields), levels: c.levels, gauge: c.gauge, bound: c.bound || c.facts != nil}
}

// Write is for those who do not ask Check.
func (c *core) Write(e zapcore.Entry, fields []zap.Field) error { return c.target().Write(e, fields) }

func (c *core) Sync() error { return c.inner.Sync() }

// Named names a logger after its consumer, behind the name that it has.
func Named(log *zap.Logger, consumer string) *zap.Logger {
	log = log.Named(consumer)
	return log.WithOptions(zap.WrapCore(func(inner zapcore.Core) zapcore.Core {
		c, ours := inner.(*core)
		switch {
		case !ours:
			return &core{inner: inner}
		case c.levels == nil:
			return c
		}
		return &core{inner: c.inner, levels: c.levels, gauge: c.levels.gauge(log.Name()), facts: c.facts, bound: c.bound}
	}))
}
