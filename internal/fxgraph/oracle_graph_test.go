package fxgraph_test

import "slices"

// A node is a function where it stands: a replacement stands where the provider stood, a decorator once for each
// member of its group.
type node struct {
	*option
	mod  int
	life lifetime
}

// A provision is one key of one provider.
type provision struct {
	key
	by    *node
	wraps []*node // decorators of ours, the innermost first
}

// declare lists what is provided, and the decorators of fx.
func (o *oracle) declare() {
	for _, d := range o.options {
		n := &node{d, d.mod, d.life}
		switch {
		case d.verb == provides || d.verb == binds:
			for _, k := range d.gives {
				o.provided = append(o.provided, &provision{key: k, by: n})
			}
		case d.verb == decorates && d.plain:
			o.overlays = append(o.overlays, n)
		}
	}
}

// collect lists all functions.
func (o *oracle) collect() {
	for _, d := range o.options {
		if d.verb == invokes || d.verb == starts {
			o.nodes = append(o.nodes, &node{d, d.mod, d.life})
		}
	}
	for _, p := range o.provided {
		if !slices.Contains(o.nodes, p.by) {
			o.nodes = append(o.nodes, p.by)
		}
		o.nodes = append(o.nodes, p.wraps...)
	}
	o.nodes = append(o.nodes, o.overlays...)
}

// ours reports whether a function is declared with Berth.
func (n *node) ours() bool      { return !n.plain }
func (p *provision) ours() bool { return p.by.ours() }

// unit reports whether a function has a scope of its own.
func (n *node) unit() bool { return n.verb == binds || n.verb == starts }

// giving reports whether a trigger gives its unit what is needed.
func (n *node) giving(d need) bool { return d.name == "" && slices.Contains(n.given, d.typ) }

// life is how long the value lives: a bound function as long as the application.
func (p *provision) life() lifetime {
	if p.by.unit() {
		return singleton
	}
	return p.by.life
}

const everywhere = -1

// hides says in which module something is seen, with those inside. At the root nothing is private.
func (p *provision) hides() int {
	if p.by.private && p.by.mod > 0 {
		return p.by.mod
	}
	return everywhere
}

// around lists a module and those around it.
func (o *oracle) around(mod int) (mods []int) {
	for ; mod >= 0; mod = o.outer[mod] {
		mods = append(mods, mod)
	}
	return mods
}

// all lists what is provided under a key, wherever.
func (o *oracle) all(k key) []*provision {
	return slices.DeleteFunc(slices.Clone(o.provided), func(p *provision) bool { return p.key != k })
}

// find returns what a module sees under a key: the innermost provider, or of a group all members, those of fx last.
func (o *oracle) find(mod int, k key) (seen []*provision) {
	for _, m := range append(o.around(mod), everywhere) {
		for _, p := range o.all(k) {
			if p.hides() == m {
				seen = append(seen, p)
			}
		}
	}
	if k.group == "" {
		return seen[:min(len(seen), 1)]
	}
	var ours, plain []*provision
	for _, p := range o.all(k) {
		switch {
		case !slices.Contains(seen, p):
		case p.ours():
			ours = append(ours, p)
		default:
			plain = append(plain, p)
		}
	}
	return append(ours, plain...)
}

// keeps reports whether a constructor still provides its first result. A transient of several is made for one of them.
func (o *oracle) keeps(d *option) bool {
	return (d.life != transient || len(d.gives) == 1) && slices.ContainsFunc(o.all(d.gives[0]), func(p *provision) bool { return p.by.option == d })
}

// lacks reports whether nobody provides what a function must have.
func (o *oracle) lacks(n *node, d need) bool {
	return !d.optional && d.group == "" && len(o.find(n.mod, d.key)) == 0
}

// opens reports whether something may open a scope and give it anything.
func (o *oracle) opens() bool {
	return slices.ContainsFunc(o.nodes, func(n *node) bool { return n.option.opens }) ||
		slices.ContainsFunc(o.options, func(d *option) bool { return d.verb == decorates && d.opens })
}

// A step leads from a function to one that provides what it needs. A path is a rule that says which steps count.
type path func(from *node, d need, to *provision) bool

// next lists the functions to which one leads: the providers and decorators of what it needs, where the step
// counts, and the decorators of all that it provides, which are called with it.
func (o *oracle) next(n *node, p path) []*node { return append(o.uses(n, p), o.along(n)...) }

func (o *oracle) uses(n *node, counts path) (next []*node) {
	for _, d := range n.needs {
		for _, p := range o.find(n.mod, d.key) {
			if counts(n, d, p) {
				next = append(append(next, p.by), p.wraps...)
			}
		}
	}
	return next
}

func (o *oracle) along(n *node) (wraps []*node) {
	for _, p := range o.provided {
		if p.by == n && n.life != transient {
			wraps = append(wraps, p.wraps...)
		}
	}
	return wraps
}

// reach lists all functions to which some lead, themselves included.
func (o *oracle) reach(from []*node, next func(*node) []*node) map[*node]bool {
	reached := map[*node]bool{}
	for len(from) > 0 {
		n := from[0]
		if from = from[1:]; !reached[n] {
			reached[n] = true
			from = append(from, next(n)...)
		}
	}
	return reached
}

func (o *oracle) follow(from []*node, p path) map[*node]bool {
	return o.reach(from, func(n *node) []*node { return o.next(n, p) })
}

func (o *oracle) which(like func(*node) bool) []*node {
	return slices.DeleteFunc(slices.Clone(o.nodes), func(n *node) bool { return !like(n) })
}

// scope is what is built in the scope of a unit, itself included, for the first n of its needs; with late also what is
// got by a Lazy.
func (o *oracle) scope(u *node, n int, late bool) map[*node]bool {
	return o.follow([]*node{u}, func(m *node, d need, p *provision) bool {
		return m.life != singleton && p.life() != singleton && (late || !d.lazy) && (m != u || slices.Contains(u.needs[:n], d))
	})
}

// holds is all that singletons own: themselves and their transients.
func (o *oracle) holds() map[*node]bool {
	singletons := o.which(func(n *node) bool { return n.life == singleton && !n.unit() })
	return o.follow(singletons, func(n *node, _ need, p *provision) bool { return p.life() == transient && n.ours() })
}
