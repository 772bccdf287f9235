package plan

import (
	"fmt"
	"slices"

	"github.com/berth-go/berth/internal/decl"
)

// Check rewrites the graph and reports everything that is wrong with it, or nil.
func (g *Graph) Check() error {
	g.renew()
	g.tellApart()
	g.rewrite()
	g.explore = len(g.openers()) > 0
	c := newChecker(g)
	c.givenAndProvided()
	named := map[string]*Node{}
	for _, u := range g.units {
		g.checkTrigger(u)
		name := u.Unit.Trigger
		if other := named[name]; other != nil && name != "" {
			g.Problem(&SignatureError{
				Func: u.name(), Place: u.Declared, What: fmt.Sprintf("name %q is that of the trigger at %v too", name, other.Declared),
			})
		}
		named[name] = u
	}
	c.walkAll()
	for _, u := range g.units {
		c.givenTo(u)
	}
	if len(g.problems) == 0 {
		return nil
	}
	return &BuildError{Problems: g.problems}
}

// checkTrigger asks the trigger of a unit what is wrong with it, by itself and beside those declared before.
func (g *Graph) checkTrigger(u *Node) {
	report := func(err error) {
		if err != nil {
			g.Problem(&SignatureError{Func: u.name(), Place: u.Declared, What: err.Error()})
		}
	}
	if u.Unit.Check != nil {
		if err := u.Unit.Check(); err != nil {
			report(err)
			return
		}
	}
	if u.Unit.Claim != nil {
		report(u.Unit.Claim(g.Engine, u.about()))
	}
}

type checker struct {
	g       *Graph
	missing map[Key]*MissingError
	color   map[visit]uint8 // 0 new, 1 on the path, 2 done
	rings   [][]*Node       // those reported
	path    []*Node
	holder  *Node // the singleton on the path that owns the transients below it
	lazy    []lazy
	lenient bool // what is wrong between plain fx options is left to fx
	loose   bool // a missing value may be given to Factory.Open
	all     bool // what is wrong between plain fx options counts too
}

// A visit is a node as it is reached: what is wrong with it depends on that.
type visit struct {
	n      *Node
	mode   int   // 0 in a scope, 1 held by a singleton
	holder *Node // of a transient that a singleton holds

	lenient bool // only plain fx options lead there, or what is wrong makes it zero for one of them
}

// A lazy is what a Lazy may build, which is no cycle.
type lazy struct {
	holder *Node
	path   []*Node
	res    *Result
	mode   int
}

func newChecker(g *Graph) *checker {
	return &checker{g: g, missing: map[Key]*MissingError{}, color: map[visit]uint8{}}
}

// walkAll visits all nodes, units first so that traces end in them.
func (c *checker) walkAll() {
	for _, u := range c.g.units {
		mode := 0
		if !u.nonSingleton() {
			mode = 1
		}
		for _, s := range u.Segments {
			if s == u.Segments[len(u.Segments)-1] {
				s = u.asSegment()
			}
			c.walk(s, mode)
		}
		for _, w := range u.With {
			c.walk(w, 1)
		}
		for _, r := range u.Results {
			c.result(u, r, 1)
		}
		if u.Unit.Hosts != nil {
			c.hosted(u)
		}
	}
	c.walkLazies()
	for _, n := range c.g.nodes {
		if n.Foreign && !n.dead() {
			c.plainFx(n)
		}
		if n.Kind == Invokes {
			c.walk(n, 1)
		}
	}
	c.loose = c.g.explore
	for _, n := range c.g.nodes {
		if n.Kind == Provides && !n.dead() {
			if !n.Foreign {
				c.walk(n, modeOf(n, 0))
			}
			for _, r := range n.Results {
				for _, d := range r.Decorators {
					c.walk(d, modeOf(d, 0))
				}
			}
		}
	}
	c.walkLazies()
}

// walkLazies visits what the nodes visited so far may build later.
func (c *checker) walkLazies() {
	for len(c.lazy) > 0 {
		next := c.lazy[0]
		c.lazy, c.path, c.holder = c.lazy[1:], next.path, next.holder
		c.result(next.path[len(next.path)-1], next.res, next.mode)
	}
	c.path, c.holder = nil, nil
}

// asSegment is the unit itself as the last of its segments: the node that a trace shows.
func (n *Node) asSegment() *Node { return n.Segments[len(n.Segments)-1] }

// dead reports whether all that the node provided was taken from it.
func (n *Node) dead() bool { return n.Kind == Provides && len(n.Results) == 0 && len(n.Hides) > 0 }

func modeOf(n *Node, mode int) int {
	if n.Lifetime == decl.Singleton && n.Kind != Runs {
		return 1
	}
	return mode
}

func (c *checker) hosted(u *Node) {
	k := Key{Type: u.Unit.Hosts, Name: u.Unit.Name}
	r := c.g.find(u.Mod, k)
	switch {
	case r == nil:
		c.g.Problem(&MissingError{Type: k.Type, Name: k.Name, Trace: []Step{u.step()}, Hint: c.g.similar(k)})
	case r.Node.Lifetime != decl.Singleton:
		c.g.Problem(&LifetimeError{
			Type: k.Type, Name: k.Name, Lifetime: r.Node.Lifetime.String(), Provider: r.Node.step(), Trace: []Step{u.step()},
			Hint: "only a singleton can be hosted",
		})
	case u.Unit.Service:
		if what := CheckService(k.Type); what != "" {
			c.g.Problem(&SignatureError{Func: k.String(), Place: u.Declared, What: what})
		}
	}
}

func (c *checker) walk(n *Node, mode int) {
	defer func(outer bool) { c.lenient = outer }(c.lenient)
	c.lenient = n.Foreign && (c.lenient || c.plain())
	v := visit{n: n, mode: mode, lenient: c.lenient}
	if mode == 1 && n.Lifetime == decl.Transient {
		v.holder = c.holder
	}
	switch c.color[v] {
	case 1:
		c.cycle(n)
		return
	case 2:
		return
	}
	c.color[v] = 1
	c.path = append(c.path, n)
	outer := c.holder
	if v.holder == nil {
		c.holder = n
	}
	for _, d := range c.g.depsOf(n) {
		c.dep(n, d, mode)
	}
	if len(n.Results) > 1 { // a decorator of one result may need another one
		for _, d := range n.follow() {
			c.walk(d, mode)
		}
	}
	c.holder = outer
	c.path = c.path[:len(c.path)-1]
	c.color[v] = 2
}

// follow lists the decorators that are called whenever the node is: those of all its results. A transient is
// made for one of them.
func (n *Node) follow() []*Node {
	var all []*Node
	if n.Kind == Provides && n.Lifetime != decl.Transient {
		for _, r := range n.Results {
			all = append(all, r.Decorators...)
		}
	}
	return all
}

// plain reports whether only plain fx options lead here.
func (c *checker) plain() bool {
	return !slices.ContainsFunc(c.path, func(n *Node) bool { return !n.Foreign })
}

func (c *checker) dep(n *Node, d *dep, mode int) {
	switch d.kind {
	case fromStruct:
		for _, f := range d.fields {
			c.dep(n, f, mode)
		}
	case fromResult:
		if n.Foreign && d.optional && d.res.Node.Foreign && !c.all {
			defer func(outer bool) { c.lenient = outer }(c.lenient)
			c.lenient = true
		}
		c.result(n, d.res, mode)
	case fromMembers, fromDig:
		for _, r := range d.members {
			c.result(n, r, mode)
		}
	case fromLazy:
		if d.res == nil {
			c.lacks(n, d.key, mode)
		} else if mode == 1 && d.res.Node.Lifetime == decl.Scoped {
			c.captive(d.res)
		} else if d.res.Node.Lifetime != decl.Singleton || d.res.Node.Foreign { // else it is visited for itself
			c.lazy = append(c.lazy, lazy{c.holder, slices.Clone(c.path), d.res, mode})
		}
	case fromScope:
		if mode == 1 {
			c.g.Problem(&SignatureError{
				Func: n.name(), Place: n.Declared, What: "a *scopes.Scope exists only inside a scope",
				Hint: "take a *scopes.Factory, or make the provider di.Scoped",
			})
		}
	case fromGiven:
		if !d.optional {
			c.lacks(n, d.key, mode)
		}
	}
}

func (c *checker) result(n *Node, r *Result, mode int) {
	next := r.Node
	if next.Kind == Runs { // a bound function: its unit is checked for itself
		for _, d := range r.Decorators {
			c.walk(d, 1)
		}
		return
	}
	if n.Foreign && next.Lifetime != decl.Singleton {
		return // said by plainFx
	}
	if mode == 1 && next.Lifetime == decl.Scoped {
		c.captive(r)
		return
	}
	if next.Foreign && c.g.replaced(n, r.Key) {
		if !c.g.revealed(n, r.Key) {
			return // fx does not call it
		}
		defer func(outer bool) { c.lenient = outer }(c.lenient)
		c.lenient = true
	}
	c.walk(next, modeOf(next, mode))
	for _, d := range r.Decorators {
		c.walk(d, modeOf(next, mode))
	}
}

// steps is the path from the node that is visited to the root, without what lies above a singleton if
// holder is set.
func (c *checker) steps(holder bool) []Step {
	var steps []Step
	for i := len(c.path) - 1; i >= 0; i-- {
		n := c.path[i]
		steps = append(steps, n.step())
		if holder && n.Lifetime == decl.Singleton {
			break
		}
	}
	return steps
}

func (c *checker) captive(r *Result) {
	hint := "a singleton lives longer than any scope: make the holder scoped, or have it call a bound function (scopes.Bind)"
	if c.holder.Kind == Runs {
		hint = "it has no scope of its own: have it call a bound function (scopes.Bind) for each piece of work"
	}
	if held := r.Node.held(); held != "" {
		hint = held
	}
	c.g.Problem(&LifetimeError{
		Type: r.Key.Type, Name: r.Key.Name, Lifetime: r.Node.Lifetime.String(), Provider: r.Node.step(),
		Trace: c.steps(true), Hint: hint,
	})
}

// hinted is how many missing types are compared with all that there are. More than that miss something else: a module.
const hinted = 100

// lacks reports what nobody provides, unless the trigger of a unit may give it.
func (c *checker) lacks(n *Node, k Key, mode int) {
	if c.lenient && !c.all {
		return // fx says it
	}
	givers := c.g.given[k.Type]
	if k.Name != "" || k.Group != "" {
		givers = nil
	}
	if mode == 0 && len(givers) > 0 {
		return // givenTo looks at each unit
	}
	if mode == 0 && c.loose && k.Name == "" {
		return
	}
	if e := c.missing[k]; e != nil {
		if !slices.Contains(e.Trace, n.step()) && !slices.Contains(e.Also, n.step()) {
			e.Also = append(e.Also, n.step())
		}
		return
	}
	e := &MissingError{Type: k.Type, Name: k.Name, Group: k.Group, Trace: c.steps(false)}
	if len(c.missing) < hinted {
		e.Hint = c.g.similar(k)
	}
	if len(givers) > 0 {
		e.GivenBy = uniq(givers)
		e.Hint = givenOnly(givers, k)
	}
	c.missing[k] = e
	c.g.Problem(e)
}

func uniq(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func (c *checker) cycle(n *Node) {
	i := slices.Index(c.path, n)
	ring := c.path[i:]
	if c.lenient && !c.all && !slices.ContainsFunc(ring, func(p *Node) bool { return !p.Foreign }) {
		return // fx says it
	}
	if slices.ContainsFunc(c.rings, func(r []*Node) bool { return len(r) == len(ring) && subset(ring, r) }) {
		return // reached by another way
	}
	c.rings = append(c.rings, slices.Clone(ring))
	e := &CycleError{}
	for _, p := range ring {
		e.Trace = append(e.Trace, p.step())
	}
	c.g.Problem(e)
}

func subset(of, all []*Node) bool {
	return !slices.ContainsFunc(of, func(n *Node) bool { return !slices.Contains(all, n) })
}

// onlySingletons is what to do about an fx.Decorate or fx.Replace of, or with, something else.
const onlySingletons = "fx.Decorate and fx.Replace reach singletons only; use di.Decorate or di.Replace"
