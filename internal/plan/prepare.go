package plan

import (
	"errors"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
)

// Prepare computes the settings that providers stand for, adding what is wrong with them to
// checked, which is what Check returned.
func (g *Graph) Prepare(checked error) error {
	var problems []error
	var build *BuildError
	if errors.As(checked, &build) {
		problems = build.Problems
	}
	said := map[string]bool{}
	for _, n := range g.nodes {
		if n.Kind != Provides || n.Prov == nil || n.Prov.Prepare == nil || n.dead() {
			continue
		}
		v, err := n.Prov.Prepare(g.settings)
		if err != nil {
			for _, part := range parts(err) {
				if text := part.Error(); !said[text] { // every section tells of an unreadable file
					said[text] = true
					problems = append(problems, part)
				}
			}
			continue
		}
		name := n.Fn.Name
		n.Fn = funcs.Const(v, n.Prov.Type, name)
		n.Prov = &decl.Provider{Private: n.Prov.Private, Here: n.Prov.Here}
	}
	if len(problems) > 0 {
		return &BuildError{Problems: problems}
	}
	return nil
}

// parts takes a joined error apart.
func parts(err error) []error {
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
