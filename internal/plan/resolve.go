package plan

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
)

// A dep is where a parameter comes from.
type dep struct {
	kind           depKind
	typ            reflect.Type
	key            Key
	soft, optional bool

	res     *Result
	members []*Result
	fields  []*dep
	indexes []int
}

type depKind uint8

const (
	fromResult  depKind = iota // a provider of any lifetime
	fromMembers                // a group, member by member
	fromDig                    // asked of dig as it stands: a decorated group, or what an opaque module may provide
	fromStruct                 // an fx.In struct
	fromContext                // the scope's or the application's context
	fromInner                  // what a decorator wraps
	fromNext                   // what a wrapper calls
	fromLazy                   // a Lazy of a provider
	fromScope                  // the scope itself
	fromFactory                // a factory of scopes
	fromGiven                  // given by the trigger, or missing, or optional
	fromNothing                // of plain fx, optional, and provided by nobody
)

var (
	nextType    = reflect.TypeFor[Next]()
	scopeType   = reflect.TypeFor[*Scope]()
	factoryType = reflect.TypeFor[*Factory]()
	contextType = reflect.TypeFor[context.Context]()
)

// depsOf resolves the parameters of a node, once.
func (g *Graph) depsOf(n *Node) []*dep {
	if n.deps == nil && n.Fn != nil {
		n.deps = make([]*dep, len(n.Fn.Params))
		for i := range n.Fn.Params {
			n.deps[i] = g.resolve(n, &n.Fn.Params[i])
		}
	}
	return n.deps
}

func (g *Graph) resolve(n *Node, p *funcs.Param) *dep {
	d := &dep{typ: p.Type, key: Key{Type: p.Type, Name: p.Name}, optional: p.Optional}
	switch {
	case p.Fields != nil:
		d.kind = fromStruct
		for i := range p.Fields {
			d.fields = append(d.fields, g.resolve(n, &p.Fields[i]))
			d.indexes = append(d.indexes, p.Fields[i].Index)
		}
		return d
	case funcs.IsContext(p.Type) && !n.Foreign && p.Name == "":
		d.kind = fromContext
		return d
	case p.Type == nextType && n.Kind == Runs:
		d.kind = fromNext
		return d
	case p.Type == scopeType && !n.Foreign:
		d.kind = fromScope
		return d
	case p.Type == factoryType:
		d.kind = fromFactory
		return d
	case p.Group != "":
		return g.resolveGroup(n, p, d)
	}
	if elem, ok := lazyElem(p.Type); ok && !n.Foreign {
		d.kind = fromLazy
		d.key.Type = elem
		d.res = g.find(n.Mod, d.key)
		return d
	}
	if n.Kind == Decorates && !n.Foreign && n.wraps(p) {
		d.kind = fromInner
		return d
	}
	if d.res = g.find(n.Mod, d.key); d.res != nil {
		d.kind = fromResult
		return d
	}
	switch {
	case g.Opaque && len(g.given[p.Type]) == 0:
		d.kind = fromDig
	case p.Optional && n.Foreign:
		d.kind = fromNothing
	default:
		d.kind = fromGiven
	}
	return d
}

// wraps reports whether a decorator of ours takes what it wraps by this parameter: by one of the same name, or,
// where it has none, by one without a name.
func (n *Node) wraps(p *funcs.Param) bool {
	if p.Type != n.key.Type || p.Fields != nil {
		return false
	}
	named := func(p *funcs.Param) bool { return p.Type == n.key.Type && p.Name == n.key.Name }
	return n.key.Group == "" && named(p) || p.Name == "" && (n.key.Group != "" || !anyParam(n.Fn.Params, named))
}

// anyParam reports whether a parameter, or a field of a parameter struct, is like that.
func anyParam(params []funcs.Param, like func(*funcs.Param) bool) bool {
	for i := range params {
		if like(&params[i]) || anyParam(params[i].Fields, like) {
			return true
		}
	}
	return false
}

func (g *Graph) resolveGroup(n *Node, p *funcs.Param, d *dep) *dep {
	d.key = Key{Type: p.Type.Elem(), Group: p.Group}
	d.soft = p.Soft
	d.members = g.members(n.Mod, d.key)
	d.kind = fromMembers
	scoped := slices.ContainsFunc(d.members, func(r *Result) bool { return r.Node.Lifetime != decl.Singleton })
	if n.Foreign || g.Opaque || !scoped && (p.Soft || len(n.Mod.decorators(d.key)) > 0) {
		d.kind = fromDig
	}
	return d
}

// nonSingleton reports whether the node runs in a scope.
func (n *Node) nonSingleton() bool {
	return n.Lifetime != decl.Singleton || n.Kind == Runs && n.Unit != nil && !n.Unit.Singletons && !n.Unit.Constructs
}

// similar says what is like a key that nothing provides.
func (g *Graph) similar(k Key) string { return firstHints(g.likes(k)) }

// firstHints are the first few of many.
func firstHints(all []string) string {
	const most = 3
	return strings.Join(all[:min(len(all), most)], hintLine)
}

func (g *Graph) likes(k Key) []string {
	var names, impls []string
	name := k.Type.String()
	g.live(func(n *Node) {
		for _, r := range n.Results {
			if r.Key == k {
				if r.Private {
					names = append(names, fmt.Sprintf("it is provided at %v, but private to module %q; is it meant to be public?", n.Declared, n.Mod.Name))
				}
				continue
			}
			switch {
			case r.Key.Type == k.Type && r.Key.Group != "":
				names = append(names, fmt.Sprintf("%v is provided at %v; is the group meant?", r.Key, n.Declared))
			case r.Key.Type == k.Type && r.Key.Name != "":
				names = append(names, fmt.Sprintf("a %v is provided at %v; is the name missing?", r.Key, n.Declared))
			case r.Key.Type == k.Type:
				names = append(names, fmt.Sprintf("a %v without name is provided at %v", r.Key, n.Declared))
			case r.Key.Type.String() == name:
				impls = append(impls, fmt.Sprintf("a %v of package %q is provided at %v; this one is of package %q", r.Key, packageOf(r.Key.Type), n.Declared, packageOf(k.Type)))
			case k.Name == r.Key.Name && k.Type.Kind() == reflect.Interface && k.Type.NumMethod() > 0 && r.Key.Type.Implements(k.Type):
				as := fmt.Sprintf("di.As[%v]()", k.Type)
				if n.Foreign {
					as = fmt.Sprintf("fx.As(new(%v))", k.Type)
				}
				impls = append(impls, fmt.Sprintf("%v, provided at %v, implements it: add %s there", r.Key, n.Declared, as))
			case k.Name == r.Key.Name && r.Key.Type == reflect.PointerTo(k.Type):
				impls = append(impls, fmt.Sprintf("a %v is provided at %v; is the pointer meant?", r.Key, n.Declared))
			case k.Name == r.Key.Name && k.Type.Kind() == reflect.Pointer && r.Key.Type == k.Type.Elem():
				impls = append(impls, fmt.Sprintf("a %v is provided at %v; is the value meant?", r.Key, n.Declared))
			case r.From == k.Type && r.Key.Type != k.Type && k.Name == r.Key.Name:
				impls = append(impls, fmt.Sprintf("it is provided only as %v at %v: ask for that, or add di.As[%v]() there", r.Key.Type, n.Declared, k.Type))
			}
		}
	})
	return append(names, impls...)
}

// packageOf is the package of a type or, where that has no name, of what it is made of.
func packageOf(t reflect.Type) string {
	for t.Name() == "" && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	return t.PkgPath()
}
