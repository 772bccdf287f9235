package plan

import (
	"reflect"
	"strconv"

	"github.com/berth-go/berth/internal/decl"
)

// An Emission is a function that dig is to call: what it takes, what it gives, and what it does.
// A module's emissions go to dig in that module.
type Emission struct {
	Mod     *Module
	Takes   []Take
	Gives   []Give
	Private bool
	Invoke  bool // dig calls it even if nobody needs what it gives
	// Decorates: it stands for what its module sees under the key, and takes nothing.
	Decorates bool
	Run       func(args []reflect.Value) ([]reflect.Value, error)

	// Node is what it stands for; of a unit the Invoke stands where the unit was declared.
	Node *Node
}

// A Take is a parameter for dig.
type Take struct {
	Key  Key
	Type reflect.Type // of the parameter: the slice, for a group
	Soft bool

	Optional bool
}

// A Give is a result for dig.
type Give struct {
	Key  Key
	From int // which of Run's results
	Flat bool
}

// viewPrefix begins the names under which a module's view of a key is handed to others.
const viewPrefix = memberPrefix + "view."

// An Emitter turns a sound graph into functions for dig.
type Emitter struct {
	g     *Graph
	views map[leaf]string
	needs *order
	late  []late

	Out []Emission
}

// Emit compiles everything. Check has found the graph to be sound.
func (g *Graph) Emit() *Emitter {
	e := &Emitter{
		g: g, views: map[leaf]string{}, needs: newOrder(g),
		Out: make([]Emission, 0, len(g.nodes)),
	}
	asked := g.askedByFx()
	e.builtins(asked)
	g.setApart(asked)
	for _, u := range g.units {
		g.program(u)
	}
	for _, n := range g.nodes {
		if n.Kind == Provides && !n.Foreign && !n.dead() && n.Lifetime == decl.Singleton && (n.Prov == nil || n.Prov.Builtin == nil) {
			e.singleton(n)
		}
	}
	for _, u := range g.units {
		if u.Unit.F != nil {
			e.function(u)
		} else {
			e.trigger(u)
		}
	}
	for _, n := range g.nodes { // before Wrap is asked: they say which members of groups need a name
		if n.Foreign && len(n.follow()) > 0 {
			g.programs[n] = g.foreign(n)
		}
	}
	if g.explore {
		for _, l := range g.everything() {
			e.later(nil, l)
		}
	}
	return e
}

func (g *Graph) program(u *Node) *program {
	p := g.programs[u]
	if p == nil {
		p = g.unit(u)
		g.programs[u] = p
	}
	return p
}

// take is how module m asks dig for a leaf: plainly where it sees the same, else through a name
// that the leaf's own module exports.
func (e *Emitter) take(m *Module, l leaf) Take {
	t := l.Key.Type
	if l.Slice {
		t = reflect.SliceOf(t)
	}
	if e.g.canonical(m, l.Key) == l.View {
		return Take{Key: l.Key, Type: t, Soft: l.Soft, Optional: l.Optional}
	}
	name, ok := e.views[l]
	if !ok {
		name = viewPrefix + strconv.Itoa(len(e.views))
		e.views[l] = name
		e.Out = append(e.Out, Emission{
			Mod:   l.View,
			Takes: []Take{{Key: l.Key, Type: t, Soft: l.Soft, Optional: l.Optional}},
			Gives: []Give{{Key: Key{Type: t, Name: name}}},
			Run:   func(args []reflect.Value) ([]reflect.Value, error) { return args, nil },
		})
	}
	return Take{Key: Key{Type: t, Name: name}, Type: t}
}

func (e *Emitter) takes(m *Module, leaves []leaf) []Take {
	takes := make([]Take, len(leaves))
	for i, l := range leaves {
		takes[i] = e.take(m, l)
	}
	return takes
}

// later has a singleton taken at the very end, for who cannot wait for it.
func (e *Emitter) later(n *Node, l leaf) { e.late = append(e.late, late{n, l}) }

// A late is a singleton that a node cannot wait for, or nil that an explicit scope may ask for.
type late struct {
	node *Node
	leaf leaf
}

// lateLeaves are those that something reached needs, each once.
func (e *Emitter) lateLeaves() []leaf {
	if len(e.late) == 0 {
		return nil
	}
	reached := e.needs.reached()
	seen := make(map[leaf]bool, len(e.late))
	var leaves []leaf
	for _, l := range e.late {
		if !seen[l.leaf] && (l.node == nil || reached[l.node]) {
			seen[l.leaf] = true
			leaves = append(leaves, l.leaf)
		}
	}
	return leaves
}

func (e *Emitter) singleton(n *Node) {
	p := e.g.provider(n)
	wanted := e.wanted(n, p)
	em := Emission{Mod: n.Mod, Node: n, Takes: e.takes(n.Mod, append(p.leaves, wanted...))}
	em.Private = n.Prov.Private && !n.Results[0].Apart
	for i, r := range n.Results {
		em.Gives = append(em.Gives, e.gives(r, i)...)
	}
	leaves := len(p.leaves)
	em.Run = func(args []reflect.Value) ([]reflect.Value, error) {
		e.record(wanted, args[leaves:])
		fr, err := e.g.start(p, args[:leaves], nil)
		if err != nil {
			return nil, err
		}
		return fr.values(p.outputs), nil
	}
	e.Out = append(e.Out, em)
}

// gives is a result, and for a member of a group that we read also its own name.
func (e *Emitter) gives(r *Result, i int) []Give {
	if r.Apart {
		return []Give{{Key: e.g.leafOf(r.Node.Mod, r).Key, From: i}}
	}
	give := Give{Key: r.Key, From: i, Flat: r.Flatten}
	if r.Key.Group == "" {
		return []Give{give}
	}
	return []Give{give, {Key: e.g.leafOf(r.Node.Mod, r).Key, From: i}}
}

// wanted splits what a program's Lazies want into what can be built before it and what must be taken late.
func (e *Emitter) wanted(n *Node, p *program) []leaf {
	var before []leaf
	for _, l := range p.wants {
		e.later(n, l) // the table of explicit scopes is filled either way
		if e.needs.before(n, l) {
			before = append(before, l)
		}
	}
	return before
}

// record notes values for explicit scopes.
func (e *Emitter) record(leaves []leaf, values []reflect.Value) {
	for i, l := range leaves {
		e.g.table[l] = values[i]
	}
}

// function emits the provider of a bound function. It takes the singletons of its unit, so that who takes the
// function is built after them, except those that need the function themselves.
func (e *Emitter) function(u *Node) {
	p := e.g.program(u)
	b := e.g.bind(u)
	var now []leaf
	at := make([]int, 0, len(p.leaves))
	for i, l := range p.leaves {
		if e.needs.before(u, l) {
			now = append(now, l)
			at = append(at, i)
		} else {
			e.later(u, l)
			e.needs.pending[l] = append(e.needs.pending[l], pendingLeaf{p, i})
		}
	}
	now = append(now, e.wanted(u, p)...)
	var decorators *program
	own := len(now)
	if len(u.Results[0].Decorators) > 0 {
		decorators = e.g.foreign(u)
		now = append(append(now, decorators.leaves...), e.wanted(u, decorators)...)
	}
	em := Emission{Mod: u.Mod, Node: u, Takes: e.takes(u.Mod, now), Private: u.Unit.Private && !u.Results[0].Apart}
	em.Gives = e.gives(u.Results[0], 0)
	em.Run = func(args []reflect.Value) ([]reflect.Value, error) {
		leaves := make([]reflect.Value, len(p.leaves))
		for j, i := range at {
			leaves[i] = args[j]
		}
		p.fill(leaves)
		e.record(now, args)
		made := []reflect.Value{b.function(u.Unit.F)}
		if decorators == nil {
			return made, nil
		}
		fr, err := e.g.start(decorators, args[own:own+len(decorators.leaves)], made)
		if err != nil {
			return nil, err
		}
		return fr.values(decorators.outputs), nil
	}
	e.Out = append(e.Out, em)
}

// trigger emits the Invoke that fills the plan of a unit, or constructs a service.
func (e *Emitter) trigger(u *Node) {
	var leaves []leaf
	var p *program
	if u.Unit.Fn != nil {
		p = e.g.program(u)
		leaves = append(leaves, p.leaves...)
	}
	own := len(leaves)
	if u.Unit.Hosts != nil {
		r := e.g.find(u.Mod, Key{Type: u.Unit.Hosts, Name: u.Unit.Name})
		leaves = append(leaves, e.g.canonicalLeaf(e.g.leafOf(u.Mod, r)))
	}
	hosted := len(leaves)
	var with []*program
	for _, w := range u.With {
		wp := e.g.option(w)
		with = append(with, wp)
		leaves = append(leaves, wp.leaves...)
	}
	if p != nil {
		leaves = append(leaves, e.wanted(u, p)...)
	}
	// At the root, since dig checks the whole graph once for each module in which something is invoked.
	em := Emission{Mod: e.g.Root, Node: u, Invoke: true, Takes: e.takes(e.g.Root, leaves)}
	em.Run = func(args []reflect.Value) ([]reflect.Value, error) {
		e.record(leaves, args)
		got := &installing{}
		e.g.installs[u] = got
		if p != nil && !u.Unit.Constructs {
			p.fill(args[:own])
		}
		if p != nil && u.Unit.Constructs {
			fr, err := e.g.start(p, args[:own], nil)
			if err != nil {
				return nil, err
			}
			got.value = fr.values(p.outputs)[0].Interface()
		}
		if hosted > own {
			got.value = args[own].Interface()
		}
		at := hosted
		for _, wp := range with {
			fr, err := e.g.start(wp, args[at:at+len(wp.leaves)], nil)
			if err != nil {
				return nil, err
			}
			at += len(wp.leaves)
			got.with = append(got.with, fr.values(wp.outputs)[0].Interface())
		}
		return nil, nil
	}
	e.Out = append(e.Out, em)
}
