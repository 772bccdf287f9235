package plan

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
)

// A replacement is a Replace, a ReplaceFunc or an fx.Replace of a type of ours.
type replacement struct {
	key      Key
	fn       *funcs.Func
	result   funcs.Result
	declared place.Place
	foreign  *Node // the fx.Replace it was
	from     *Module
}

// Replace adds a replacement.
func (g *Graph) Replace(m *Module, r *decl.Replacement) {
	at := r.Here.Place()
	if r.Value.IsValid() {
		if g.stray("di.Replace", at, r.Opts, replaceHint(r.Opts), "Name") {
			return
		}
		if r.Type.Kind() == reflect.Interface && r.Value.IsNil() {
			g.Problem(&SignatureError{Func: "di.Replace", Place: at, What: fmt.Sprintf("a nil %v cannot be provided", r.Type)})
			return
		}
		fn := funcs.Const(r.Value, r.Type, "di.Replace")
		fn.Place = at
		g.replacements = append(g.replacements, &replacement{key: Key{Type: r.Type, Name: r.Opts.Name}, fn: fn, result: fn.Results[0], declared: at, from: m})
		return
	}
	if g.stray("di.ReplaceFunc", at, r.Opts, replaceHint(r.Opts), "Name", "As") {
		return
	}
	fn, err := funcs.Of(r.Fn)
	if err == nil && len(fn.Results) == 0 {
		err = errors.New("it must return what it provides, then an optional cleanup and error")
	}
	if err != nil {
		g.unusable("di.ReplaceFunc", r.Fn, at, err)
		return
	}
	for _, res := range fn.Results {
		key := Key{Type: res.Type, Name: res.Name}
		if r.Opts.Name != "" {
			key.Name = r.Opts.Name
		}
		types := []reflect.Type{res.Type}
		if len(r.Opts.As) > 0 {
			types = r.Opts.As
		}
		for _, as := range types {
			if as != res.Type && (as.Kind() != reflect.Interface || !res.Type.Implements(as)) {
				g.unusable("di.ReplaceFunc", r.Fn, at, fmt.Errorf("%v does not implement %v", res.Type, as))
				return
			}
			key.Type = as
			g.replacements = append(g.replacements, &replacement{key: key, fn: fn, result: res, declared: at, from: m})
		}
	}
}

// replaceHint says how to do what options of a replacement ask for in vain.
func replaceHint(opts *decl.Provider) string {
	switch {
	case opts.Grouped:
		return "members of a group are changed by di.Decorate with di.Group, or replaced where they come from"
	case len(opts.As) > 0:
		return fmt.Sprintf("name the type as provided: di.Replace[%v](value)", opts.As[0])
	case opts.Close:
		return "a constructor returns a cleanup after its result"
	}
	return "it stands where the provider stood"
}

// ReplaceForeign adds an fx.Replace. It acts as a Replace of ours where the type is ours,
// which Check finds out; Consumed tells afterwards.
func (g *Graph) ReplaceForeign(m *Module, fn *funcs.Func, at place.Place) *Node {
	n := g.DecorateForeign(m, fn, at)
	for _, r := range fn.Results {
		g.replacements = append(g.replacements, &replacement{key: Key{r.Type, r.Name, r.Group}, fn: fn, result: r, declared: at, foreign: n, from: m})
	}
	return n
}

// Consumed reports whether an fx.Replace was taken over, so that fx must not see it.
func (n *Node) Consumed() bool { return n.Kind == Decorates && len(n.Results) == 0 }

// replace puts replacements where the providers stood. The last one of a key wins.
func (g *Graph) replace() {
	replaced := map[Key]bool{}
	for _, r := range g.replacements {
		replaced[r.key] = true
	}
	byKey := g.under(replaced)
	last := map[Key]*replacement{}
	for _, r := range g.replacements {
		targets := byKey[r.key]
		if r.foreign != nil {
			ours := slices.ContainsFunc(targets, func(t *Result) bool { return !t.Node.Foreign })
			if !ours || r.key.Group != "" {
				continue // fx does it
			}
			r.foreign.Results = slices.DeleteFunc(r.foreign.Results, func(x *Result) bool { return x.Key == r.key })
		}
		if len(targets) == 0 {
			if !g.Opaque {
				g.Problem(&ReplaceError{Type: r.key.Type, Name: r.key.Name, Verb: "replace", Place: r.declared, Hint: g.replaceable(r.key)})
			}
			continue
		}
		last[r.key] = r
	}
	stands := map[stand]*Node{}
	for _, r := range g.replacements {
		if last[r.key] != r {
			continue
		}
		for _, target := range byKey[r.key] {
			g.substitute(target, r, stands)
		}
	}
}

// A stand is a function that replaces, and where it stands: it is called once for all of its results there.
type stand struct {
	fn       *funcs.Func
	mod      *Module
	lifetime decl.Lifetime
	private  bool
}

// substitute takes one result from its provider and gives it to a new one at the same place.
func (g *Graph) substitute(target *Result, r *replacement, stands map[stand]*Node) {
	old := target.Node
	at := stand{r.fn, old.Mod, old.Lifetime, target.Private}
	if old.Kind == Runs {
		at.lifetime = decl.Singleton
	}
	n := stands[at]
	if n == nil {
		n = g.node(&Node{
			Kind: Provides, Mod: at.mod, Fn: r.fn, Lifetime: at.lifetime, Declared: r.declared,
			Prov: &decl.Provider{Lifetime: at.lifetime, Private: at.private},
		})
		stands[at] = n
	}
	if target.Key.Type != r.result.Type {
		n.Prov.As = []reflect.Type{target.Key.Type}
	}
	n.Results = append(n.Results, &Result{
		Node: n, Key: target.Key, Out: r.result.Out, Path: r.result.Path, From: r.result.Type, Private: target.Private,
	})
	old.Results = slices.DeleteFunc(old.Results, func(x *Result) bool { return x == target })
	old.Hides = append(old.Hides, target)
}

// replaceable says what a replacement of a key that nothing provides may have been meant for: a fake of some type
// replaces what is provided as an interface.
func (g *Graph) replaceable(k Key) string {
	var meant []string
	g.live(func(n *Node) {
		for _, r := range n.Results {
			as := r.Key.Type
			if r.Key.Group == "" && as.Kind() == reflect.Interface && as.NumMethod() > 0 && as != k.Type && k.Type.Implements(as) {
				hint := fmt.Sprintf("it implements %v, provided at %v; is di.Replace[%v] meant", r.Key, n.Declared, as)
				if r.Key.Name != k.Name {
					hint += fmt.Sprintf(" with di.Name(%q)", r.Key.Name)
				}
				meant = append(meant, hint+"?")
			}
		}
	})
	return firstHints(append(meant, g.likes(k)...))
}
