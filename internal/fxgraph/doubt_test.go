package fxgraph_test

import "slices"

// oddities looks for what is left to fx and of what the oracle knows nothing.
func (o *oracle) oddities() {
	for i, p := range o.provided {
		for _, q := range o.provided[:i] {
			o.doubt = o.doubt || p.key == q.key && p.group == "" && p.hides() == q.hides()
		}
	}
	for n := range o.called() {
		for _, d := range n.needs {
			o.doubt = o.doubt || o.lacks(n, d) && !n.ours()
			o.doubt = o.doubt || d.optional && len(o.find(n.mod, d.key)) == 0 && o.overlaid(d.key)
		}
	}
	for _, d := range o.overlays { // what a decorator needs may get what that decorates without it
		o.doubt = o.doubt || o.reach(o.calls(d), o.calls)[d]
		for _, p := range o.all(d.gives[0]) { // fx decorates what is private to a module inside too, unless only ours know it
			outside := p.group == "" && p.hides() >= 0 && p.hides() != d.mod && slices.Contains(o.around(p.hides()), d.mod)
			o.doubt = o.doubt || outside && o.known(p)
		}
	}
	for _, n := range o.nodes {
		plain := func(m *node, _ need, _ *provision) bool { return !m.ours() }
		o.hopeless = o.hopeless || !n.ours() && o.follow(o.next(n, plain), plain)[n]
		o.doubt = o.doubt || o.muddled() && o.reach(o.widely(n), o.widely)[n]
	}
}

// overlaid reports whether fx decorates or replaces something, or what stands for it.
func (o *oracle) overlaid(k key) bool {
	return slices.ContainsFunc(o.overlays, func(d *node) bool { return d.gives[0] == k })
}

// widely is what a function leads to as dig looks for circles: what is provided under one key in several modules is
// the same, and so is what something stands for.
func (o *oracle) widely(n *node) []*node {
	next := o.along(n)
	for _, d := range n.needs {
		for _, p := range o.all(d.key) {
			next = append(append(next, p.by), p.wraps...)
		}
	}
	return next
}

// muddled reports whether dig may take one provider for another.
func (o *oracle) muddled() bool {
	return slices.ContainsFunc(o.overlays, func(d *node) bool { return d.blind }) ||
		slices.ContainsFunc(o.provided, func(p *provision) bool {
			return p.hides() >= 0 && len(o.all(p.key)) > 1 && o.known(p)
		})
}

// known reports whether fx sees a private provision by its type.
func (o *oracle) known(p *provision) bool {
	return slices.ContainsFunc(o.nodes, func(n *node) bool {
		return !n.ours() && slices.Contains(o.around(n.mod), p.hides()) && (n == p.by || slices.Contains(n.gives, p.key) || slices.ContainsFunc(n.needs, func(d need) bool { return d.key == p.key }))
	})
}
