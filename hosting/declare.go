package hosting

import (
	"fmt"
	"reflect"
	"slices"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/retune"
	"github.com/berth-go/berth/internal/supervise"
)

// A declaration is what one trigger was declared with. It serves many applications and is not written to.
type declaration struct {
	label    string // "Every 1m0s", for errors and graphs
	here     place.Here
	settings settings
}

// option makes the option of a trigger. Fill completes the task that calls b, in each application anew.
func (d declaration) option(u decl.Unit, fill func(t *Trigger, b decl.Bound) error) fx.Option {
	u.Label, u.Trigger, u.With, u.Here = d.label, d.settings.name, d.settings.with, d.here
	u.Option, u.Check, u.Claim = reflect.TypeFor[Option](), d.settings.check, d.claim
	if d.settings.kind != kindConsume {
		u.Fine = append(slices.Clip(u.Fine), ErrDone)
	}
	u.Install = func(engine any, b decl.Bound) error {
		s := d.settings.taking(b.With)
		if err := s.check(); err != nil {
			return fmt.Errorf("%w: %s at %v", err, d.label, b.Place)
		}
		e := engine.(*supervise.Engine)
		return install(e, s, TriggersOf(e).keysOf(b), b, fill)
	}
	return decl.New(&u, d.here)
}

// taking applies the options that functions of With returned.
func (s settings) taking(results []any) settings {
	with, before := len(s.with), s.leftover != nil
	for _, r := range results {
		o, ok := r.(Option)
		if !ok {
			s = s.apply([]Option{wrong(fmt.Sprintf("function of With must return a hosting.Option, not a %T", r))})
		}
		s = s.apply([]Option{o})
	}
	if s.leftover != nil && !before {
		s = s.apply([]Option{wrong("option Leftover must be given directly, not by With")})
	}
	if len(s.with) > with {
		s = s.apply([]Option{wrong("function of With must not return another With")})
	}
	return s
}

func install(e *supervise.Engine, program settings, keys retune.Keys, b decl.Bound, fill func(*Trigger, decl.Bound) error) error {
	s := program.retuned(keys)
	t := &Trigger{
		engine:   e,
		flow:     flowOf(e),
		settings: s,
		program:  program,
		keys:     keys,
		at:       b.Place,
		explicit: s.named,
		turn:     make(chan struct{}, 1),
		changed:  make(chan struct{}, 1),
		interval: s.interval,
		cron:     s.cron,
		task: &supervise.Task{
			Kind:        s.kind.String(),
			Place:       b.Place,
			Stage:       s.stage,
			StopTimeout: s.stopTimeout,
			Grace:       s.grace,
		},
	}
	t.says = &says{trigger: t, unit: b.Name}
	if err := fill(t, b); err != nil {
		return err
	}
	name := b.Name
	if s.named {
		name = s.name
	}
	triggers := TriggersOf(e)
	if err := triggers.add(t, name); err != nil {
		return err
	}
	off := isFalse(keys.Enabled)
	if off {
		t.Pause()
	}
	if !triggers.wanted(t) || off && s.kind&lasting != 0 {
		t.state = Off
		return nil
	}
	e.Add(t.task)
	return nil
}
