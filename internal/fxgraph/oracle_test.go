package fxgraph_test

import "slices"

// An oracle says of a program what the contract says of it. It shares nothing with the packages under test, and
// looks at all options again whatever it is asked. This file has the rules, one function each, in the order
// in which they apply; oracle_graph_test.go says what a module sees and what a function leads to, and
// oracle_fx_test.go what decorators and replacements of plain fx change.
type oracle struct {
	*program
	provided []*provision
	overlays []*node // decorators and replacements of fx, which stand before what is provided
	nodes    []*node // all functions where they stand, but for those of which nothing is left

	problems map[problem]int // how often: once, but for circles, which have no key
	circular bool            // what goes in a circle may be reported once more: as a circle
	doubt    bool            // something is odd between options of fx: that is left to fx, which may refuse the program
	hopeless bool            // a circle of fx's own may even end the process
}

// A problem is what is wrong, without the places.
type problem struct {
	kind string
	key  key
}

func judge(p *program) *oracle {
	o := &oracle{program: p, problems: map[problem]int{}}
	o.declare()
	o.giveWay()
	o.replace()
	o.decorate()
	o.collect()
	o.twice()
	o.missing()
	o.held()
	o.circles()
	o.oddities()
	return o
}

// A default gives way to any other provider that is seen where it is seen.
func (o *oracle) giveWay() {
	gone := map[*provision]bool{}
	for _, p := range o.provided {
		for _, q := range o.all(p.key) {
			beside := q.hides() == everywhere || q.hides() == p.hides()
			gone[p] = gone[p] || p.by.fallback && !q.by.fallback && p.group == "" && beside
		}
	}
	o.provided = slices.DeleteFunc(o.provided, func(p *provision) bool { return gone[p] })
}

// The last replacement of a key stands where its providers stood, private ones too, and lives as long. One of fx is
// like ours if one of the providers is ours.
func (o *oracle) replace() {
	last := map[key]*option{}
	for _, r := range o.options {
		if r.verb != replaces {
			continue
		}
		there := o.all(r.target())
		switch {
		case r.plain && !slices.ContainsFunc(there, (*provision).ours):
			o.overlays = append(o.overlays, &node{option: r, mod: r.mod})
		case len(there) == 0:
			o.report("replace", r.target())
		default:
			last[r.target()] = r
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

// A decorator wraps the provider that its module sees, or each member of the group, in order of declaration.
func (o *oracle) decorate() {
	for _, d := range o.options {
		if d.verb != decorates || d.plain {
			continue
		}
		seen := o.find(d.mod, d.target())
		if len(seen) == 0 {
			o.report("decorate", d.target())
		}
		for _, p := range seen {
			p.wraps = append(p.wraps, &node{d, d.mod, p.life()})
		}
	}
}

// Nothing is provided twice where both are seen, and what a trigger gives is not provided.
func (o *oracle) twice() {
	for i, p := range o.provided {
		for _, q := range o.provided[:i] {
			if p.key == q.key && p.group == "" && p.hides() == q.hides() && (p.ours() || q.ours()) {
				o.report("duplicate", p.key)
			}
		}
	}
	for _, u := range o.nodes {
		for _, typ := range u.given {
			if k := (key{typ: typ}); len(o.find(u.mod, k)) > 0 {
				o.report("duplicate", k)
			}
		}
	}
}

// What our functions must have is provided, and what the functions of fx must have that ours lead to. If nobody
// provides it, then every trigger gives it in whose scopes it is needed, and what lives longer does not need it. In
// a scope that nothing leads to, it is enough that somebody may give it.
func (o *oracle) missing() {
	held := o.holds()
	for n := range o.follow(o.which((*node).ours), o.firmly) {
		units := o.which(func(u *node) bool { return u.unit() && o.scope(u, len(u.needs), true)[n] })
		for _, d := range n.needs {
			served := o.opens() && d.name == "" || slices.ContainsFunc(o.nodes, func(u *node) bool { return u.giving(d) })
			if len(units) > 0 {
				served = !slices.ContainsFunc(units, func(u *node) bool { return !u.giving(d) })
			}
			if o.lacks(n, d) && (held[n] || !served) {
				o.report("missing", d.key)
			}
		}
	}
}

// A singleton, with the transients that it owns, needs nothing scoped. Functions of fx get singletons only.
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
		for _, p := range o.all(d.target()) {
			inside := d.target().group != "" && slices.Contains(o.around(p.by.mod), d.mod) // they get the group as decorated
			if p.life() != singleton && (inside || slices.Contains(o.find(d.mod, p.key), p)) {
				o.report("lifetime", p.key)
			}
		}
	}
}

// Nothing must be built before itself, unless it is all of fx. Where that would hold something too long too, either may
// be reported.
func (o *oracle) circles() {
	leads := map[*node]map[*node]bool{}
	for _, n := range o.nodes {
		leads[n] = o.follow(o.next(n, o.before), o.before)
	}
	seen := map[*node]bool{}
	for _, n := range o.nodes {
		ring := o.which(func(m *node) bool { return leads[n][m] && leads[m][n] })
		if seen[n] || !slices.ContainsFunc(ring, (*node).ours) {
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

// report notes a problem once. Of groups only a missing member is told by the error.
func (o *oracle) report(kind string, k key) {
	if kind != "missing" {
		k.group = ""
	}
	o.problems[problem{kind, k}] = 1
}
