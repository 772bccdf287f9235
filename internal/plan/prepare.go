package plan

import (
	"errors"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
)

// Prepare computes the settings that providers stand for, and those that somebody else takes, adding what is
// wrong with them to checked, which is what Check returned.
func (g *Graph) Prepare(checked error) error {
	var all BuildError
	if build := (*BuildError)(nil); errors.As(checked, &build) {
		all.Problems = build.Problems
	}
	wiring := len(all.Problems)
	said := map[string]bool{}
	wrong := func(err error) {
		for _, part := range parts(err) {
			if text := part.Error(); !said[text] {
				said[text] = true
				all.Problems = append(all.Problems, part)
			}
		}
	}

	for _, s := range g.settings {
		if s.Prepare != nil {
			wrong(s.Prepare(g.Engine, g.settings))
		}
	}
	for _, n := range g.nodes {
		if n.Kind != Provides || n.Prov == nil || n.Prov.Prepare == nil || n.dead() {
			continue
		}
		v, err := n.Prov.Prepare(g.Engine, g.settings)
		if err != nil {
			wrong(err)
			continue
		}
		if n.renewed != nil {
			continue
		}
		name := n.Fn.Name
		n.Fn = funcs.Const(v, n.Prov.Type, name)
		n.Prov = &decl.Provider{Private: n.Prov.Private, Here: n.Prov.Here}
	}
	if len(all.Problems) == 0 {
		return nil
	}
	all.settings = len(all.Problems) - wiring
	return &all
}

// parts takes a joined error apart.
func parts(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // only the outermost is meant
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, parts(e)...)
	}
	return all
}
