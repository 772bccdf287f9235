package plan

import (
	"errors"
	"reflect"
	"slices"
)

// Last emits the Invoke that ends the construction: it takes what could not be taken earlier and
// installs the triggers in order of declaration.
func (e *Emitter) Last() Emission {
	leaves := e.lateLeaves()
	em := Emission{Mod: e.g.Root, Invoke: true, Takes: e.takes(e.g.Root, leaves)}
	em.Run = func(args []reflect.Value) ([]reflect.Value, error) {
		e.record(leaves, args)
		for i, l := range leaves {
			for _, w := range e.needs.pending[l] {
				values := make([]reflect.Value, len(w.p.leaves))
				values[w.i] = args[i]
				w.p.fill(values)
			}
		}
		if err := e.g.install(); err != nil {
			return nil, err
		}
		e.g.Engine.Constructed()
		return nil, nil
	}
	return em
}

// An installing is what a unit has got before its trigger is installed.
type installing struct {
	value any
	with  []any
}

// install hands the units to their triggers.
func (g *Graph) install() error {
	var errs []error
	for _, u := range g.units {
		if u.Unit.Install == nil {
			continue
		}
		b := g.bound(u)
		if got := g.installs[u]; got != nil {
			b.Value, b.With = got.value, got.with
		}
		if err := u.Unit.Install(g.Engine, b); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// everything lists the singletons that explicit scopes may ask for: those of all scoped and transient
// providers, and our own singletons, without those that only a replaced provider needed.
func (g *Graph) everything() []leaf {
	orphans := g.orphans()
	all := g.reach()
	g.live(func(n *Node) {
		if n.Foreign || orphans[n] || n.dead() {
			return
		}
		for _, r := range n.Results {
			view := g.Root
			if r.Private {
				view = n.Mod
			}
			all.result(view, r)
		}
	})
	// Where fx decorates, those who open scopes there see something else.
	for _, opener := range g.openers() {
		for _, n := range g.nodes {
			if n.Kind != Decorates || !n.Foreign || !opener.Mod.within(n.Mod) {
				continue
			}
			for _, d := range n.Results {
				if r := g.find(opener.Mod, d.Key); r != nil && !r.Node.Foreign && !orphans[r.Node] {
					all.result(opener.Mod, r)
				}
			}
		}
	}
	return all.leaves
}

// openers are the functions that take a *Factory.
func (g *Graph) openers() []*Node {
	var openers []*Node
	look := func(nodes ...*Node) {
		for _, n := range nodes {
			if slices.ContainsFunc(flatten(g.depsOf(n)), func(d *dep) bool { return d.kind == fromFactory }) {
				openers = append(openers, n)
			}
		}
	}
	for _, n := range g.nodes {
		if n.Kind != Runs && !n.dead() {
			look(n)
		}
	}
	for _, u := range g.units {
		look(u.Segments...)
		look(u.With...)
	}
	return openers
}

// orphans are the providers that something replaced needed, and nothing else does.
func (g *Graph) orphans() map[*Node]bool {
	was := map[*Node]bool{}
	is := map[*Node]bool{}
	var mark func(n *Node, in map[*Node]bool)
	mark = func(n *Node, in map[*Node]bool) {
		if in[n] {
			return
		}
		in[n] = true
		for _, next := range g.neighbours(n) {
			mark(next, in)
		}
	}
	for _, n := range g.nodes {
		if n.Kind == Provides && n.dead() {
			mark(n, was)
		}
	}
	if len(was) == 0 {
		return nil
	}
	for _, n := range g.nodes {
		if !was[n] && (n.Kind != Provides || !n.Foreign && !n.dead()) {
			mark(n, is)
		}
	}
	for n := range is {
		delete(was, n)
	}
	return was
}
