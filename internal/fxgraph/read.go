package fxgraph

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
)

// The option types of fx, known by example.
var (
	groupType     = reflect.TypeOf(fx.Options())
	provideType   = reflect.TypeOf(fx.Provide())
	supplyType    = reflect.TypeOf(fx.Supply())
	decorateType  = reflect.TypeOf(fx.Decorate())
	replaceType   = reflect.TypeOf(fx.Replace())
	invokeType    = reflect.TypeOf(fx.Invoke())
	loggerType    = reflect.TypeOf(fx.WithLogger(nil))
	startType     = reflect.TypeOf(fx.StartTimeout(0))
	stopType      = reflect.TypeOf(fx.StopTimeout(0))
	privateType   = reflect.TypeOf(fx.Private)
	annotatedType = reflect.TypeOf(fx.Annotate(func() {}))
	oldAnnotated  = reflect.TypeFor[fx.Annotated]()
	optionType    = reflect.TypeFor[fx.Option]()

	// Those that provide nothing and ask for nothing.
	otherTypes = []reflect.Type{
		reflect.TypeOf(fx.ErrorHook()), reflect.TypeOf(fx.Error()), reflect.TypeOf(fx.RecoverFromPanics()), reflect.TypeOf(fx.Logger(nil)),
	}

	// The address that all functions made by reflection have: fx.Supply and fx.Populate use such.
	stub = reflect.MakeFunc(reflect.TypeFor[func()](), func([]reflect.Value) []reflect.Value { return nil }).Pointer()
)

// A tree is a module as it was read: what goes to fx in its place is made of its items.
type tree struct {
	mod    *plan.Module
	module fx.Option // the fx.Module, nil for the root
	items  []item
}

// An item is an option of a module in order of declaration.
type item struct {
	option  fx.Option  // handed on as it stands, with its targets rewritten if it has any
	targets []target   // of a plain fx option
	sub     *tree      // a module
	logger  target     // of an fx.WithLogger
	unit    *plan.Node // the place of a unit's Invoke
}

// A target is one function of a plain fx option.
type target struct {
	value  any
	fn     *funcs.Func
	node   *plan.Node
	origin any // where value stands for something else: what it was
}

type reader struct {
	g        *plan.Graph
	modules  layout
	readable bool
	// targetsField is where plain options of fx hold their functions.
	targetsField string
	startTime    time.Duration
	stopTime     time.Duration
}

func (r *reader) options(t *tree, opts []fx.Option) {
	for _, o := range opts {
		r.option(t, o)
	}
}

func (r *reader) option(t *tree, o fx.Option) {
	if o == nil {
		return // fx would panic; a nil option has nothing to say
	}
	switch o := o.(type) {
	case decl.Option:
		r.ours(t, o)
		return
	case decl.Compiled:
		r.g.Problem(fmt.Errorf("app.Module at %v stands inside another application, which takes its options as they are: "+
			"pass them without app.Module", o.Here.Place()))
		return
	}
	v := reflect.ValueOf(o)
	switch v.Type() {
	case groupType:
		for i := range v.Len() {
			if sub, ok := v.Index(i).Interface().(fx.Option); ok {
				r.option(t, sub)
			}
		}
		return
	case provideType, supplyType, decorateType, replaceType, invokeType:
		if targets, ok := r.targets(v); ok {
			r.plain(t, o, v, targets)
			return
		}
		r.g.Opaque = true
	case startType:
		r.startTime = time.Duration(v.Int())
	case stopType:
		r.stopTime = time.Duration(v.Int())
	case loggerType:
		t.items = append(t.items, item{option: o, logger: r.eventLogger(t, o, v)})
		return
	case r.modules.module:
		if r.readable {
			name, opts := r.modules.read(o)
			sub := &tree{mod: r.g.Module(t.mod, name), module: o}
			r.options(sub, opts)
			t.items = append(t.items, item{sub: sub})
			return
		}
		r.g.Opaque = true
	default:
		if inner, ok := embedded(v); ok {
			if inner == nil { // fx would panic
				r.g.Problem(fmt.Errorf("option of type %v embeds a nil fx.Option", v.Type()))
			}
			r.option(t, inner)
			return
		}
		r.g.Opaque = r.g.Opaque || !slices.Contains(otherTypes, v.Type())
	}
	t.items = append(t.items, item{option: o})
}

// embedded finds the fx.Option, perhaps nil, inside a third party's type that embeds one, itself or by what it embeds.
func embedded(v reflect.Value) (inner fx.Option, ok bool) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, true
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return nil, false
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.Anonymous || !f.Type.Implements(optionType) {
			continue
		}
		if f.Type != optionType {
			return embedded(v.Field(i))
		}
		inner, _ = v.Field(i).Interface().(fx.Option)
		return inner, true
	}
	return nil, false
}

func (r *reader) ours(t *tree, o decl.Option) {
	switch d := o.Decl.(type) {
	case *decl.Provider:
		r.g.Provide(t.mod, d)
	case *decl.Decorator:
		r.g.Decorate(t.mod, d)
	case *decl.Replacement:
		r.g.Replace(t.mod, d)
	case *decl.Setting:
		r.g.Setting(*d)
	case *decl.Unit:
		if u := r.g.AddUnit(t.mod, d); u != nil {
			t.items = append(t.items, item{unit: u})
		}
	}
}

// plain reads an option of fx that holds functions.
func (r *reader) plain(t *tree, o fx.Option, v reflect.Value, targets []any) {
	switch v.Type() {
	case provideType, supplyType:
		r.provide(t, o, v, targets)
	case decorateType, replaceType:
		r.decorate(t, o, v, targets)
	default:
		r.invoke(t, o, v, targets)
	}
}

func (r *reader) provide(t *tree, o fx.Option, v reflect.Value, targets []any) {
	at := stackOf(v)
	private := false
	if f := v.FieldByName("Private"); f.IsValid() {
		private = f.Bool()
	}
	for _, value := range targets {
		private = private || reflect.TypeOf(value) == privateType
	}
	it := item{option: o}
	for _, value := range targets {
		if v.Type() == provideType && reflect.TypeOf(value) != privateType && r.g.Uncallable("fx.Provide", value, at) {
			continue
		}
		tg := target{value: value}
		if fn := signature(value, "fx.Supply", at); fn != nil {
			tg.fn = fn
			tg.node = r.g.ProvideForeign(t.mod, fn, at, private)
		} else if value != nil && reflect.TypeOf(value) != privateType {
			r.g.Opaque = r.g.Opaque || reflect.TypeOf(value).Kind() == reflect.Func
		}
		it.targets = append(it.targets, tg)
	}
	t.items = append(t.items, it)
}

func (r *reader) decorate(t *tree, o fx.Option, v reflect.Value, targets []any) {
	at := stackOf(v)
	it := item{option: o}
	for _, value := range targets {
		name := "fx.Decorate"
		if v.Type() == replaceType {
			name = "fx.Replace"
		}
		if r.g.Uncallable(name, value, at) {
			continue
		}
		tg := target{value: value}
		if fn := signature(value, name, at); fn != nil {
			tg.fn = fn
			if v.Type() == replaceType {
				tg.node = r.g.ReplaceForeign(t.mod, fn, at)
			} else {
				tg.node = r.g.DecorateForeign(t.mod, fn, at)
			}
		}
		it.targets = append(it.targets, tg)
	}
	t.items = append(t.items, it)
}

func (r *reader) invoke(t *tree, o fx.Option, v reflect.Value, targets []any) {
	at := stackOf(v)
	it := item{option: o}
	for _, value := range targets {
		if r.g.Uncallable("fx.Invoke", value, at) {
			continue
		}
		tg := target{value: value}
		if fn := signature(value, "fx.Populate", at); fn != nil {
			tg.fn = fn
			tg.node = r.g.Invoke(t.mod, fn, at)
		}
		it.targets = append(it.targets, tg)
	}
	t.items = append(t.items, it)
}

func (r *reader) eventLogger(t *tree, o fx.Option, v reflect.Value) target {
	constructor := loggerConstructor(o)
	if reflect.TypeOf(constructor) == nil || reflect.TypeOf(constructor).Kind() != reflect.Func {
		return target{}
	}
	fn, err := funcs.OfForeign(reflect.ValueOf(constructor), reflect.ValueOf(constructor).Pointer())
	if err != nil {
		return target{}
	}
	return target{value: constructor, fn: fn, node: r.g.Invoke(t.mod, fn, stackOf(v))}
}

// targets reads the functions of a plain fx option, and says whether they are where they were looked for.
func (r *reader) targets(v reflect.Value) (targets []any, ok bool) {
	if f := v.FieldByName(r.targetsField); f.IsValid() {
		targets, ok = f.Interface().([]any)
	}
	return targets, ok
}

// withTargets is a copy of a plain fx option with other functions.
func withTargets(o fx.Option, targets []any) fx.Option {
	v := reflect.New(reflect.TypeOf(o)).Elem()
	v.Set(reflect.ValueOf(o))
	v.FieldByName(targetsField).Set(reflect.ValueOf(targets))
	return v.Interface().(fx.Option)
}

// stackOf is where a plain fx option was made: the first frame that is not fx's own, which fx.Populate leaves in.
func stackOf(v reflect.Value) place.Place {
	stack := v.FieldByName("Stack")
	if !stack.IsValid() || stack.Kind() != reflect.Slice {
		return place.Place{}
	}
	for i := range stack.Len() {
		frame := stack.Index(i)
		function, file, line := frame.FieldByName("Function"), frame.FieldByName("File"), frame.FieldByName("Line")
		if !function.IsValid() || !file.IsValid() || !line.IsValid() {
			return place.Place{}
		}
		if !strings.HasPrefix(function.String(), "go.uber.org/fx.") {
			return place.Of(file.String(), int(line.Int()))
		}
	}
	return place.Place{}
}

// signature describes a target of plain fx, or returns nil where fx will say what is wrong with it.
func signature(value any, made string, at place.Place) *funcs.Func {
	v := reflect.ValueOf(value)
	if !v.IsValid() {
		return nil
	}
	pc := uintptr(0)
	name, group := "", ""
	switch v.Type() {
	case annotatedType:
		if t := v.FieldByName("Target"); t.IsValid() && t.Elem().Kind() == reflect.Func {
			pc = t.Elem().Pointer()
		}
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		build := p.MethodByName("Build")
		if !build.IsValid() || build.Type().NumOut() != 2 {
			return nil
		}
		out := build.Call(nil)
		if !out[1].IsNil() || out[0].IsNil() {
			return nil
		}
		v = out[0].Elem()
	case oldAnnotated:
		a := value.(fx.Annotated)
		name, group = a.Name, a.Group
		v = reflect.ValueOf(a.Target)
	}
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil
	}
	if pc == 0 {
		pc = v.Pointer()
	}
	fn, err := funcs.OfForeign(v, pc)
	if err != nil {
		return nil
	}
	if pc == stub {
		fn.Name, fn.Place = made, at
	}
	for i := range fn.Results {
		res := &fn.Results[i]
		if name != "" {
			res.Name = name
		}
		if g, option, _ := strings.Cut(group, ","); g != "" {
			res.Group = g
			if strings.Contains(option, "flatten") && res.Type.Kind() == reflect.Slice {
				res.Flatten, res.Type = true, res.Type.Elem()
			}
		}
	}
	return fn
}
