package plan

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/berth-go/berth/internal/decl"
)

// askedByFx is what plain fx asks for, but for constructors that nothing is left of: fx is not given those.
func (g *Graph) askedByFx() map[*Result]bool {
	asked := map[*Result]bool{}
	for _, n := range g.nodes {
		if !n.Foreign || n.dead() {
			continue
		}
		for _, d := range flatten(g.depsOf(n)) {
			if d.res != nil {
				asked[d.res] = true
			}
		}
	}
	return asked
}

// setApart names the private singletons and bound functions that only ours ask for, so that dig knows them by
// their names. Under their types it would see cycles, where a private one is made of what needs the public one that
// it hides.
func (g *Graph) setApart(asked map[*Result]bool) {
	for _, n := range g.nodes {
		decorated := func(k Key) bool { // by fx, where it is seen
			return slices.ContainsFunc(g.modules, func(m *Module) bool { return m.decorated[k] != nil && m.within(n.Mod) })
		}
		if n.Foreign || n.Kind != Provides && n.Kind != Runs || n.Lifetime != decl.Singleton || g.Opaque {
			continue
		}
		if slices.ContainsFunc(n.Results, func(r *Result) bool {
			return !r.Private || r.Key.Group != "" || asked[r] || decorated(r.Key)
		}) {
			continue
		}
		for i, r := range n.Results {
			r.Apart = true
			r.Member = memberPrefix + strconv.Itoa(n.ID) + "." + strconv.Itoa(i)
			g.byMember[r.Member] = r
		}
	}
}

// builtins emits what plain fx asks of what the application provides itself.
func (e *Emitter) builtins(asked map[*Result]bool) {
	var factories []*Module
	for _, n := range e.g.nodes {
		if !n.Foreign || n.dead() {
			continue
		}
		for _, d := range flatten(e.g.depsOf(n)) {
			if d.kind == fromFactory {
				factories = append(factories, n.Mod)
			}
		}
	}
	for _, n := range e.g.nodes {
		if n.Prov == nil || n.Prov.Builtin == nil || n.dead() || !asked[n.Results[0]] && !e.g.Opaque {
			continue
		}
		e.Out = append(e.Out, Emission{
			Mod: n.Mod, Node: n, Gives: []Give{{Key: n.Results[0].Key}},
			Run: func([]reflect.Value) ([]reflect.Value, error) {
				return []reflect.Value{n.Prov.Builtin(e.g.Engine, "")}, nil
			},
		})
	}
	if len(factories) == 0 && !e.g.Opaque {
		return
	}
	e.factory(e.g.Root, false)
	done := map[*Module]bool{e.g.Root: true}
	for _, m := range factories {
		if !done[m] {
			done[m] = true
			e.factory(m, true)
		}
	}
}

// factory emits the factory that plain fx sees in a module.
func (e *Emitter) factory(m *Module, decorates bool) {
	em := Emission{Mod: m, Decorates: decorates, Gives: []Give{{Key: Key{Type: factoryType}}}}
	em.Run = func([]reflect.Value) ([]reflect.Value, error) {
		return []reflect.Value{reflect.ValueOf(e.g.FactoryOf(m))}, nil
	}
	e.Out = append(e.Out, em)
}

func flatten(deps []*dep) []*dep {
	var all []*dep
	for _, d := range deps {
		all = append(append(all, d), flatten(d.fields)...)
	}
	return all
}

// A Wrapping is what must be done around a constructor of plain fx: our decorators, results
// that were taken from it, and names for members of groups that we read.
type Wrapping struct {
	Takes []Take
	Gives []Give
	// Results are what the constructor returns, in the order of From.
	Results []*Result
	Run     func(results, args []reflect.Value) ([]reflect.Value, error)
}

// Wrap returns how a constructor of plain fx must be wrapped, or nil if dig may call it as it stands.
func (e *Emitter) Wrap(n *Node) *Wrapping {
	need := len(n.Hides) > 0
	for _, r := range n.Results {
		need = need || len(r.Decorators) > 0 || r.Emitted && r.Key.Group != ""
	}
	if !need {
		return nil
	}
	p := e.g.programs[n]
	if p == nil {
		p = e.g.foreign(n)
	}
	wanted := e.wanted(n, p)
	w := &Wrapping{Takes: e.takes(n.Mod, append(p.leaves, wanted...)), Results: n.Results}
	for i, r := range n.Results {
		if r.Key.Group != "" && !r.Emitted {
			w.Gives = append(w.Gives, Give{Key: r.Key, From: i, Flat: r.Flatten})
			continue
		}
		w.Gives = append(w.Gives, e.gives(r, i)...)
	}
	leaves := len(p.leaves)
	w.Run = func(results, args []reflect.Value) ([]reflect.Value, error) {
		e.record(wanted, args[leaves:])
		fr, err := e.g.start(p, args[:leaves], results)
		if err != nil {
			return nil, err
		}
		return fr.values(p.outputs), nil
	}
	return w
}

// Dead reports whether nothing is left of what a constructor provides, so that it is never called.
func (n *Node) Dead() bool { return n.dead() }

// plainFx reports what plain fx asks for and cannot have.
func (c *checker) plainFx(n *Node) {
	var look func(d *dep)
	look = func(d *dep) {
		for _, f := range d.fields {
			look(f)
		}
		for _, r := range append(d.members, d.res) {
			if r == nil || r.Node.Lifetime == decl.Singleton || r.Node.Kind == Runs {
				continue
			}
			if n.Kind == Decorates && slices.ContainsFunc(n.Results, func(own *Result) bool { return own.Key == r.Key }) {
				return // said where decorators find what they wrap
			}
			c.g.Problem(&LifetimeError{
				Type: r.Key.Type, Name: r.Key.Name, Lifetime: r.Node.Lifetime.String(), Provider: r.Node.step(), Trace: []Step{n.step()},
				Hint: plainHint(n, r),
			})
			return
		}
	}
	for _, d := range c.g.depsOf(n) {
		look(d)
	}
}

func plainHint(n *Node, r *Result) string {
	if held := r.Node.held(); held != "" {
		return held
	}
	if n.Kind == Decorates {
		return onlySingletons
	}
	if n.Kind == Invokes {
		return "fx invokes once, outside any scope: use a unit (lifecycle.OnStart) or a bound function (scopes.Bind)"
	}
	if r.Node.Lifetime == decl.Transient {
		return "fx keeps one instance for ever: declare the consumer with di.Singleton, which gets one of its own"
	}
	return "declare the consumer with di.Scoped instead of fx.Provide, or give it a bound function (scopes.Bind)"
}
