package lifecycle

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// An Option configures one OnStart or OnStop. It is a value: using it twice is fine.
type Option struct{ set func(*hook) }

// Timeout limits one call of the unit to d: its context ends after d, and a unit that ignores that is
// left behind and named, with the stack of its goroutine. Default: the limit of the start, or for an
// OnStop its share of what is left of the stop. Anything but a positive d is an error at startup.
func Timeout(d time.Duration) Option {
	return Option{func(h *hook) { h.timeout, h.limited = d, true }}
}

// OnStart declares a unit that is called once when the application starts, after all hooks of
// fx.Lifecycle and all OnStart units declared before it, and before any hosted service. It runs in a
// scope of its own, which ends when it returns. Its context is that of the start: it ends when the
// start is interrupted or out of time.
//
// An error or a panic makes the start fail: nothing further starts, and everything started or
// constructed so far is stopped and released in reverse.
func OnStart(unit any, opts ...Option) fx.Option {
	return newHook("OnStart", unit, opts, place.Caller())
}

// OnStop declares a unit that is called once when the application stops, in the place where an OnStart
// declared here would be undone: after hosted services have stopped, and before what stands earlier in
// the list is stopped and released. It is called if the start had come as far as its place, also when
// the start failed later. It runs in a scope of its own, with a live context that has a limit.
//
// An error or a panic is joined to the result of the stop; the rest of the stop runs.
func OnStop(unit any, opts ...Option) fx.Option {
	return newHook("OnStop", unit, opts, place.Caller())
}

// A hook is one OnStart or OnStop as declared.
type hook struct {
	label   string
	timeout time.Duration
	limited bool
}

func newHook(label string, unit any, opts []Option, here place.Here) fx.Option {
	h := hook{label: label}
	for _, o := range opts {
		if o.set != nil {
			o.set(&h)
		}
	}
	return decl.New(&decl.Unit{Label: label, Fn: unit, Check: h.check, Install: h.install, Here: here}, here)
}

func (h hook) check() error {
	if h.limited && h.timeout <= 0 {
		return fmt.Errorf("option Timeout must be positive, is %v", h.timeout)
	}
	return nil
}

func (h hook) install(engine any, b decl.Bound) error {
	e := engine.(*supervise.Engine)
	call := func(ctx context.Context) error {
		_, err := b.Call(logs.Enter(ctx, e, logs.Unit(b.Name)))
		return err
	}
	entry := supervise.Hook{Name: b.Name, Place: b.Place, Start: call, Timeout: h.timeout}
	if h.label == "OnStop" {
		// With a start of its own it counts as started only when the start has come here.
		entry.Start, entry.Stop = func(context.Context) error { return nil }, call
	}
	e.Append(entry)
	return nil
}
