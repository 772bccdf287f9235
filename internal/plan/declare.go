package plan

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
)

// Provide adds a provider of ours.
func (g *Graph) Provide(m *Module, p *decl.Provider) {
	at := p.Here.Place()
	if p.Builtin != nil || p.Prepare != nil {
		fn := &funcs.Func{Name: p.Type.String(), Cleanup: -1, Err: -1, NumOut: 1, Results: []funcs.Result{{Type: p.Type}}}
		n := &Node{Kind: Provides, Mod: m, Prov: p, Declared: at, Fn: fn}
		if p.Builtin != nil {
			n.Results = []*Result{{Node: n, Key: Key{Type: p.Type, Name: p.Name}, From: p.Type, Private: m.hides(p.Private)}}
		} else if err := n.provide(); err != nil {
			g.unusable(p.Type.String(), nil, at, err)
			return
		}
		g.node(n)
		return
	}
	option := "di." + strings.ToUpper(p.Lifetime.String()[:1]) + p.Lifetime.String()[1:]
	fn, err := funcs.Of(p.Fn)
	if err != nil {
		g.unusable(option, p.Fn, at, err)
		return
	}
	n := &Node{Kind: Provides, Mod: m, Fn: fn, Lifetime: p.Lifetime, Prov: p, Declared: at}
	if err := n.provide(); err != nil {
		g.unusable(option, p.Fn, at, err)
		return
	}
	g.node(n)
}

// provide derives the results from the signature and the options.
func (n *Node) provide() error {
	p, fn := n.Prov, n.Fn
	if len(fn.Results) == 0 {
		return errors.New("it must return what it provides, then an optional cleanup and error")
	}
	if err := checkGroup(p); err != nil {
		return err
	}
	named := len(p.As) > 0 || p.Name != "" || p.Group != "" || p.Close
	if named && len(fn.Results) > 1 {
		return errors.New("options As, Name, Group and Close need a constructor with one result; use the tags of an fx.Out struct for several")
	}
	for _, r := range fn.Results {
		if why := reserved(r.Type); why != "" {
			return errors.New(why)
		}
		key := Key{Type: r.Type, Name: r.Name, Group: r.Group}
		if p.Name != "" {
			key.Name = p.Name
		}
		if p.Group != "" {
			key.Group = p.Group
		}
		types := []reflect.Type{r.Type}
		if len(p.As) > 0 {
			types = p.As
		}
		for i, as := range types {
			if slices.Contains(types[:i], as) {
				continue
			}
			if as.Kind() == reflect.Interface && !r.Type.Implements(as) {
				return fmt.Errorf("%v does not implement %v", r.Type, as)
			}
			if as.Kind() != reflect.Interface && as != r.Type {
				return fmt.Errorf("option As needs an interface or the constructor's own result %v, not %v", r.Type, as)
			}
			key.Type = as
			from := r.Type
			n.Results = append(n.Results, &Result{Node: n, Key: key, Out: r.Out, Path: r.Path, From: from, Flatten: r.Flatten, Private: n.Mod.hides(p.Private)})
		}
	}
	if p.Close && closerOf(fn.Results[0].Type) == nil {
		return fmt.Errorf("di.Close needs a method Close or Shutdown: %v has none of the form Close(), Close() error, Close(context.Context) error or the same as Shutdown", fn.Results[0].Type)
	}
	return nil
}

// checkGroup says what is wrong with the group that options name.
func checkGroup(opts *decl.Provider) error {
	switch {
	case opts.Name != "" && opts.Grouped:
		return errors.New("options Name and Group exclude each other")
	case opts.Grouped && opts.Group == "":
		return errors.New("a group needs a name, not \"\"")
	case strings.Contains(opts.Group, ","):
		return fmt.Errorf("group %q must not contain a comma", opts.Group)
	}
	return nil
}

// stray reports options that do not apply to a declaration, which knows only some of them.
func (g *Graph) stray(option string, at place.Place, opts *decl.Provider, hint string, knows ...string) bool {
	stray := opts.Stray(knows...)
	if stray == "" {
		return false
	}
	g.Problem(&SignatureError{Func: option, Place: at, What: stray, Hint: hint})
	return true
}

// reserved says why a type cannot be provided, or nothing.
func reserved(t reflect.Type) string {
	_, isLazy := lazyElem(t)
	switch {
	case funcs.IsContext(t):
		return "context.Context cannot be provided: each scope has its own"
	case t == scopeType:
		return "a *scopes.Scope cannot be provided: a scope hands out itself"
	case t == factoryType:
		return "a *scopes.Factory cannot be provided: each consumer is given its own"
	case t == nextType:
		return "scopes.Next cannot be provided: it is for wrappers"
	case isLazy:
		return "a di.Lazy cannot be provided: provide what it is of"
	}
	return ""
}

// closerOf returns how to release a value of type t by its own method, or nil. Of a nil pointer there is nothing
// to release.
func closerOf(t reflect.Type) func(v reflect.Value) func(context.Context) error {
	for _, name := range []string{"Close", "Shutdown"} {
		m, ok := t.MethodByName(name)
		if !ok {
			continue
		}
		in := m.Type.NumIn()
		if t.Kind() != reflect.Interface {
			in-- // the receiver
		}
		takesCtx := in == 1 && funcs.IsContext(m.Type.In(m.Type.NumIn()-1))
		fails := m.Type.NumOut() == 1 && m.Type.Out(0) == reflect.TypeFor[error]()
		if in > 0 && !takesCtx || m.Type.NumOut() > 0 && !fails {
			continue
		}
		return func(v reflect.Value) func(context.Context) error {
			if v.Kind() == reflect.Pointer && v.IsNil() {
				return nil
			}
			method := v.MethodByName(name)
			return func(ctx context.Context) error {
				var args []reflect.Value
				if takesCtx {
					args = []reflect.Value{reflect.ValueOf(&ctx).Elem()}
				}
				out := method.Call(args)
				if fails {
					err, _ := out[0].Interface().(error)
					return err
				}
				return nil
			}
		}
	}
	return nil
}

// ProvideForeign adds a constructor of plain fx.
func (g *Graph) ProvideForeign(m *Module, fn *funcs.Func, at place.Place, private bool) *Node {
	n := g.node(&Node{Kind: Provides, Mod: m, Fn: fn, Foreign: true, Declared: at})
	for _, r := range fn.Results {
		n.Results = append(n.Results, &Result{
			Node: n, Key: Key{r.Type, r.Name, r.Group}, Out: r.Out, Path: r.Path,
			From: r.Type, Flatten: r.Flatten, Private: m.hides(private),
		})
	}
	return n
}

// Decorate adds a decorator of ours.
func (g *Graph) Decorate(m *Module, d *decl.Decorator) {
	at := d.Here.Place()
	if g.stray("di.Decorate", at, d.Opts, "it decorates what its module sees, with the provider's lifetime", "Name", "Group") {
		return
	}
	fn, err := funcs.Of(d.Fn)
	if err == nil {
		err = checkGroup(d.Opts)
	}
	if err == nil && len(fn.Results) != 1 {
		err = errors.New("a decorator returns the one value it wraps, then an optional cleanup and error")
	}
	if err != nil {
		g.unusable("di.Decorate", d.Fn, at, err)
		return
	}
	r := fn.Results[0]
	key := Key{Type: r.Type, Name: r.Name, Group: r.Group}
	if d.Opts.Name != "" {
		key.Name = d.Opts.Name
	}
	if d.Opts.Group != "" {
		key.Group = d.Opts.Group
	}
	n := &Node{Kind: Decorates, Mod: m, Fn: fn, Declared: at, key: key}
	if !anyParam(fn.Params, n.wraps) {
		g.unusable("di.Decorate", d.Fn, at, fmt.Errorf("a decorator takes the %v that it wraps; di.ReplaceFunc puts something else in its place", key.Type))
		return
	}
	g.decorators = append(g.decorators, g.node(n))
}

// DecorateForeign adds an fx.Decorate.
func (g *Graph) DecorateForeign(m *Module, fn *funcs.Func, at place.Place) *Node {
	n := g.node(&Node{Kind: Decorates, Mod: m, Fn: fn, Foreign: true, Declared: at})
	for _, r := range fn.Results {
		// A group is decorated as the whole slice.
		k := Key{r.Type, r.Name, r.Group}
		if r.Group != "" && r.Type.Kind() == reflect.Slice {
			k.Type = r.Type.Elem()
		}
		n.Results = append(n.Results, &Result{Node: n, Key: k, Out: r.Out, Path: r.Path, From: r.Type})
	}
	return n
}

// AddUnit adds a unit of work, a service or what is hosted. It returns nil where that cannot be one.
func (g *Graph) AddUnit(m *Module, u *decl.Unit) *Node {
	at := u.Here.Place()
	n := &Node{Kind: Runs, Mod: m, Unit: u, Declared: at, Late: map[leaf]bool{}}
	if u.Hosts == nil && !u.Bare {
		segments, ok := g.segments(m, u, u.Fn, at)
		if !ok {
			return nil
		}
		n.Segments = segments
		n.Fn = segments[len(segments)-1].Fn
		if !g.checkUnit(n) {
			return nil
		}
	}
	for _, with := range u.With {
		fn, err := funcs.Of(with)
		if err == nil && len(fn.Results) != 1 {
			err = errors.New("a function of With returns one option, and perhaps an error")
		}
		if err == nil {
			err = optionOf(u, fn.Results[0].Type)
		}
		if err != nil {
			g.unusable("With of "+u.Label, with, at, err)
			return nil
		}
		n.With = append(n.With, g.node(&Node{Kind: Runs, Mod: m, Unit: u, Fn: fn, Declared: at, Option: true}))
	}
	if u.F != nil {
		given, err := givenBy(u.F)
		if err != nil {
			g.Problem(&SignatureError{Func: "scopes.Bind", Place: at, What: err.Error()})
			return nil
		}
		n.Given = given
		n.Results = []*Result{{Node: n, Key: Key{Type: u.F, Name: u.Name}, From: u.F, Private: m.hides(u.Private)}}
	}
	if u.F == nil {
		n.Given = u.Given
	}
	g.units = append(g.units, g.node(n))
	return n
}

// optionOf reports a result of With that cannot be an option of u. What is inside an interface is known at the call only.
func optionOf(u *decl.Unit, result reflect.Type) error {
	if u.Option == nil || result == u.Option || result.Kind() == reflect.Interface {
		return nil
	}
	return fmt.Errorf("function of With must return a %v, not a %v", u.Option, result)
}

// givenBy returns what callers of a function type give to the unit.
func givenBy(f reflect.Type) ([]reflect.Type, error) {
	if f.Kind() != reflect.Func || f.Name() == "" {
		return nil, fmt.Errorf("a defined function type is needed, such as type HandleOrder func(context.Context, Order) error, not %v", f)
	}
	if f.NumOut() == 0 || f.Out(f.NumOut()-1) != reflect.TypeFor[error]() {
		return nil, fmt.Errorf("the last result of %v must be error", f)
	}
	if f.IsVariadic() {
		return nil, fmt.Errorf("%v must not be variadic", f)
	}
	var given []reflect.Type
	for i := range f.NumIn() {
		t := f.In(i)
		if funcs.IsContext(t) {
			continue
		}
		if slices.Contains(given, t) {
			return nil, fmt.Errorf("%v gives %v twice: parameters are matched by type", f, t)
		}
		given = append(given, t)
	}
	return given, nil
}

// segments flattens wrappers, outermost first, and the function in the middle.
func (g *Graph) segments(m *Module, u *decl.Unit, fn any, at place.Place) ([]*Node, bool) {
	if w, ok := fn.(*decl.Wrapped); ok {
		var outer []*Node
		for _, wrapper := range w.Wrappers {
			f, err := funcs.Of(wrapper)
			if err == nil {
				err = checkWrapper(f)
			}
			if err != nil {
				g.unusable("wrapper in "+u.Label, wrapper, w.Here.Place(), err)
				return nil, false
			}
			outer = append(outer, g.node(&Node{Kind: Runs, Mod: m, Unit: u, Fn: f, Declared: at, Wraps: true}))
		}
		inner, ok := g.segments(m, u, w.Unit, at)
		return append(outer, inner...), ok
	}
	f, err := funcs.Of(fn)
	if err != nil {
		g.unusable(u.Label, fn, at, err)
		return nil, false
	}
	return []*Node{g.node(&Node{Kind: Runs, Mod: m, Unit: u, Fn: f, Declared: at})}, true
}

func checkWrapper(f *funcs.Func) error {
	next := 0
	for _, p := range f.Params {
		if p.Type == reflect.TypeFor[Next]() {
			next++
		}
	}
	if next != 1 || f.NumOut != 1 || f.Err != 0 {
		return errors.New("a wrapper is func(context.Context, scopes.Next, injected...) error")
	}
	return nil
}

// checkUnit compares the unit with its trigger.
func (g *Graph) checkUnit(n *Node) bool {
	u, fn := n.Unit, n.Fn
	fail := func(format string, args ...any) bool {
		g.Problem(&SignatureError{Func: fn.Name, Place: n.Declared, What: fmt.Sprintf(format, args...)})
		return false
	}
	if u.Constructs {
		if len(n.Segments) > 1 {
			return fail("the constructor of a service cannot have wrappers: they are for units")
		}
		if len(fn.Results) != 1 {
			return fail("the constructor of a service returns the service, then an optional cleanup and error")
		}
		if u.Service {
			if what := CheckService(fn.Results[0].Type); what != "" {
				return fail("%s", what)
			}
		}
		return true
	}
	if u.NeedsContext && !fn.HasContext() {
		return fail("the body of %s must take a context.Context: it is how the body learns that the application stops", u.Label)
	}
	if fn.Cleanup >= 0 {
		return fail("a unit returns no cleanup: only constructors do")
	}
	if u.F == nil {
		if len(fn.Results) > 0 { // also an error of a type of its own, which would be lost
			return fail("a unit of %s returns nothing or an error, not %v; declare an error as error itself", u.Label, fn.Results[0].Type)
		}
		return true
	}
	if u.F.Kind() != reflect.Func || u.F.NumOut() == 0 {
		return true // said by givenBy
	}
	f := u.F
	var want []reflect.Type
	for i := range f.NumOut() - 1 {
		want = append(want, f.Out(i))
	}
	if len(want) != len(fn.Results) {
		return fail("%v returns %d values beside its error, the unit returns %d", f, len(want), len(fn.Results))
	}
	for i, t := range want {
		if fn.Results[i].Type != t && !(t.Kind() == reflect.Interface && fn.Results[i].Type.Implements(t)) {
			return fail("result %d of %v is %v, the unit's is %v", i+1, f, t, fn.Results[i].Type)
		}
	}
	return true
}

// Invoke adds a function that plain fx calls.
func (g *Graph) Invoke(m *Module, fn *funcs.Func, at place.Place) *Node {
	return g.node(&Node{Kind: Invokes, Mod: m, Fn: fn, Foreign: true, Declared: at})
}
