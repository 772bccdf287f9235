package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/berth-go/berth/internal/decl"
)

// givenAndProvided reports types that a trigger gives and somebody provides.
func (c *checker) givenAndProvided() {
	seen := map[Key]bool{}
	for _, u := range c.g.units {
		for _, t := range u.Given {
			k := Key{Type: t}
			r := c.g.find(u.Mod, k)
			if r == nil || seen[k] {
				continue
			}
			seen[k] = true
			c.g.Problem(&DuplicateError{Type: t, Providers: []Step{
				r.Node.provider(), {Func: u.Unit.Label, Place: u.Declared, Role: "gives it"},
			}, Hint: fmt.Sprintf("%s gives its units a %v, so nothing may provide one; wrap it in a type of your own", u.Unit.Label, t)})
		}
	}
}

// givenTo checks that all that a unit reaches is given what it needs by this unit's trigger.
func (c *checker) givenTo(u *Node) {
	if !u.nonSingleton() {
		return
	}
	seen := map[*Node]bool{}
	used := map[reflect.Type]bool{}
	anything := false // a scope may be asked for anything
	var path []*Node
	var visit func(n *Node)
	var look func(n *Node, d *dep)
	reach := func(r *Result) {
		if r.Node.Lifetime == decl.Singleton || r.Node.Kind == Runs {
			return
		}
		visit(r.Node)
		for _, dec := range append(r.Node.follow(), r.Decorators...) {
			visit(dec)
		}
	}
	look = func(n *Node, d *dep) {
		used[d.key.Type] = used[d.key.Type] || d.key.Name == ""
		anything = anything || d.kind == fromScope
		for _, f := range d.fields {
			look(n, f)
		}
		for _, r := range d.members {
			reach(r)
		}
		if d.res != nil {
			reach(d.res)
		}
		if d.optional || d.kind != fromGiven && (d.kind != fromLazy || d.res != nil) || d.key.Name != "" || slices.Contains(u.Given, d.key.Type) || len(c.g.given[d.key.Type]) == 0 {
			return
		}
		e := &MissingError{Type: d.key.Type, GivenBy: uniq(c.g.given[d.key.Type]), Hint: givenOnly(c.g.given[d.key.Type], d.key)}
		for i := len(path) - 1; i >= 0; i-- {
			e.Trace = append(e.Trace, path[i].step())
		}
		c.g.Problem(e)
	}
	visit = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		path = append(path, n)
		for _, d := range c.g.depsOf(n) {
			look(n, d)
		}
		path = path[:len(path)-1]
	}
	for _, s := range u.Segments {
		visit(s)
	}
	for _, t := range u.Given {
		if u.Unit.Uses && !used[t] && !anything {
			c.g.Problem(&SignatureError{Func: u.name(), Place: u.Declared, What: fmt.Sprintf(
				"%s gives its unit a %v, which neither the unit nor anything in its scope takes", u.Unit.Label, t)})
		}
	}
}

func givenOnly(givers []string, k Key) string {
	labels := uniq(givers)
	const most = 3
	if len(labels) > most {
		labels = append(labels[:most:most], fmt.Sprintf("%d more", len(labels)-most))
	}
	return fmt.Sprintf("only units of %s are given a %v", strings.Join(labels, ", "), k.Type)
}
