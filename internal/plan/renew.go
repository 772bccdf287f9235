package plan

import (
	"fmt"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
)

// renew makes scoped what the settings say changes while the application runs.
func (g *Graph) renew() {
	for _, n := range g.nodes {
		if n.Prov == nil || n.Prov.Renewed == nil {
			continue
		}
		r := n.Prov.Renewed(g.settings)
		if r == nil {
			continue
		}
		fn, err := funcs.Of(r.Fn)
		if err != nil {
			g.unusable(n.Fn.Name, r.Fn, n.Declared, err)
			continue
		}
		fn.Name = n.Fn.Name
		n.Fn, n.Lifetime, n.renewed = fn, decl.Scoped, r
	}
}

// held says what a singleton is to take in place of a value that is scoped because it changes.
func (n *Node) held() string {
	if n.renewed == nil {
		return ""
	}
	return fmt.Sprintf("it changes while the application runs, and is fixed for one unit of work: take %s", n.renewed.Held)
}
