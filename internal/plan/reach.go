package plan

import "github.com/berth-go/berth/internal/decl"

// A reach collects the singletons that scoped and transient results need when they are built, now or through a Lazy.
type reach struct {
	g      *Graph
	leaves []leaf
	has    map[leaf]bool
	seen   map[*Node]bool
}

func (g *Graph) reach() *reach {
	return &reach{g: g, has: map[leaf]bool{}, seen: map[*Node]bool{}}
}

// result adds what is needed for what r provides to a consumer in module m.
func (c *reach) result(m *Module, r *Result) {
	switch {
	case r.Node.Prov != nil && r.Node.Prov.Builtin != nil:
	case r.Node.Lifetime == decl.Singleton:
		r.Emitted = true
		c.leaf(c.g.leafOf(m, r))
	default:
		c.node(r.Node)
		for _, d := range append(r.Node.follow(), r.Decorators...) {
			c.node(d)
		}
	}
}

func (c *reach) leaf(l leaf) {
	l = c.g.canonicalLeaf(l)
	if !c.has[l] {
		c.has[l] = true
		c.leaves = append(c.leaves, l)
	}
}

func (c *reach) node(n *Node) {
	if c.seen[n] {
		return
	}
	c.seen[n] = true
	for _, d := range flatten(c.g.depsOf(n)) {
		switch d.kind {
		case fromDig:
			c.leaf(d.leaf(n.Mod))
		case fromScope:
			c.g.explore = true
		case fromMembers:
			for _, r := range d.members {
				c.result(n.Mod, r)
			}
		case fromResult, fromLazy:
			if d.res != nil {
				c.result(n.Mod, d.res)
			}
		}
	}
}
