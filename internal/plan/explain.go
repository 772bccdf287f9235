package plan

import (
	"slices"

	"github.com/berth-go/berth/internal/funcs"
)

// Explain finds what fx has refused among its own options, which Check leaves to it: a cycle, or else what
// is missing. It returns nil where it finds nothing.
func (g *Graph) Explain(cycle bool) error {
	checked := g.problems
	defer func() { g.problems = checked }()
	g.problems = nil
	c := newChecker(g)
	c.all = true
	c.walkAll()
	unseen := !cycle && len(g.problems) == 0
	for _, n := range g.nodes {
		if cycle || unseen && n.Kind == Decorates { // for a cycle, fx looks at all of them
			c.walk(n, modeOf(n, 0))
		}
	}
	problems := slices.DeleteFunc(g.problems, func(err error) bool {
		_, ring := err.(*CycleError) //nolint:errorlint // problems are not wrapped
		return ring != cycle
	})
	if len(problems) == 0 {
		return nil
	}
	return &BuildError{Problems: problems}
}

// Doubled is what plain fx options alone provide twice, or nil.
func (g *Graph) Doubled() error {
	if len(g.doubles) == 0 {
		return nil
	}
	return &BuildError{Problems: g.doubles}
}

// FailingDecorator is the one fx.Decorate of a type that can return an error, or nil if there are several.
func (g *Graph) FailingDecorator(typ string) *funcs.Func {
	var found *funcs.Func
	for _, n := range g.nodes {
		if n.Kind != Decorates || !n.Foreign || n.Fn.Err < 0 {
			continue
		}
		if !slices.ContainsFunc(n.Results, func(r *Result) bool { return r.Key.Type.String() == typ }) {
			continue
		}
		if found != nil {
			return nil
		}
		found = n.Fn
	}
	return found
}
