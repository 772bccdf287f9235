package fxgraph_test

import "slices"

// An oracle says of a program what the contract says of it, in the plainest way: whatever it is asked, it looks at
// all options again. It shares nothing with the packages under test.
type oracle struct {
	*program
	provided []*provision
	nodes    []*node         // all functions where they stand, but for those of which nothing is left
	overlays []*node         // the decorators and replacements among them that fx sees
	problems map[problem]int // how often at least: once, but for circles, which have no key
	circular bool            // there may be one more problem of kind cycle

	doubt    bool // something is odd between options of fx: that is left to fx, which may refuse the program
	hopeless bool // it may even end the process
}

// A problem is what is wrong, without the places.
type problem struct {
	kind string
	key  key
}

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

func judge(p *program) *oracle {
	o := &oracle{program: p, problems: map[problem]int{}}
	for _, d := range p.options {
		n := &node{d, d.mod, d.life}
		switch {
		case d.verb == provides || d.verb == binds:
			for _, k := range d.gives {
				o.provided = append(o.provided, &provision{key: k, by: n})
			}
		case d.verb == decorates && d.plain:
			o.overlays = append(o.overlays, n)
		case d.verb == invokes || d.verb == starts:
			o.nodes = append(o.nodes, n)
		}
	}
	o.giveWay()
	o.replace()
	for _, p := range o.provided {
		if !slices.Contains(o.nodes, p.by) {
			o.nodes = append(o.nodes, p.by)
		}
	}
	o.decorate()
	o.nodes = append(o.nodes, o.overlays...)
	o.twice()
	o.missing()
	o.held()
	o.circles()
	o.oddities()
	return o
}

func (o *oracle) report(kind string, k key) {
	if kind != "missing" {
		k.group = "" // the error does not say it
	}
	o.problems[problem{kind, k}] = 1
}

// all lists what is provided under a key, wherever.
func (o *oracle) all(k key) []*provision {
	return slices.DeleteFunc(slices.Clone(o.provided), func(p *provision) bool { return p.key != k })
}

// hides says in which module something is to be seen, or -1 for all.
func (p *provision) hides() int {
	if p.by.private && p.by.mod > 0 {
		return p.by.mod
	}
	return -1
}

// giveWay takes away the defaults beside which another provider is seen.
func (o *oracle) giveWay() {
	gone := map[*provision]bool{}
	for _, p := range o.provided {
		for _, q := range o.all(p.key) {
			if p.by.fallback && !q.by.fallback && p.group == "" && (q.hides() < 0 || q.hides() == p.hides()) {
				gone[p] = true
			}
		}
	}
	o.provided = slices.DeleteFunc(o.provided, func(p *provision) bool { return gone[p] })
}

// replace puts the last replacement of a key where its providers stood. One of fx is ours where the provider is.
func (o *oracle) replace() {
	last := map[key]*option{}
	for _, r := range o.options {
		if r.verb != replaces {
			continue
		}
		there := o.all(r.gives[0])
		switch {
		case r.plain && !slices.ContainsFunc(there, func(p *provision) bool { return p.by.ours() }):
			o.overlays = append(o.overlays, &node{option: r, mod: r.mod})
		case len(there) == 0:
			o.report("replace", r.gives[0])
		default:
			last[r.gives[0]] = r
		}
	}
	for _, p := range o.provided {
		if r := last[p.key]; r != nil {
			stands := *r
			stands.private, stands.plain = p.by.private, false
			p.by = &node{&stands, p.by.mod, p.life()}
		}
	}
}

// ours reports whether a function is declared with Berth.
func (n *node) ours() bool { return !n.plain }

// unit reports whether a function has a scope of its own.
func (n *node) unit() bool { return n.verb == binds || n.verb == starts }

// life is how long the value lives: a bound function as long as the application.
func (p *provision) life() lifetime {
	if p.by.unit() {
		return singleton
	}
	return p.by.life
}

// around lists a module and those around it.
func (o *oracle) around(mod int) (all []int) {
	for ; mod >= 0; mod = o.outer[mod] {
		all = append(all, mod)
	}
	return all
}

// find returns what a module sees under a key: the innermost provider, or of a group all members, those of fx last.
func (o *oracle) find(mod int, k key) (seen []*provision) {
	for _, m := range append(o.around(mod), -1) {
		for _, p := range o.all(k) {
			if p.hides() == m {
				seen = append(seen, p)
			}
		}
	}
	if k.group == "" {
		return seen[:min(len(seen), 1)]
	}
	slices.SortStableFunc(seen, func(p, q *provision) int { return slices.Index(o.provided, p) - slices.Index(o.provided, q) })
	slices.SortStableFunc(seen, func(p, q *provision) int { return rank(p.by) - rank(q.by) })
	return seen
}

func rank(n *node) int {
	if n.ours() {
		return 0
	}
	return 1
}

// decorate attaches our decorators to what their module sees, in order of declaration.
func (o *oracle) decorate() {
	for _, d := range o.options {
		if d.verb != decorates || d.plain {
			continue
		}
		targets := o.find(d.mod, d.gives[0])
		if len(targets) == 0 {
			o.report("decorate", d.gives[0])
		}
		for _, p := range targets {
			n := &node{d, d.mod, p.life()}
			p.wraps = append(p.wraps, n)
			o.nodes = append(o.nodes, n)
		}
	}
}

// through lists what a value goes through before a module gets it: the last decorator first, the provider at the
// end, unless something of fx stands for it.
func (o *oracle) through(mod int, p *provision) (way []*node) {
	for _, m := range o.around(mod) {
		for _, d := range o.overlays {
			if d.mod == m && d.gives[0] == p.key && p.life() == singleton && (!p.by.ours() || p.group != "" || slices.Contains(o.find(m, p.key), p)) {
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

// next lists the functions that one leads to: the providers and decorators of what it needs, where follow says so,
// and the decorators of all that it provides, which are called with it.
func (o *oracle) next(n *node, follow follow) []*node {
	return append(o.uses(n, follow), o.along(n)...)
}

func (o *oracle) uses(n *node, follow follow) (next []*node) {
	for _, d := range n.needs {
		for _, p := range o.find(n.mod, d.key) {
			if follow(n, d, p) {
				next = append(append(next, p.by), p.wraps...)
			}
		}
	}
	return next
}

type follow func(n *node, d need, p *provision) bool

func (o *oracle) along(n *node) (all []*node) {
	for _, p := range o.provided {
		if p.by == n && n.life != transient {
			all = append(all, p.wraps...)
		}
	}
	return all
}

// reach lists all functions that some lead to, themselves included.
func (o *oracle) reach(from []*node, next func(*node) []*node) map[*node]bool {
	all := map[*node]bool{}
	for len(from) > 0 {
		n := from[0]
		if from = from[1:]; !all[n] {
			all[n] = true
			from = append(from, next(n)...)
		}
	}
	return all
}

func (o *oracle) follow(from []*node, f follow) map[*node]bool {
	return o.reach(from, func(n *node) []*node { return o.next(n, f) })
}

func (o *oracle) which(like func(*node) bool) []*node {
	return slices.DeleteFunc(slices.Clone(o.nodes), func(n *node) bool { return !like(n) })
}

// scope is what a unit gets for the first n of its needs that is not a singleton; for all of them with n < 0, and
// through a Lazy too.
func (o *oracle) scope(u *node, n int) map[*node]bool {
	return o.follow([]*node{u}, func(m *node, d need, p *provision) bool {
		return p.life() != singleton && (m == u || m.life != singleton) && (n < 0 || !d.lazy && (m != u || slices.Contains(u.needs[:n], d)))
	})
}

// called is what is called for the sake of fx and of triggers, sooner or later.
func (o *oracle) called() map[*node]bool {
	roots := o.which(func(n *node) bool { return n.verb == invokes || n.verb == starts })
	for _, p := range o.provided {
		if o.opens() && p.by.ours() {
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

// twice reports what is provided more than once in one place, and what is both given and provided.
func (o *oracle) twice() {
	for i, p := range o.provided {
		for _, q := range o.provided[:i] {
			if p.key == q.key && p.group == "" && p.hides() == q.hides() && (p.by.ours() || q.by.ours()) {
				o.report("duplicate", p.key)
			}
		}
	}
	for _, u := range o.nodes {
		for _, t := range u.given {
			if k := (key{typ: t}); len(o.find(u.mod, k)) > 0 {
				o.report("duplicate", k)
			}
		}
	}
}

// lacks reports whether nobody provides what a function must have.
func (o *oracle) lacks(n *node, d need) bool {
	return !d.optional && d.group == "" && len(o.find(n.mod, d.key)) == 0
}

// gives reports whether a trigger gives what is needed.
func gives(n *node, d need) bool { return d.name == "" && slices.Contains(n.given, d.typ) }

// starves reports whether something below a provision lacks what its scope is not given.
func (o *oracle) starves(u *node, p *provision) bool {
	for n := range o.scope(&node{&option{needs: []need{{key: p.key}}}, u.mod, scoped}, 1) {
		for _, d := range n.needs {
			if o.lacks(n, d) && !gives(u, d) {
				return true
			}
		}
	}
	return false
}

// holds is all that singletons own: themselves and their transients.
func (o *oracle) holds() map[*node]bool {
	singletons := o.which(func(n *node) bool { return n.life == singleton && !n.unit() })
	return o.follow(singletons, func(n *node, _ need, p *provision) bool { return p.life() == transient && n.ours() })
}

// missing reports what ours lack, and the functions of fx that ours lead to. What a trigger gives, those
// lack that live longer than its units, and units of others.
func (o *oracle) missing() {
	held := o.holds()
	for n := range o.follow(o.which((*node).ours), o.firmly) {
		for _, d := range n.needs {
			given := slices.ContainsFunc(o.nodes, func(u *node) bool { return gives(u, d) })
			open := o.opens() && d.name == "" && n.life != singleton && !o.inUnits(n)
			if o.lacks(n, d) && (held[n] || !given && !open) {
				o.report("missing", d.key)
			}
			for _, u := range o.which((*node).unit) {
				if o.lacks(n, d) && given && !gives(u, d) && o.scope(u, -1)[n] {
					o.report("missing", d.key)
				}
			}
		}
	}
}

// opens reports whether something may open a scope and give it anything.
func (o *oracle) opens() bool {
	return slices.ContainsFunc(o.nodes, func(n *node) bool { return n.option.opens }) ||
		slices.ContainsFunc(o.options, func(d *option) bool { return d.verb == decorates && d.opens })
}

func (o *oracle) inUnits(n *node) bool {
	return slices.ContainsFunc(o.which((*node).unit), func(u *node) bool { return o.scope(u, -1)[n] })
}

// firmly is not how a function of fx needs what fx puts something in the place of, or leaves out if something below
// is missing.
func (o *oracle) firmly(n *node, d need, p *provision) bool {
	way := o.through(n.mod, p)
	return p.by.ours() || way[len(way)-1] == p.by && (n.ours() || !d.optional)
}

// held reports what is scoped and held by a singleton, and what is no singleton and asked for by fx.
func (o *oracle) held() {
	for n := range o.holds() {
		for _, d := range n.needs {
			for _, p := range o.find(n.mod, d.key) {
				if p.life() == scoped || p.life() == transient && !n.ours() {
					o.report("lifetime", p.key)
				}
			}
		}
	}
	for _, d := range o.overlays {
		for _, p := range o.find(d.mod, d.gives[0]) {
			if p.life() != singleton {
				o.report("lifetime", p.key)
			}
		}
	}
}

// first is how a function needs what must be built before it is called.
func (o *oracle) first(n *node, d need, p *provision) bool {
	way := o.through(n.mod, p)
	tooLong := n.life == singleton && p.life() == scoped || !n.ours() && p.life() != singleton
	return !d.lazy && !n.unit() && !tooLong && (p.by.ours() || way[len(way)-1] == p.by)
}

// circles reports what needs itself, and has at least one function of ours. If it would hold something too long, that
// may be said instead.
func (o *oracle) circles() {
	leads := map[*node]map[*node]bool{}
	for _, n := range o.nodes {
		leads[n] = o.follow(o.next(n, o.first), o.first)
	}
	seen := map[*node]bool{}
	for _, n := range o.nodes {
		ring := o.which(func(m *node) bool { return leads[n][m] && leads[m][n] })
		if len(ring) == 0 || seen[n] || !slices.ContainsFunc(ring, (*node).ours) {
			continue
		}
		lives := map[lifetime]bool{}
		for _, m := range ring {
			seen[m], lives[m.life] = true, true
		}
		if o.circular = true; !lives[singleton] || !lives[scoped] {
			o.problems[problem{kind: "cycle"}]++
		}
	}
}

// gets lists what each value goes through that a function gets for a key, and whether their order is known.
func (o *oracle) gets(n *node, k key) (ways [][]*node, ordered bool) {
	var whole []*node // overlays of the whole group, the last first
	mod := n.mod
	for _, m := range o.around(n.mod) {
		for _, d := range o.overlays {
			if k.group != "" && d.gives[0] == k && d.mod == m {
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
