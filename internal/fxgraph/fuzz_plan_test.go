package fxgraph_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/scopes"
)

// FuzzPlan makes an application of the bytes and compares what is said of it, and what it does, with what
// the oracle says: the same problems, or else functions that are called in order and with what they should get, as
// often as their lifetimes say, and are released once, in reverse.
func FuzzPlan(f *testing.F) {
	f.Add([]byte("0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 200 {
			return
		}
		p := decode(data)
		for _, wrong := range try(p) {
			t.Errorf("%s\nthe program:\n%v", wrong, p)
		}
	})
}

// A trial is one life of the application that a program describes, and what its functions saw.
type trial struct {
	o     *oracle
	wrong []string // what was not as it should be
	made  []*call

	ready  bool  // everything is constructed
	phase  int   // starting, or the number of a run of a unit
	runs   int   // of units
	unit   *node // that is run
	whole  []*call
	ended  []*call   // of which the cleanups have run in this phase, in order
	fired  []blunder // in this phase
	failed []blunder // of units at start
	lazy   []arg     // lazies of the phase
	later  []arg     // lazies and bound functions of singletons

	factories []factory
}

// A factory is one that a function got.
type factory struct {
	*scopes.Factory
	by *call
}

const starting = 0

// A call is one call of a function.
type call struct {
	t     *trial
	by    *option
	phase int
	unit  *node // that the call is for
	args  []arg
	inner reflect.Value // what a decorator wraps
	over  bool
}

// An arg is what a call got for a need.
type arg struct {
	need
	by *call
	at reflect.Value
}

// A blunder is the fault of an option.
type blunder struct {
	id  int
	end bool
}

func (b blunder) Error() string  { return fmt.Sprintf("blunder %d %v", b.id, b.end) }
func (c *call) String() string   { return fmt.Sprintf("#%d in %d", c.by.id, c.phase) }
func (o *option) unitless() bool { return o.verb != binds && o.verb != starts && o.verb != invokes }

// try returns what is not as it should be with a program.
func try(p *program) []string {
	t := &trial{o: judge(p)}
	t.life()
	return t.wrong
}

func (t *trial) errorf(format string, args ...any) {
	t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
}

func (t *trial) life() {
	engine := supervise.New(nil)
	graph, err := fxgraph.Compile(t.options(0), fxgraph.Config{Engine: engine})
	t.verdict(err)
	if err != nil || t.o.hopeless {
		return
	}
	err = construct(graph)
	t.check("construction", err, t.fired)
	if err == nil {
		t.ready = true
		if !t.o.doubt {
			if !t.o.opens() || !t.o.orphans() && len(t.o.overlays) == 0 {
				t.built(t.o.called(), singleton)
			}
			t.ordered()
		}
		if err = engine.Start(context.Background()); t.phase != starting {
			t.finish()
		}
		t.check("start", err, t.failed)
	}
	if err == nil {
		t.use()
	}
	if len(t.ended) == 0 { // else the start has failed, and has released what was built
		t.phase, t.fired = starting, nil
		t.check("stop", engine.Stop(context.Background()), t.fired)
	}
	t.released()
	for _, a := range t.later {
		t.refused(a, scopes.ErrClosed)
	}
	t.once()
	if !t.o.doubt {
		t.arguments()
	}
}

// orphans reports whether something is needed perhaps by what nothing is left of only: that is not built.
func (o *oracle) orphans() bool {
	return slices.ContainsFunc(o.options, func(d *option) bool { return d.fallback || d.verb == replaces })
}

// construct does what app.New does.
func construct(g *fxgraph.Graph) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fxgraph.Panicked(v)
		}
	}()
	if err := fx.New(fx.Logger(discard{}), fx.NopLogger, fx.Options(g.Options...)).Err(); err != nil {
		return g.Failure(err)
	}
	return nil
}

// verdict compares what is said of the graph.
func (t *trial) verdict(err error) {
	var build *di.BuildError
	if err != nil && !errors.As(err, &build) {
		t.errorf("%T: %v", err, err)
		return
	}
	got := map[problem]int{}
	if build != nil {
		for _, p := range build.Problems {
			switch e := p.(type) {
			case *di.MissingError:
				got[problem{"missing", keyOf(e.Type, e.Name, e.Group)}] = 1
			case *di.LifetimeError:
				got[problem{"lifetime", keyOf(e.Type, e.Name, "")}] = 1
			case *di.DuplicateError:
				got[problem{"duplicate", keyOf(e.Type, e.Name, "")}] = 1
			case *di.ReplaceError:
				got[problem{e.Verb, keyOf(e.Type, e.Name, "")}] = 1
			case *di.CycleError:
				got[problem{kind: "cycle"}]++
			default:
				t.errorf("%T: %v", p, p)
			}
		}
	}
	cycle, want := problem{kind: "cycle"}, maps.Clone(t.o.problems)
	if got[cycle] > want[cycle] && (t.o.circular || t.o.hopeless) {
		want[cycle] = got[cycle]
	}
	if !maps.Equal(got, want) {
		t.errorf("problems are %v, want %v\n%+v", got, want, err)
	}
}

func keyOf(typ reflect.Type, name, group string) key {
	return key{slices.IndexFunc(kinds, func(k kind) bool { return k.typ == typ }), name, group}
}

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
		t.built(t.o.scope(t.unit, len(c.by.needs)), scoped)
		if err := t.lazies(); err != nil {
			return err
		}
	}
	switch c.by.fault {
	case fails, panics:
		b := blunder{id: c.by.id}
		t.fired = append(t.fired, b)
		if c.by.fault == panics {
			panic(b)
		}
		return b
	case returnsNil:
		t.fired = append(t.fired, blunder{id: -1})
	}
	t.whole = append(t.whole, c)
	return nil
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
	b := blunder{c.by.id, true}
	switch c.by.tidy.fault {
	case fails:
		t.fired = append(t.fired, b)
		return b
	case panics:
		t.fired = append(t.fired, b)
		panic(b)
	}
	return nil
}

// check compares an error with the faults that should be in it.
func (t *trial) check(what string, err error, faults []blunder) {
	if err != nil && len(faults) == 0 && !(t.o.doubt && what == "construction") {
		t.errorf("%s: unexpected error: %+v", what, err)
	}
	for _, b := range faults {
		if err == nil || b.id >= 0 && !errors.Is(err, b) {
			t.errorf("%s: error %v, want %v", what, err, b)
		}
	}
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
		out := a.at.MethodByName("Get").Call(args)
		err, _ := out[1].Interface().(error)
		return out[0], err
	}
	for _, typ := range kinds[a.typ].given {
		args = append(args, (&call{t: t, phase: t.phase, by: &option{id: -1, outs: []int{typ}}}).result(0))
	}
	err, _ := a.at.Call(args)[0].Interface().(error)
	return reflect.Value{}, err
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
		if t.unit.verb == starts && !b.end {
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
	err = s.Close(context.Background())
	t.check("close", err, t.fired[begun:])
	if _, err := t.resolve(s, need{key: key{typ: 0}}); !errors.Is(err, scopes.ErrClosed) {
		t.errorf("get after close: %v", err)
	}
	t.finish()
}

func (t *trial) resolve(s *scopes.Scope, d need) (reflect.Value, error) {
	if d.name != "" {
		return kinds[d.typ].get(s, di.Name(d.name))
	}
	return kinds[d.typ].get(s)
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
