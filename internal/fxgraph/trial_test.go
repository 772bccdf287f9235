package fxgraph_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// options makes the options of a module, with the modules inside it where they stand.
func (t *trial) options(mod int) (opts []fx.Option) {
	done := map[int]bool{}
	for _, o := range t.o.options {
		around := t.o.around(o.mod)
		i := slices.Index(around, mod)
		switch {
		case i == 0:
			opts = append(opts, t.option(o))
		case i > 0 && !done[around[i-1]]:
			inner := around[i-1]
			done[inner] = true
			opts = append(opts, fx.Module(fmt.Sprint("m", inner), t.options(inner)...))
		}
	}
	return opts
}

func (t *trial) option(o *option) fx.Option {
	switch o.verb {
	case binds:
		if o.cut > 0 {
			return kinds[o.gives[0].typ].bind(scopes.Around(t.function(o, false), t.wrapper(o)), t.extras(o)...)
		}
		return kinds[o.gives[0].typ].bind(t.function(o, false), t.extras(o)...)
	case starts:
		begin := func(ctx context.Context, next scopes.Next) error {
			t.begin(t.nodes(o)[0])
			return next(ctx)
		}
		return lifecycle.OnStart(scopes.Around(t.function(o, false), begin, t.wrapper(o)))
	case invokes:
		return fx.Invoke(t.function(o, false))
	case decorates:
		if o.plain {
			return fx.Decorate(t.function(o, true))
		}
		return di.Decorate(t.function(o, false), t.extras(o)...)
	case replaces:
		return t.replacement(o)
	}
	switch {
	case o.plain && o.private:
		return fx.Provide(t.plain(o), fx.Private)
	case o.plain:
		return fx.Provide(t.plain(o))
	}
	provide := []func(any, ...di.Option) fx.Option{di.Singleton, di.Scoped, di.Transient}[o.life]
	return provide(t.function(o, len(o.outs) > 1), t.extras(o)...)
}

// plain makes a constructor for plain fx: it says name and group in one of three ways.
func (t *trial) plain(o *option) any {
	k := o.gives[0]
	tag := map[key]string{{name: "a"}: `name:"a"`, {group: "g"}: `group:"g"`}[key{name: k.name, group: k.group}]
	switch {
	case tag == "" || len(o.outs) > 1 || o.id%3 == 0:
		return t.function(o, true)
	case o.id%3 == 1:
		return fx.Annotated{Name: k.name, Group: k.group, Target: t.function(o, false)}
	}
	return fx.Annotate(t.function(o, false), fx.ResultTags(tag))
}

// extras are the options of an option of ours. Several results have their names in a struct.
func (t *trial) extras(o *option) (opts []di.Option) {
	if name := o.gives[0].name; name != "" && len(o.outs) < 2 {
		opts = append(opts, di.Name(name))
	}
	if group := o.gives[0].group; group != "" && len(o.outs) < 2 {
		opts = append(opts, di.Group(group))
	}
	if o.private {
		opts = append(opts, di.Private())
	}
	if o.fallback {
		opts = append(opts, di.Default())
	}
	if o.tidy.shape == closes {
		opts = append(opts, di.Close())
	}
	if o.verb == provides && (len(o.gives) > len(o.outs) || o.gives[0].typ != o.outs[0]) {
		for _, k := range o.gives {
			opts = append(opts, kinds[k.typ].as)
		}
	}
	return opts
}

func (t *trial) replacement(o *option) fx.Option {
	k := kinds[o.gives[0].typ]
	v := reflect.Value{}
	switch {
	case !o.value:
		return di.ReplaceFunc(t.function(o, false), t.extras(o)...)
	case o.gives[0].typ >= firstFunc:
		v = reflect.MakeFunc(k.typ, func([]reflect.Value) []reflect.Value { return []reflect.Value{noError} })
	default:
		v = (&call{by: o}).result(0)
	}
	if !o.plain {
		return k.replace(v, t.extras(o)...)
	}
	var how []fx.Annotation
	if !k.made {
		how = append(how, fx.As(k.pointer))
	}
	if o.gives[0].name != "" {
		how = append(how, fx.ResultTags(`name:"a"`))
	}
	if len(how) == 0 {
		return fx.Replace(v.Interface())
	}
	return fx.Replace(fx.Annotate(v.Interface(), how...))
}

var (
	errorType = reflect.TypeFor[error]()
	noError   = reflect.Zero(errorType)
	cleanups  = []reflect.Type{nil, reflect.TypeFor[func()](), reflect.TypeFor[func() error](), reflect.TypeFor[func(context.Context) error]()}
)

// wrapper makes the wrapper of a unit, which takes the first of its needs.
func (t *trial) wrapper(o *option) any {
	in := []reflect.Type{reflect.TypeFor[context.Context](), reflect.TypeFor[scopes.Next]()}
	for _, d := range o.needs[:o.cut] {
		in = append(in, d.param())
	}
	return reflect.MakeFunc(reflect.FuncOf(in, []reflect.Type{errorType}, false), func(args []reflect.Value) []reflect.Value {
		t.called(o, o.needs[:o.cut], args[2:])
		t.built(t.o.scope(t.unit, o.cut, false), scoped)
		return args[1].Call(args[:1])
	}).Interface()
}

// called notes what a function gets.
func (t *trial) called(o *option, needs []need, args []reflect.Value) *call {
	c := &call{t: t, by: o, phase: t.phase, unit: t.unit}
	for i, d := range needs {
		c.args = append(c.args, arg{need: d, by: c, at: field(args[i])})
	}
	t.made = append(t.made, c)
	t.keep(c)
	return c
}

// function makes the function of an option. With structs set names and groups are in the signature.
func (t *trial) function(o *option, structs bool) any {
	var in, out []reflect.Type
	wraps := o.verb == decorates && !o.blind
	switch {
	case wraps && structs:
		in = append(in, need{key: o.gives[0]}.param())
	case wraps:
		in = append(in, kinds[o.gives[0].typ].typ)
	}
	for _, d := range o.needs[o.cut:] {
		in = append(in, d.param())
	}
	if o.opens {
		in = append(in, reflect.TypeFor[*scopes.Factory]())
	}
	for i, typ := range o.outs {
		switch {
		case structs && o.verb == decorates && o.gives[i].group != "":
			out = append(out, kinds[typ].wholeResult)
		case structs:
			out = append(out, o.gives[i].result())
		default:
			out = append(out, kinds[typ].typ)
		}
	}
	results := len(out)
	if s := o.tidy.shape; s > 0 && s != closes {
		out = append(out, cleanups[s])
	}
	fallible := o.fault == fails || o.verb == binds || o.verb == invokes || o.verb == starts
	if fallible {
		out = append(out, errorType)
	}
	return reflect.MakeFunc(reflect.FuncOf(in, out, false), func(args []reflect.Value) []reflect.Value {
		inner := reflect.Value{}
		if wraps {
			inner, args = field(args[0]), args[1:]
		}
		c := t.called(o, o.needs[o.cut:], args)
		c.inner = inner
		if o.opens {
			t.factories = append(t.factories, factory{args[len(args)-1].Interface().(*scopes.Factory), c})
		}
		err := c.run()
		all := make([]reflect.Value, 0, len(out))
		for i, typ := range out[:results] {
			switch {
			case err != nil || o.fault == returnsNil:
				all = append(all, reflect.Zero(typ))
			case o.outs[i] >= firstFunc:
				all = append(all, within(typ, inner))
			case structs && typ == kinds[o.outs[i]].wholeResult:
				group := reflect.Zero(reflect.SliceOf(kinds[o.outs[i]].typ))
				if wraps {
					group = reflect.AppendSlice(group, inner)
				}
				all = append(all, within(typ, reflect.Append(group, c.result(i))))
			default:
				all = append(all, within(typ, c.result(i)))
			}
		}
		switch o.tidy.shape {
		case 1:
			all = append(all, reflect.ValueOf(func() { _ = c.end() }))
		case 2:
			all = append(all, reflect.ValueOf(c.end))
		case 3:
			all = append(all, reflect.ValueOf(func(context.Context) error { return c.end() }))
		}
		if fallible {
			all = append(all, reflect.ValueOf(&err).Elem())
		}
		return all
	}).Interface()
}

// result is the value that a call makes for a result of the function.
func (c *call) result(i int) reflect.Value {
	typ := kinds[c.by.outs[i]].typ
	made := typ
	if !kinds[c.by.outs[i]].made {
		made = kinds[0].typ
	}
	v := reflect.New(made.Elem())
	v.Interface().(interface{ set(value) }).set(value{from: c, out: i})
	return within(typ, v)
}
