package fxgraph_test

import "slices"

// through lists what a value goes through before a module gets it: the last decorator first, the provider at the
// end, unless something of fx stands for it.
func (o *oracle) through(mod int, p *provision) (way []*node) {
	for _, m := range o.around(mod) {
		for _, d := range o.overlays {
			if d.mod == m && d.target() == p.key && p.life() == singleton && (!p.ours() || p.group != "" || slices.Contains(o.find(m, p.key), p)) {
				if way = append(way, d); d.blind {
					return way
				}
			}
		}
	}
	for _, w := range slices.Backward(p.wraps) {
		way = append(way, w)
	}
	return append(way, p.by)
}

// stands reports whether fx puts nothing in the place of what a module gets.
func (o *oracle) stands(mod int, p *provision) bool { return slices.Contains(o.through(mod, p), p.by) }

// firmly is how a function needs what must be there: not what fx has something else in the place of, nor what fx leaves out if
// something below is missing.
func (o *oracle) firmly(n *node, d need, p *provision) bool {
	return p.ours() || o.stands(n.mod, p) && (n.ours() || !d.optional)
}

// before is how a function needs what must be built before it is called.
func (o *oracle) before(n *node, d need, p *provision) bool {
	tooLong := n.life == singleton && p.life() == scoped || !n.ours() && p.life() != singleton
	return !d.lazy && !n.unit() && !tooLong && (p.ours() || o.stands(n.mod, p))
}

// gets lists what each value goes through that a function gets for a key, and whether their order is known.
func (o *oracle) gets(n *node, k key) (ways [][]*node, ordered bool) {
	var whole []*node // overlays of the whole group, the last first
	mod := n.mod
	for _, m := range o.around(n.mod) {
		for _, d := range o.overlays {
			if k.group != "" && d.target() == k && d.mod == m {
				whole, mod = append(whole, d), m
			}
		}
	}
	for _, p := range o.find(mod, k) {
		way := slices.DeleteFunc(o.through(n.mod, p), func(w *node) bool { return slices.Contains(whole, w) })
		ways = append(ways, way)
	}
	for _, d := range slices.Backward(whole) {
		if d.blind {
			ways = nil
		}
		ways = append(ways, []*node{d})
	}
	return ways, n.ours() && len(whole) == 0
}

// called is what is called for the sake of fx and of triggers, sooner or later.
func (o *oracle) called() map[*node]bool {
	roots := o.which(func(n *node) bool { return n.verb == invokes || n.verb == starts })
	for _, p := range o.provided {
		if o.opens() && p.ours() {
			roots = append(append(roots, p.by), p.wraps...)
			roots = append(roots, o.overlays...)
		}
	}
	return o.reach(roots, o.calls)
}

func (o *oracle) calls(n *node) []*node {
	next := o.along(n)
	for _, d := range n.needs {
		ways, _ := o.gets(n, d.key)
		next = append(next, slices.Concat(ways...)...)
	}
	return next
}

// starves reports whether something below a provision lacks what its scope is not given.
func (o *oracle) starves(u *node, p *provision) bool {
	for n := range o.scope(&node{&option{needs: []need{{key: p.key}}}, u.mod, scoped}, 1, false) {
		for _, d := range n.needs {
			if o.lacks(n, d) && !u.giving(d) {
				return true
			}
		}
	}
	return false
}

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
		round := o.reach(o.calls(d), o.calls)[d]
		o.doubt = o.doubt || round
		o.circular = o.circular || round && d.blind // what it stands for is called after all, perhaps for ever
		for _, p := range o.all(d.target()) {       // fx decorates what is private to a module inside too, unless only ours know it
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
	return slices.ContainsFunc(o.overlays, func(d *node) bool { return d.target() == k })
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
		return !n.ours() && slices.Contains(o.around(n.mod), p.hides()) &&
			(n == p.by || slices.Contains(n.gives, p.key) || slices.ContainsFunc(n.needs, func(d need) bool { return d.key == p.key }))
	})
}
