package fxgraph

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/plan"
)

// An emitter turns what was read, and what the plan made of it, into options for fx.
type emitter struct {
	graph   *Graph
	plan    *plan.Emitter
	modules layout
	public  map[*plan.Module][]any
	private map[*plan.Module][]any
	decos   map[*plan.Module][]any
	invokes map[*plan.Node]any // the Invoke of a unit
	units   []any              // those of modules, until the root has come to their place
	final   any

	wrappings map[*plan.Node]*plan.Wrapping

	origins map[*plan.Module][]any // behind public and private, in order
	stubs   map[*tree]stubs        // of a module, with those inside that have no logger of fx's events of their own
}

func newEmitter(g *Graph) *emitter {
	e := &emitter{
		graph: g, plan: g.plan.Emit(), public: map[*plan.Module][]any{}, private: map[*plan.Module][]any{},
		decos: map[*plan.Module][]any{}, invokes: map[*plan.Node]any{}, wrappings: map[*plan.Node]*plan.Wrapping{},
		origins: map[*plan.Module][]any{}, stubs: map[*tree]stubs{},
	}
	e.modules, _ = probe(fx.Module)
	return e
}

// prepare compiles the wrappings and the last Invoke, which may ask for more views, and sorts the emissions
// into modules.
func (e *emitter) prepare(t *tree) {
	for _, n := range foreignNodes(t) {
		if w := e.plan.Wrap(n); w != nil {
			e.wrappings[n] = w
		}
	}
	e.final = e.function(e.plan.Last())
	for _, em := range e.plan.Out {
		switch fn := e.function(em); {
		case em.Invoke:
			e.invokes[em.Node] = fn
		case em.Decorates:
			e.decos[em.Mod] = append(e.decos[em.Mod], fn)
		case em.Private:
			e.private[em.Mod] = append(e.private[em.Mod], fn)
		default:
			e.public[em.Mod] = append(e.public[em.Mod], fn)
		}
	}
	for _, private := range []bool{false, true} { // as tree emits them
		for _, em := range e.plan.Out {
			if !em.Invoke && !em.Decorates && em.Private == private {
				e.origins[em.Mod] = append(e.origins[em.Mod], originOf(em))
			}
		}
	}
}

// originOf is the function behind an emission, or nil for one that is ours alone.
func originOf(em plan.Emission) any {
	if n := em.Node; n != nil && n.Kind == plan.Provides && n.Fn != nil && n.Fn.Value.IsValid() && n.Fn.Value.Pointer() != stub {
		return n.Fn
	}
	return nil
}

// foreignNodes lists the constructors of plain fx in a tree.
func foreignNodes(t *tree) []*plan.Node {
	var nodes []*plan.Node
	for _, it := range t.items {
		if it.sub != nil {
			nodes = append(nodes, foreignNodes(it.sub)...)
		}
		for _, tg := range it.targets {
			if tg.node != nil && tg.node.Kind == plan.Provides {
				nodes = append(nodes, tg.node)
			}
		}
	}
	return nodes
}

// tree emits a module's options: what it provides in one fx.Provide, then its items in order.
func (e *emitter) tree(t *tree) []fx.Option {
	if t.module == nil {
		e.prepare(t)
	}
	var opts []fx.Option
	own, inside := stubs{provided: e.origins[t.mod]}, stubs{}
	if fns := e.public[t.mod]; len(fns) > 0 {
		opts = append(opts, bare(fx.Provide(fns...)))
	}
	if fns := e.private[t.mod]; len(fns) > 0 {
		opts = append(opts, bare(fx.Provide(append(fns, fx.Private)...)))
	}
	if fns := e.decos[t.mod]; len(fns) > 0 {
		opts = append(opts, bare(fx.Decorate(fns...)))
	}
	for _, it := range t.items {
		switch {
		case it.sub != nil:
			opts = append(opts, e.modules.with(it.sub.module, e.tree(it.sub)))
			if sub := e.stubs[it.sub]; !it.sub.logs() {
				inside.provided = append(inside.provided, sub.provided...)
				inside.invoked = append(inside.invoked, sub.invoked...)
			}
		case it.logger.fn != nil:
			opts = append(opts, e.eventLogger(t, it))
		case it.unit != nil:
			if fn := e.invokes[it.unit]; fn != nil {
				e.units = append(e.units, fn)
			}
		case it.targets == nil:
			opts = append(opts, it.option)
		case reflect.TypeOf(it.option) == invokeType:
			opts = append(opts, e.invoke(it)...)
			for _, tg := range it.targets {
				if stubbed(tg.value) {
					own.invoked = append(own.invoked, tg.fn)
				}
			}
		default:
			o, behind := e.plain(it)
			opts, own.provided = append(opts, o), append(own.provided, behind...)
		}
		if t.module == nil && len(e.units) > 0 {
			opts = append(opts, bare(fx.Invoke(e.units...)))
			own.invoked = append(own.invoked, make([]any, len(e.units))...)
			e.units = nil
		}
	}
	// fx provides what is declared outside first, and invokes it last.
	e.stubs[t] = stubs{append(own.provided, inside.provided...), append(inside.invoked, own.invoked...)}
	return opts
}

// logs reports whether the module has a logger of fx's events of its own.
func (t *tree) logs() bool {
	return slices.ContainsFunc(t.items, func(it item) bool { return it.logger.fn != nil })
}

// last is the Invoke that ends the construction.
func (e *emitter) last() fx.Option { return bare(fx.Invoke(e.final)) }

// invoke takes note of each function that may fail before fx calls it: fx returns its error as it is.
func (e *emitter) invoke(it item) []fx.Option {
	var opts []fx.Option
	for _, tg := range it.targets {
		if tg.fn != nil && tg.fn.Err >= 0 {
			opts = append(opts, bare(fx.Invoke(func() { e.graph.invoked = tg.fn })))
		}
		opts = append(opts, withTargets(it.option, []any{tg.value}))
	}
	return opts
}

// plain rewrites the targets of a plain fx option where the plan asks for it. Behind are, of what it provides,
// the functions that fx does not see because stubs stand for them.
func (e *emitter) plain(it item) (o fx.Option, behind []any) {
	changed := false
	targets := make([]any, 0, len(it.targets))
	for _, tg := range it.targets {
		value, origin := tg.value, tg.origin
		if origin == nil {
			origin = value
		}
		if tg.node != nil {
			switch {
			case tg.node.Kind == plan.Provides && tg.node.Dead(), tg.node.Consumed():
				changed = true
				continue
			case e.wrappings[tg.node] != nil:
				changed = true
				value = e.wrapped(tg.fn, e.wrappings[tg.node], origin)
			}
		}
		targets = append(targets, value)
		if stubbed(value) {
			if stubbed(origin) {
				origin = tg.fn // of fx.Supply
			}
			behind = append(behind, origin)
		}
	}
	if o = it.option; changed {
		o = rebuilt(o, targets)
	}
	if reflect.TypeOf(o) != provideType {
		behind = nil
	}
	return o, behind
}

// rebuilt is a plain fx option with other targets. What has parallel lists beside the targets (Types) loses
// the same entries, so it is made anew as the plain form.
func rebuilt(o fx.Option, targets []any) fx.Option {
	switch reflect.TypeOf(o) {
	case supplyType:
		if v := reflect.ValueOf(o).FieldByName("Private"); v.IsValid() && v.Bool() {
			targets = append(targets, fx.Private)
		}
		return withTargets(provideLike(o), targets)
	case replaceType:
		return withTargets(decorateLike(o), targets)
	}
	return withTargets(o, targets)
}

// provideLike is an fx.Provide with the stack of another option.
func provideLike(o fx.Option) fx.Option  { return stackFrom(fx.Provide(), o) }
func decorateLike(o fx.Option) fx.Option { return stackFrom(fx.Decorate(), o) }

func stackFrom(to, from fx.Option) fx.Option {
	return withStack(to, func(stack reflect.Value) { stack.Set(reflect.ValueOf(from).FieldByName("Stack")) })
}

// bare is an option of our own making without the stack that leads to here, which fx would write out for each
// of the functions. It wants one frame.
func bare(o fx.Option) fx.Option {
	return withStack(o, func(stack reflect.Value) { stack.Set(reflect.MakeSlice(stack.Type(), 1, 1)) })
}

// withStack is a copy of an option with another stack.
func withStack(o fx.Option, set func(stack reflect.Value)) fx.Option {
	v := reflect.New(reflect.TypeOf(o)).Elem()
	v.Set(reflect.ValueOf(o))
	if stack := v.FieldByName("Stack"); stack.IsValid() && stack.Kind() == reflect.Slice {
		set(stack)
	}
	return v.Interface().(fx.Option)
}

var (
	errorType = reflect.TypeFor[error]()
	noError   = reflect.Zero(errorType)
	inField   = reflect.StructField{Name: "In", Type: reflect.TypeFor[fx.In](), Anonymous: true}
	outField  = reflect.StructField{Name: "Out", Type: reflect.TypeFor[fx.Out](), Anonymous: true}
)

// mostFlat is how many parameters are passed one by one; above, reflect.FuncOf comes near its limit
// of 128 words and they go into a struct.
const mostFlat = 40

// function makes what dig calls for an emission.
func (e *emitter) function(em plan.Emission) any {
	origin := originOf(em)
	in, unpack := parameters(em.Takes)
	out, pack := results(em.Gives)
	t := reflect.FuncOf(in, append(out, errorType), false)
	return once(t, func(args []reflect.Value) []reflect.Value {
		e.graph.called = origin
		values, err := em.Run(unpack(args))
		return pack(values, err)
	})
}

// once makes a function that is called with success at most once. dig calls a constructor again where a decorator
// of fx needs what it makes, and it needs what that decorates.
func once(t reflect.Type, call func(args []reflect.Value) []reflect.Value) any {
	var made []reflect.Value
	return reflect.MakeFunc(t, func(args []reflect.Value) []reflect.Value {
		if made != nil {
			return made
		}
		out := call(args)
		if out[len(out)-1].IsNil() {
			made = out
		}
		return out
	}).Interface()
}

// wrapped makes what dig calls for a constructor of plain fx that must be wrapped.
func (e *emitter) wrapped(fn *funcs.Func, w *plan.Wrapping, origin any) any {
	in, split := parameters(ownTakes(fn.Value.Type()))
	own := len(in)
	more, unpack := parameters(w.Takes)
	out, pack := results(w.Gives)
	t := reflect.FuncOf(append(in, more...), append(out, errorType), false)
	return once(t, func(args []reflect.Value) []reflect.Value {
		e.graph.called = origin
		made := fn.Value.Call(split(args[:own:own]))
		if fn.Err >= 0 && !made[fn.Err].IsNil() {
			err := made[fn.Err].Interface().(error)
			return pack(nil, &plan.ConstructError{Func: fn.Name, Place: fn.Place, Err: err})
		}
		values := make([]reflect.Value, len(w.Results))
		for i, r := range w.Results {
			v := made[r.Out]
			for _, f := range r.Path {
				v = v.Field(f)
			}
			values[i] = v
		}
		return pack(w.Run(values, unpack(args[own:])))
	})
}

// ownTakes are the parameters of a function of plain fx. A variadic one is left out, as fx does.
func ownTakes(t reflect.Type) []plan.Take {
	n := t.NumIn()
	if t.IsVariadic() {
		n--
	}
	takes := make([]plan.Take, n)
	for i := range takes {
		takes[i].Type = t.In(i)
	}
	return takes
}

// parameters are the types under which values are taken, and how to read them.
func parameters(takes []plan.Take) ([]reflect.Type, func([]reflect.Value) []reflect.Value) {
	flat := len(takes) <= mostFlat
	types := make([]reflect.Type, len(takes))
	for i, t := range takes {
		types[i] = t.Type
		flat = flat && t.Key.Name == "" && t.Key.Group == "" && !t.Optional
	}
	if flat {
		return types, func(args []reflect.Value) []reflect.Value { return args }
	}
	fields := make([]reflect.StructField, 0, len(takes)+1)
	fields = append(fields, inField)
	for i, t := range takes {
		group := t.Key.Group
		if t.Soft {
			group += ",soft"
		}
		fields = append(fields, reflect.StructField{Name: "F" + strconv.Itoa(i), Type: t.Type, Tag: tag(t.Key.Name, group)})
		if t.Optional && group == "" {
			fields[len(fields)-1].Tag += ` optional:"true"`
		}
	}
	return []reflect.Type{reflect.StructOf(fields)}, func(args []reflect.Value) []reflect.Value {
		values := make([]reflect.Value, len(takes))
		for i := range values {
			values[i] = args[0].Field(i + 1)
		}
		return values
	}
}

// results are the types under which values are given, and how to return them.
func results(gives []plan.Give) ([]reflect.Type, func([]reflect.Value, error) []reflect.Value) {
	fail := func(out []reflect.Value, err error) []reflect.Value {
		if err == nil {
			return append(out, noError)
		}
		v := reflect.New(errorType).Elem()
		v.Set(reflect.ValueOf(err))
		return append(out, v)
	}
	if len(gives) == 0 {
		return nil, func(_ []reflect.Value, err error) []reflect.Value { return fail(nil, err) }
	}
	if len(gives) == 1 && gives[0].Key.Name == "" && gives[0].Key.Group == "" {
		t, zero := gives[0].Key.Type, reflect.Zero(gives[0].Key.Type)
		return []reflect.Type{t}, func(values []reflect.Value, err error) []reflect.Value {
			if err != nil {
				return fail([]reflect.Value{zero}, err)
			}
			return fail([]reflect.Value{values[gives[0].From]}, nil)
		}
	}
	fields := make([]reflect.StructField, 0, len(gives)+1)
	fields = append(fields, outField)
	for i, g := range gives {
		t, group := g.Key.Type, g.Key.Group
		if g.Flat {
			t, group = reflect.SliceOf(t), group+",flatten"
		}
		fields = append(fields, reflect.StructField{Name: "F" + strconv.Itoa(i), Type: t, Tag: tag(g.Key.Name, group)})
	}
	st := reflect.StructOf(fields)
	return []reflect.Type{st}, func(values []reflect.Value, err error) []reflect.Value {
		s := reflect.New(st).Elem()
		if err != nil {
			return fail([]reflect.Value{s}, err)
		}
		for i, g := range gives {
			s.Field(i + 1).Set(values[g.From])
		}
		return fail([]reflect.Value{s}, nil)
	}
}

func tag(name, group string) reflect.StructTag {
	switch {
	case group != "":
		return reflect.StructTag(fmt.Sprintf("group:%q", group))
	case name != "":
		return reflect.StructTag(fmt.Sprintf("name:%q", name))
	}
	return ""
}
