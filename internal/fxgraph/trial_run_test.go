package fxgraph_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"slices"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// keep remembers lazies and bound functions, which cannot serve before everything is constructed.
func (t *trial) keep(c *call) {
	for _, a := range c.args {
		switch {
		case !a.lazy && a.typ < firstFunc:
		case t.phase == starting:
			if !t.ready {
				t.refused(a, scopes.ErrNotReady)
			}
			t.later = append(t.later, a)
		case a.lazy:
			t.lazy = append(t.lazy, a)
		}
	}
}

// run is what all functions do.
func (c *call) run() error {
	t := c.t
	if c.by.verb == binds || c.by.verb == starts {
		t.built(t.o.scope(t.unit, len(c.by.needs), false), scoped)
		if err := t.lazies(); err != nil {
			return err
		}
	}
	switch c.by.fault {
	case returnsNil:
		t.blunder(blunder{c.by.id, returnsNil, false})
	default:
		if err := t.blunder(blunder{c.by.id, c.by.fault, false}); err != nil {
			return err
		}
	}
	t.whole = append(t.whole, c)
	return nil
}

// blunder makes a mistake.
func (t *trial) blunder(b blunder) error {
	if b.how == fine {
		return nil
	}
	t.fired = append(t.fired, b)
	t.faulty[t.phase] = true
	switch b.how {
	case panics:
		panic(b)
	case exits:
		runtime.Goexit()
	}
	return b
}

// end is the cleanup of a call.
func (c *call) end() error {
	t := c.t
	if c.phase == starting && t.phase != starting && t.unit.verb == starts { // the start has failed
		t.finish()
		t.phase = starting
	}
	if c.over || c.phase != t.phase || !slices.Contains(t.whole, c) {
		t.errorf("%v is released in %d, or twice, or was never made", c, t.phase)
	}
	c.over = true
	t.ended = append(t.ended, c)
	return t.blunder(blunder{c.by.id, c.by.tidy.fault, true})
}

// refused tries a lazy or a bound function that cannot serve.
func (t *trial) refused(a arg, want error) {
	if bound := t.bound(a); a.lazy || bound != nil && bound.verb == binds {
		if _, err := t.get(a); !errors.Is(err, want) {
			t.errorf("%v of %v: %v, want %v", a.key, a.by, err, want)
		}
	}
}

// bound is what a bound function in an argument runs, or nil.
func (t *trial) bound(a arg) *node {
	if found := t.o.find(t.nodes(a.by.by)[0].mod, a.key); len(found) > 0 {
		return found[0].by
	}
	return nil
}

// get calls a bound function, or gets a lazy.
func (t *trial) get(a arg) (reflect.Value, error) {
	args := []reflect.Value{reflect.ValueOf(context.Background())}
	if a.lazy {
		v := reflect.Value{}
		err := alone(func() error {
			out := a.at.MethodByName("Get").Call(args)
			v = out[0]
			err, _ := out[1].Interface().(error)
			return err
		})
		return v, err
	}
	for _, typ := range kinds[a.typ].given {
		args = append(args, (&call{t: t, phase: t.phase, by: &option{id: -1, outs: []int{typ}}}).result(0))
	}
	return reflect.Value{}, alone(func() error {
		err, _ := a.at.Call(args)[0].Interface().(error)
		return err
	})
}

// nodes lists where the function of an option stands.
func (t *trial) nodes(o *option) []*node {
	return t.o.which(func(n *node) bool { return n.id == o.id })
}

// begin begins the run of a unit.
func (t *trial) begin(u *node) {
	if t.phase != starting {
		t.finish()
	}
	t.runs++
	t.phase, t.unit, t.fired = t.runs, u, nil
}

// finish ends it.
func (t *trial) finish() {
	t.released()
	for _, a := range t.lazy {
		t.refused(a, scopes.ErrClosed)
	}
	for _, b := range t.fired {
		if t.unit.verb == starts && (!b.end || b.how == exits) {
			t.failed = append(t.failed, b)
		}
	}
	t.phase, t.unit, t.fired, t.lazy, t.ended = starting, nil, nil, nil, nil
}

// use calls bound functions that singletons got, and gets their lazies.
func (t *trial) use() {
	tried := map[*node]int{}
	for i := 0; i < len(t.later) && i < 12; i++ {
		a := t.later[i]
		u := t.bound(a)
		switch {
		case a.lazy:
			t.fired = nil
			_ = t.try(a)
		case u != nil && u.verb == binds && tried[u] < 2 && len(tried) < 4:
			tried[u]++
			t.begin(u)
			_, err := t.get(a)
			t.check("call", err, t.fired)
			t.finish()
		}
	}
	for _, f := range t.factories[:min(len(t.factories), 3)] {
		t.open(f)
	}
	t.ended = nil
}

// open gets a few things from an explicit scope.
func (t *trial) open(f factory) {
	n := t.nodes(f.by.by)[0]
	u := &node{&option{id: n.id, verb: binds, given: kinds[firstFunc+1].given}, n.mod, scoped}
	if len(t.o.find(n.mod, key{typ: u.given[0]})) > 0 {
		u.given = nil
	}
	t.begin(u)
	given := []scopes.Value{}
	for _, typ := range u.given {
		given = append(given, kinds[typ].value((&call{t: t, phase: t.phase, by: &option{id: -1, outs: []int{typ}}}).result(0)))
	}
	s, err := f.Open(context.Background(), given...)
	if err != nil {
		t.errorf("open: %v", err)
		return
	}
	c := &call{t: t, by: f.by.by, phase: t.phase, unit: u}
	t.made = append(t.made, c)
	for i, p := range t.o.provided {
		if i > 4 || p.group != "" {
			continue
		}
		d := need{key: p.key}
		begun := len(t.fired)
		v, err := t.resolve(s, d)
		faults := t.fired[begun:]
		var missing *di.MissingError
		switch found := t.o.find(n.mod, p.key); {
		case len(found) == 0 && errors.As(err, &missing):
		case len(found) > 0 && err != nil && len(faults) == 0 && (t.o.orphans() || found[0].life() == singleton && !found[0].by.ours()):
		case len(found) > 0 && found[0].life() != singleton && errors.As(err, &missing) && t.o.starves(u, found[0]):
		default:
			t.check("get", err, faults)
		}
		if err == nil {
			c.args = append(c.args, arg{need: d, by: c, at: v})
		}
	}
	begun := len(t.fired)
	err = alone(func() error { return s.Close(context.Background()) })
	t.check("close", err, t.fired[begun:])
	if _, err := t.resolve(s, need{key: key{typ: 0}}); !errors.Is(err, scopes.ErrClosed) {
		t.errorf("get after close: %v", err)
	}
	t.finish()
}

func (t *trial) resolve(s *scopes.Scope, d need) (v reflect.Value, err error) {
	var named []di.Option
	if d.name != "" {
		named = append(named, di.Name(d.name))
	}
	err = alone(func() (err error) {
		v, err = kinds[d.typ].get(s, named...)
		return err
	})
	return v, err
}

// lazies gets what the phase has not got.
func (t *trial) lazies() error {
	for i := 0; i < len(t.lazy) && i < 12; i++ {
		if err := t.try(t.lazy[i]); err != nil {
			return err
		}
	}
	return nil
}

// try gets a lazy twice.
func (t *trial) try(a arg) error {
	v, err := t.get(a)
	t.check("lazy", err, t.fired)
	if err != nil {
		return err
	}
	again, err := t.get(a)
	if err != nil || a.typ < firstFunc && again.Interface() != v.Interface() {
		t.errorf("%v of %v is %v, then %v, %v", a.key, a.by, v, again, err)
	}
	a.lazy, a.at = false, v
	a.by.args = append(a.by.args, a)
	return nil
}
