package plan

import "slices"

// A decorator of plain fx that does not take what it decorates stands for it, so that fx does not call what
// lies below. But while the decorator is called itself, whatever it leads to is given what lies below.

// standIns lists the decorators of plain fx that stand for what a node needs.
func (g *Graph) standIns(n *Node, k Key) []*Node {
	return slices.DeleteFunc(n.Mod.decorators(k), func(d *Node) bool {
		return slices.ContainsFunc(flatten(g.depsOf(d)), func(p *dep) bool { return p.key == k })
	})
}

// replaced reports whether plain fx puts something else in the place of what a node needs.
func (g *Graph) replaced(n *Node, k Key) bool { return len(g.standIns(n, k)) > 0 }

// revealed reports whether fx may give a node what is replaced all the same: all that stands for it leads to the
// node. It sees more ways than fx takes.
func (g *Graph) revealed(n *Node, k Key) bool {
	return !slices.ContainsFunc(g.standIns(n, k), func(d *Node) bool { return !g.leads(d)[n] })
}

// leads is all that a node may have called, now or later.
func (g *Graph) leads(from *Node) map[*Node]bool {
	if led := g.led[from]; led != nil {
		return led
	}
	led := map[*Node]bool{}
	for left := []*Node{from}; len(left) > 0; {
		n := left[len(left)-1]
		left = left[:len(left)-1]
		for _, next := range g.calls(n, func(*Result) bool { return true }) {
			if !led[next] {
				led[next] = true
				left = append(left, next)
			}
		}
	}
	g.led[from] = led
	return led
}

// calls lists the nodes that are called for a node, now or later: for those of its needs that count.
func (g *Graph) calls(n *Node, counts func(*Result) bool) []*Node {
	next := slices.Concat(n.Segments, n.follow())
	for _, d := range flatten(g.depsOf(n)) {
		next = append(next, n.Mod.decorators(d.key)...)
		for _, r := range append(d.members, d.res) {
			if r != nil && counts(r) {
				next = append(append(next, r.Node), r.Decorators...)
			}
		}
	}
	return next
}
