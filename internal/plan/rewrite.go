package plan

import (
	"slices"
	"strconv"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
)

// rewrite applies defaults and replacements, indexes what remains, and attaches decorators.
func (g *Graph) rewrite() {
	g.giveWay()
	g.replace()
	g.dropUnits()
	g.index()
	g.decorate()
}

// dropUnits leaves out the units whose function somebody replaced, and notes what the others are given.
func (g *Graph) dropUnits() {
	g.units = slices.DeleteFunc(g.units, func(u *Node) bool { return u.Unit.F != nil && len(u.Results) == 0 })
	for _, u := range g.units {
		for _, t := range u.Given {
			g.given[t] = append(g.given[t], u.Unit.Label)
		}
	}
}

// live calls f for each provider with its results.
func (g *Graph) live(f func(n *Node)) {
	for _, n := range g.nodes {
		if n.Kind == Provides || n.Kind == Runs && n.Unit != nil && n.Unit.F != nil {
			f(n)
		}
	}
}

// under lists what is provided under each of the keys.
func (g *Graph) under(keys map[Key]bool) map[Key][]*Result {
	if len(keys) == 0 {
		return nil
	}
	all := make(map[Key][]*Result, len(keys))
	g.live(func(n *Node) {
		for _, r := range n.Results {
			if keys[r.Key] {
				all[r.Key] = append(all[r.Key], r)
			}
		}
	})
	return all
}

// giveWay removes what Default providers provide where another provider does too.
func (g *Graph) giveWay() {
	isDefault := func(r *Result) bool { return r.Node.Prov != nil && r.Node.Prov.Default && !r.Node.Foreign }
	defaults := map[Key]bool{}
	g.live(func(n *Node) {
		for _, r := range n.Results {
			if r.Key.Group == "" && isDefault(r) {
				defaults[r.Key] = true
			}
		}
	})
	for _, results := range g.under(defaults) {
		for _, r := range results {
			if !isDefault(r) {
				continue
			}
			for _, other := range results {
				if other != r && !isDefault(other) && (!other.Private || r.Private && r.Node.Mod == other.Node.Mod) {
					r.Node.Results = slices.DeleteFunc(r.Node.Results, func(x *Result) bool { return x == r })
					r.Node.Hides = append(r.Node.Hides, r)
					break
				}
			}
		}
	}
}

// index fills the tables that find looks in, and reports what is provided twice.
func (g *Graph) index() {
	g.public = make(map[Key]*Result, len(g.nodes))
	twice := map[*Result][]*Result{}
	var order []*Result
	g.live(func(n *Node) {
		for _, r := range n.Results {
			if r.Key.Group != "" {
				r.Member = memberPrefix + strconv.Itoa(n.ID) + "." + strconv.Itoa(len(g.groups[r.Key]))
				g.groups[r.Key] = append(g.groups[r.Key], r)
				g.byMember[r.Member] = r
				if r.Private { // so that only modules inside see the member
					n.Mod.private[g.leafOf(n.Mod, r).Key] = r
				}
				continue
			}
			table := g.public
			if r.Private {
				table = n.Mod.private
			}
			first, found := table[r.Key]
			if !found {
				table[r.Key] = r
				continue
			}
			if first.builtin() && first.Node.Prov.Default && r.builtin() && r.Node.Prov.Default {
				n.Hides = append(n.Hides, r) // the first stands for all
				n.Results = nil
				continue
			}
			if len(twice[first]) == 0 {
				order = append(order, first)
				twice[first] = []*Result{first}
			}
			twice[first] = append(twice[first], r)
		}
	})
	for _, first := range order {
		all := twice[first]
		e := &DuplicateError{
			Type: first.Key.Type, Name: first.Key.Name,
			Hint: "name one of them (di.Name), mark one as di.Default, or replace it with di.Replace",
		}
		for _, r := range all {
			e.Providers = append(e.Providers, r.Node.provider())
		}
		plain := !slices.ContainsFunc(all, func(r *Result) bool { return !r.Node.Foreign })
		switch {
		case plain && sameDeclaration(all):
			e.Hint = "one declaration provides it more than once: name what it provides (fx.ResultTags), or take the module that it is in only once"
		case sameDeclaration(all):
			e.Hint = "one declaration stands in the application more than once: take the module that it is in only once"
		case first.builtin():
			e.Hint = "give one of them a name: option Name"
		case plain:
			e.Hint = "name one of them (fx.ResultTags), or leave one out"
		}
		if plain {
			g.doubles = append(g.doubles, e) // fx refuses it
		} else {
			g.Problem(e)
		}
	}
	// Members of plain fx come last.
	for _, members := range g.groups {
		slices.SortStableFunc(members, func(a, b *Result) int { return rank(a) - rank(b) })
	}
}

// sameDeclaration reports whether one option, read several times, provides them all.
func sameDeclaration(all []*Result) bool {
	first := all[0].Node
	return !slices.ContainsFunc(all[1:], func(r *Result) bool {
		n := r.Node
		return n == first || n.Prov != first.Prov || n.Unit != first.Unit || n.Declared != first.Declared || n.where() != first.where()
	})
}

// builtin reports whether the application provides it itself.
func (r *Result) builtin() bool { return r.Node.Prov != nil && r.Node.Prov.Builtin != nil }

func rank(r *Result) int {
	if r.Node.Foreign {
		return 1
	}
	return 0
}

// memberPrefix begins names that only wrappers of ours use.
const memberPrefix = "berth."

// find returns what module m sees under a key.
func (g *Graph) find(m *Module, k Key) *Result {
	for ; m != nil; m = m.Parent {
		if r := m.private[k]; r != nil {
			return r
		}
	}
	return g.public[k]
}

// members returns what module m sees of a group, in order of declaration, those of plain fx last.
func (g *Graph) members(m *Module, k Key) []*Result {
	all := g.groups[k]
	visible := make([]*Result, 0, len(all))
	for _, r := range all {
		if !r.Private || m.within(r.Node.Mod) {
			visible = append(visible, r)
		}
	}
	return visible
}

// decorate attaches our decorators to what they wrap, in order of declaration, and records
// where plain fx decorates.
func (g *Graph) decorate() {
	for _, d := range g.decorators {
		var targets []*Result
		if d.key.Group != "" {
			targets = g.members(d.Mod, d.key)
		} else if r := g.find(d.Mod, d.key); r != nil {
			targets = []*Result{r}
		}
		if len(targets) == 0 {
			g.Problem(&ReplaceError{Type: d.key.Type, Name: d.key.Name, Group: d.key.Group, Verb: "decorate", Place: d.Declared, Hint: g.similar(d.key)})
			continue
		}
		for i, r := range targets {
			own := d
			if i > 0 { // one decorator node for each member
				copied := *d
				own = g.node(&copied)
			}
			own.inner, own.Lifetime = r, r.Node.Lifetime
			r.Decorators = append(r.Decorators, own)
		}
	}
	for _, n := range g.nodes {
		if n.Kind != Decorates || !n.Foreign {
			continue
		}
		for _, r := range n.Results {
			n.Mod.decorated[r.Key] = n
			targets := []*Result{g.find(n.Mod, r.Key)}
			if r.Key.Group != "" {
				// A module inside gets the group as decorated, and so without what is private there.
				targets = slices.DeleteFunc(slices.Clone(g.groups[r.Key]), func(t *Result) bool {
					return t.Private && !t.Node.Mod.within(n.Mod) && !n.Mod.within(t.Node.Mod)
				})
			}
			i := slices.IndexFunc(targets, func(t *Result) bool { return t != nil && t.Node.Lifetime != decl.Singleton })
			if i < 0 {
				continue
			}
			g.Problem(&LifetimeError{
				Type: r.Key.Type, Name: r.Key.Name, Lifetime: targets[i].Node.Lifetime.String(), Provider: targets[i].Node.step(),
				Trace: []Step{n.step()},
				Hint:  onlySingletons,
			})
		}
	}
	g.buildDecorated()
}

// buildDecorated makes singletons of builtins that somebody decorates.
func (g *Graph) buildDecorated() {
	for _, n := range g.nodes {
		if n.Prov == nil || n.Prov.Builtin == nil || n.dead() {
			continue
		}
		r := n.Results[0]
		if len(r.Decorators) > 0 || slices.ContainsFunc(g.modules, func(m *Module) bool { return m.decorated[r.Key] != nil }) {
			n.Fn = funcs.Const(n.Prov.Builtin(g.Engine, ""), r.Key.Type, n.Fn.Name)
			n.Prov = &decl.Provider{Here: n.Prov.Here}
		}
	}
}
