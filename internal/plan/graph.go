// Package plan holds the object graph of an application: who provides what, who needs
// it, whether that can work, and the flat list of calls that one unit of work takes.
//
// It knows neither fx nor zap. internal/fxgraph fills a Graph from a tree of options, calls
// Check, and emits what Check found to be sound.
package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// A Graph is all that one application declares, in the order of declaration.
type Graph struct {
	Root   *Module
	Engine *supervise.Engine
	Adapt  decl.Adapters

	// Opaque is set when a part of the tree could not be read: what is not
	// found may then be provided there, and is asked of dig.
	Opaque bool

	modules      []*Module
	nodes        []*Node
	units        []*Node
	replacements []*replacement
	decorators   []*Node
	settings     []decl.Setting
	problems     []error
	doubles      []error // what plain fx provides twice

	public   map[Key]*Result
	groups   map[Key][]*Result
	byMember map[string]*Result
	given    map[reflect.Type][]string // labels of the triggers that give a type
	explore  bool                      // something opens scopes and may ask for anything

	// of the running application
	programs  map[*Node]*program
	installs  map[*Node]*installing
	table     map[leaf]reflect.Value // singletons for explicit scopes, filled during construction
	rootScope *session

	led map[*Node]map[*Node]bool // what a decorator of fx leads to

	factoriesMu sync.Mutex
	factories   map[*Node]*Factory
}

// NewGraph returns an empty graph.
func NewGraph(e *supervise.Engine) *Graph {
	g := &Graph{
		Engine:   e,
		groups:   map[Key][]*Result{},
		given:    map[reflect.Type][]string{},
		byMember: map[string]*Result{},

		programs: map[*Node]*program{},
		installs: map[*Node]*installing{},

		factories: map[*Node]*Factory{},
		led:       map[*Node]map[*Node]bool{},
		table:     map[leaf]reflect.Value{},
	}
	g.Root = g.Module(nil, "")
	return g
}

// A Module is an fx.Module, or the root.
type Module struct {
	ID     int
	Name   string
	Parent *Module

	private   map[Key]*Result
	decorated map[Key]*Node // by fx.Decorate or fx.Replace
}

// Module adds a module.
func (g *Graph) Module(parent *Module, name string) *Module {
	m := &Module{ID: len(g.modules), Name: name, Parent: parent, private: map[Key]*Result{}, decorated: map[Key]*Node{}}
	g.modules = append(g.modules, m)
	return m
}

// within reports whether m is outer or inside it.
func (m *Module) within(outer *Module) bool {
	for ; m != nil; m = m.Parent {
		if m == outer {
			return true
		}
	}
	return false
}

// hides reports whether what is private in a module is hidden from others: at the root it is not.
func (m *Module) hides(private bool) bool { return private && m.Parent != nil }

// decorators lists what plain fx decorates a key with where the module sees it, the innermost first.
func (m *Module) decorators(k Key) (all []*Node) {
	for ; m != nil; m = m.Parent {
		if d := m.decorated[k]; d != nil {
			all = append(all, d)
		}
	}
	return all
}

// A Kind says what a node does.
type Kind uint8

// The kinds of nodes.
const (
	Provides  Kind = iota // a constructor
	Decorates             // wraps one result
	Runs                  // a unit or wrapper
	Invokes               // an fx.Invoke, fx.Populate or fx.WithLogger
)

// A Node is a function of the application and what the graph knows of it.
type Node struct {
	ID       int
	Kind     Kind
	Mod      *Module
	Fn       *funcs.Func
	Lifetime decl.Lifetime
	Foreign  bool // declared by plain fx: dig calls it as it stands
	Prov     *decl.Provider
	Declared place.Place // where it was declared
	clash    bool        // a function of another package has its short name

	Results []*Result
	Hides   []*Result // what it returns but no longer provides

	// of a unit: its wrappers, outermost first, then the function; and the functions of With.
	Unit     *decl.Unit
	Segments []*Node
	Wraps    bool // it is a wrapper
	Option   bool // it is a function of With
	With     []*Node
	Given    []reflect.Type
	Late     map[leaf]bool // singletons that F is not built after, since that would be a cycle

	renewed *decl.Renewed // of a provider whose value changes while the application runs

	inner *Result // of a decorator: what it wraps
	key   Key     // of a decorator: as declared
	deps  []*dep
}

// A Result is one value of a provider under one key.
type Result struct {
	Node       *Node
	Key        Key
	Out        int
	Path       []int
	From       reflect.Type // the type of the value itself
	Flatten    bool
	Private    bool
	Decorators []*Node
	Member     string // the name under which a member of a group is read one by one, or what is apart
	Apart      bool   // dig knows it under that name only
	Emitted    bool   // foreign: the member name must be added by a wrapper
}

// Module as consumers are named: the function, or for what was never called the type.
func (n *Node) name() string {
	if n.Fn != nil && n.Fn.Name != "" {
		if n.clash {
			return n.symbol()
		}
		return n.Fn.Name
	}
	if n.Unit != nil {
		return n.Unit.Label
	}
	return "a provider"
}

// symbol is the name of the function with the whole path of its package; empty if reflection has made it.
func (n *Node) symbol() string { return strings.TrimSuffix(funcs.Symbol(n.Fn.Value.Pointer()), "-fm") }

// tellApart finds the functions that have one short name and stand in different packages.
func (g *Graph) tellApart() {
	first := map[string]*Node{}
	for _, n := range g.nodes {
		if n.Fn == nil || !n.Fn.Value.IsValid() || n.symbol() == "" {
			continue
		}
		other := first[n.Fn.Name]
		if other == nil {
			first[n.Fn.Name] = n
		} else if other.clash || other.symbol() != n.symbol() {
			other.clash, n.clash = true, true
		}
	}
}

// where is the place that a trace shows: the function's own, or that of its declaration.
func (n *Node) where() place.Place {
	if n.Fn != nil && !n.Fn.Place.IsZero() {
		return n.Fn.Place
	}
	return n.Declared
}

// step describes the node in a trace.
func (n *Node) step() Step {
	s := Step{Func: n.name(), Place: n.where()}
	switch {
	case n.Unit != nil && n.Kind == Runs && n.Fn != nil:
		s.Role = n.part() + " of " + n.Unit.Label
		if n.Declared != n.where() {
			s.Role += " at " + n.Declared.String()
		}
	case n.Unit != nil && n.Kind == Runs:
		s.Func += "[" + n.Unit.Hosts.String() + "]"
	case n.Kind == Decorates && n.Foreign:
		s.Role = "decorator of " + n.Results[0].Key.String() + ", by fx"
	case n.Kind == Decorates:
		s.Role = "decorator of " + n.key.String()
	case n.Kind == Invokes:
		s.Role = "invoked by fx"
		if n.Declared != n.where() {
			s.Role += " at " + n.Declared.String()
		}
	case n.Foreign:
		s.Role = "provided by fx"
	default:
		s.Role = n.Lifetime.String()
		if p := n.Prov; p != nil {
			for _, as := range p.As {
				s.Role += ", as " + as.String()
			}
			if p.Name != "" {
				s.Role += fmt.Sprintf(", named %q", p.Name)
			}
			if p.Group != "" {
				s.Role += fmt.Sprintf(", in group %q", p.Group)
			}
		}
	}
	if n.Kind == Provides && n.Fn.Vague && len(n.Fn.Results) > 0 {
		s.Of = n.Fn.Results[0].Type.String()
		s.Role = strings.Replace(s.Role, n.Lifetime.String(), n.Lifetime.String()+" "+s.Of, 1)
	}
	return s
}

// provider describes the node as one of several that provide the same.
func (n *Node) provider() Step {
	s := Step{Func: n.name(), Place: n.Declared, Role: n.Lifetime.String()}
	switch {
	case n.Kind == Runs:
		s.Role = "bound"
	case n.Foreign:
		s.Role = "provided by fx"
	}
	if n.Mod.Name != "" {
		s.Role += fmt.Sprintf(", in module %q", n.Mod.Name)
	}
	return s
}

// part says which function of a unit the node is.
func (n *Node) part() string {
	switch {
	case n.Option:
		return "option"
	case n.Wraps:
		return "wrapper"
	case n.Unit.Constructs:
		return "constructor"
	}
	return "unit"
}

// consumer is the name that a logger of this node carries.
func (n *Node) consumer() string {
	constructs := n.Kind == Provides || n.Kind == Runs && n.part() == "constructor"
	if constructs && n.Fn != nil && len(n.Fn.Results) > 0 {
		return funcs.TypeName(n.Fn.Results[0].Type)
	}
	if n.Fn != nil {
		return funcs.Plain(n.Fn.Name)
	}
	return ""
}

// Problem records what is wrong.
func (g *Graph) Problem(err error) { g.problems = append(g.problems, err) }

// Setting records a setting.
func (g *Graph) Setting(s decl.Setting) { g.settings = append(g.settings, s) }

// Settings are all settings in order of declaration.
func (g *Graph) Settings() []decl.Setting { return g.settings }

// Units are all units in order of declaration.
func (g *Graph) Units() []*Node { return g.units }

func (g *Graph) node(n *Node) *Node {
	if n.Declared.IsZero() {
		n.Declared = n.where()
	}
	n.ID = len(g.nodes)
	g.nodes = append(g.nodes, n)
	return n
}

// Uncallable reports whether a target of plain fx is one that fx refuses, or panics at when it calls it, and records that.
// What is wrong with an annotation, fx says itself.
func (g *Graph) Uncallable(option string, fn any, here place.Place) bool {
	v := reflect.ValueOf(fn)
	if v.Kind() == reflect.Func && !v.IsNil() {
		return false
	}
	if decl.IsAnnotated(fn) {
		target := v.FieldByName("Target")
		return target.IsValid() && g.Uncallable(option, target.Interface(), here)
	}
	_, err := funcs.Of(fn)
	g.unusable(option, fn, here, err)
	return true
}

// unusable records that option cannot use a function.
func (g *Graph) unusable(option string, fn any, here place.Place, err error) {
	e := &SignatureError{Func: option, Place: here, What: err.Error()}
	switch v := reflect.ValueOf(fn); {
	case !v.IsValid():
	case decl.IsAnnotated(fn):
		e.Hint = "pass the function itself; di.Name, di.Group and di.As say the rest"
	case decl.IsOption(fn):
		e.What = "a function is needed, not an option"
	case v.Kind() != reflect.Func && slices.Contains([]string{"di.Singleton", "di.Scoped", "di.Transient", "fx.Provide"}, option):
		e.Hint = "fx.Supply provides a value as it is"
	case v.Kind() != reflect.Func:
	case !v.IsNil():
		e.Func = funcs.NameOf(v.Pointer())
	}
	g.Problem(e)
}
