package plan

// An order decides what is built before what where that is a wish and not a need: the singletons of a
// bound function's unit before who takes the function, and what a Lazy is of before its consumer. A
// wish is granted where it makes no cycle with needs and with the wishes granted before it.
type order struct {
	g       *Graph
	pending map[leaf][]pendingLeaf
	taken   map[*Node]bool // bound functions that somebody takes

	users map[*Node][]*Node // who is built after a node: by need, or by a wish that was granted
	asked *Node             // the last that somebody wished for,
	above map[*Node]bool    // and what is built after it, itself included
}

// A pendingLeaf is a place in a program that is filled at the end of construction.
type pendingLeaf struct {
	p *program
	i int
}

func newOrder(g *Graph) *order {
	o := &order{g: g, pending: map[leaf][]pendingLeaf{}, taken: map[*Node]bool{}}
	for _, n := range g.nodes {
		for _, d := range flatten(g.depsOf(n)) {
			if d.res != nil && d.res.Node.Kind == Runs {
				o.taken[d.res.Node] = true
			}
		}
	}
	return o
}

// before grants that a leaf is built before n, unless that would be a cycle.
func (o *order) before(n *Node, l leaf) bool {
	var starts []*Node
	switch {
	case l.Slice:
		for _, r := range o.g.members(l.View, l.Key) {
			starts = append(starts, r.Node)
		}
	case o.g.byMember[l.Key.Name] != nil:
		starts = []*Node{o.g.byMember[l.Key.Name].Node}
	default:
		if r := o.g.find(l.View, l.Key); r != nil {
			starts = []*Node{r.Node}
		}
	}
	starts = append(starts, l.View.decorators(l.Key)...)
	if n.Kind != Runs || o.taken[n] {
		above := o.after(n)
		for _, s := range starts {
			if above[s] {
				return false
			}
		}
		for _, s := range starts {
			o.users[s] = append(o.users[s], n)
		}
	}
	return true
}

// after is what is built after n, and n itself. A wish of n that is granted does not change it.
func (o *order) after(n *Node) map[*Node]bool {
	if o.users == nil {
		o.users = map[*Node][]*Node{}
		for _, user := range o.g.nodes {
			for _, next := range o.g.neighbours(user) {
				o.users[next] = append(o.users[next], user)
			}
		}
	}
	if o.asked == n {
		return o.above
	}
	o.asked, o.above = n, map[*Node]bool{n: true}
	for left := []*Node{n}; len(left) > 0; {
		last := left[len(left)-1]
		left = left[:len(left)-1]
		for _, user := range o.users[last] {
			if !o.above[user] {
				o.above[user] = true
				left = append(left, user)
			}
		}
	}
	return o.above
}

// reached are the nodes that something calls for, now or later: fx, a trigger, or an explicit scope, which may ask
// for anything.
func (o *order) reached() map[*Node]bool {
	reached := map[*Node]bool{}
	var mark func(nodes ...*Node)
	mark = func(nodes ...*Node) {
		for _, n := range nodes {
			if reached[n] {
				continue
			}
			reached[n] = true
			mark(o.g.calls(n, func(r *Result) bool { return !o.g.replaced(n, r.Key) || o.g.revealed(n, r.Key) })...)
		}
	}
	var orphans map[*Node]bool
	if o.g.explore {
		orphans = o.g.orphans()
	}
	for _, n := range o.g.nodes {
		switch {
		case n.Kind == Invokes, o.g.Opaque:
			mark(n)
		case o.g.explore && !n.Foreign && n.Kind != Decorates && !orphans[n]:
			mark(n)
			for _, r := range n.Results {
				mark(r.Decorators...)
			}
		}
	}
	for _, u := range o.g.units {
		if u.Unit.F == nil {
			mark(u)
			mark(u.With...)
			if r := o.g.find(u.Mod, Key{Type: u.Unit.Hosts, Name: u.Unit.Name}); r != nil {
				mark(r.Node)
			}
		}
	}
	return reached
}

// neighbours are the nodes that a node needs built.
func (g *Graph) neighbours(n *Node) []*Node {
	var next []*Node
	add := func(r *Result) {
		next = append(next, r.Node)
		for _, d := range r.Decorators {
			if d != n {
				next = append(next, d)
			}
		}
	}
	var look func(d *dep)
	look = func(d *dep) {
		for _, f := range d.fields {
			look(f)
		}
		for _, r := range d.members {
			add(r)
		}
		if d.res != nil && d.kind == fromResult {
			add(d.res)
		}
	}
	for _, d := range g.depsOf(n) {
		look(d)
	}
	for _, r := range n.Results {
		if n.Kind != Decorates {
			next = append(next, r.Decorators...)
		}
	}
	for _, s := range n.Segments {
		if n.Unit.F == nil {
			next = append(next, g.neighbours(s)...)
		}
	}
	return next
}
