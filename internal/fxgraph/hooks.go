package fxgraph

import (
	"reflect"
	"runtime"
	"strings"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
	"github.com/berth-go/berth/internal/supervise"
)

// hooks replaces fx.Lifecycle and fx.Shutdowner at the root, and so for every module, by ones that
// lead to the engine.
func (e *emitter) hooks(root *tree, cfg Config) []fx.Option {
	engine := cfg.Engine
	stop := &stopper{engine: engine}
	outer := func(own any) {
		if cfg.Outer == nil {
			return
		}
		if own, ok := own.(fx.Shutdowner); ok {
			stop.outer = own
		}
		cfg.Outer(own)
	}
	lifecycle := reflect.TypeFor[fx.Lifecycle]()
	shutdowner := reflect.TypeFor[fx.Shutdowner]()
	ours := map[reflect.Type]reflect.Value{
		lifecycle:  decl.ValueOf[fx.Lifecycle](e.lifecycle(root, engine)),
		shutdowner: decl.ValueOf[fx.Shutdowner](stop),
	}
	// dig takes one decorator of a type in a scope. Where the program has one of its own at the root, that one
	// is given ours to decorate.
	for i, it := range root.items {
		for j, tg := range it.targets {
			if tg.node == nil || tg.node.Kind != plan.Decorates {
				continue
			}
			for _, res := range tg.fn.Results {
				if inner, ok := ours[res.Type]; ok && res.Name == "" && res.Group == "" {
					delete(ours, res.Type)
					tg.value = given(tg.fn, res.Type, inner, outer)
					targets := make([]any, len(it.targets))
					root.items[i].targets[j] = tg
					for k, other := range root.items[i].targets {
						targets[k] = other.value
					}
					root.items[i].option = rebuilt(it.option, targets)
				}
			}
		}
	}
	var opts []fx.Option
	if v, ok := ours[lifecycle]; ok {
		l := v.Interface().(fx.Lifecycle)
		opts = append(opts, fx.Decorate(func(own fx.Lifecycle) fx.Lifecycle {
			outer(own)
			return l
		}))
	}
	if v, ok := ours[shutdowner]; ok {
		s := v.Interface().(fx.Shutdowner)
		opts = append(opts, fx.Decorate(func(own fx.Shutdowner) fx.Shutdowner {
			outer(own)
			return s
		}))
	}
	return opts
}

// given is a decorator of the program's that is handed inner where it asks for type t.
func given(fn *funcs.Func, t reflect.Type, inner reflect.Value, outer func(any)) any {
	own := fn.Value
	return reflect.MakeFunc(own.Type(), func(args []reflect.Value) []reflect.Value {
		for i := range args {
			if args[i].Type() == t {
				outer(args[i].Interface())
				args[i] = inner
			}
		}
		return call(own, args)
	}).Interface()
}

// hooks is the fx.Lifecycle of every module.
type hooks struct {
	graph  *Graph
	engine *supervise.Engine
	// annotated is the constructor with fx.OnStart or fx.OnStop that is running. The goroutine that constructs
	// writes and reads it.
	annotated *funcs.Func
}

func (h *hooks) Append(hook fx.Hook) {
	name := nameOf(hook)
	at := place.Foreign()
	if strings.HasPrefix(name, annotation) && h.annotated != nil {
		name, at = h.annotated.Name, h.annotated.Place
	}
	hook = h.graph.told(hook, caller())
	h.engine.Append(supervise.Hook{Name: name, Place: at, Start: hook.OnStart, Stop: hook.OnStop})
}

// caller is the function that calls Append.
func caller() string {
	var pcs [1]uintptr
	runtime.Callers(3, pcs[:])
	frame, _ := runtime.CallersFrames(pcs[:]).Next()
	return frame.Function
}

// annotation begins the name of the function that fx makes of an fx.OnStart or fx.OnStop.
const annotation = "fx.(*lifecycleHookAnnotation)"

// nameOf is the name of a hook's function.
func nameOf(hook fx.Hook) string {
	switch {
	case hook.OnStart != nil:
		return funcs.Short(strings.TrimSuffix(rawName(hook, "onStartName", hook.OnStart), "()"))
	case hook.OnStop != nil:
		return funcs.Short(strings.TrimSuffix(rawName(hook, "onStopName", hook.OnStop), "()"))
	}
	return ""
}

// lifecycle makes the fx.Lifecycle, and has it know which annotated constructor appends hooks.
func (e *emitter) lifecycle(root *tree, engine *supervise.Engine) fx.Lifecycle {
	h := &hooks{graph: e.graph, engine: engine}
	h.attribute(root)
	return h
}

// attribute rewrites the constructors with fx.OnStart or fx.OnStop of a tree.
func (h *hooks) attribute(t *tree) {
	for i := range t.items {
		it := &t.items[i]
		if it.sub != nil {
			h.attribute(it.sub)
		}
		changed := false
		values := make([]any, len(it.targets))
		for j := range it.targets {
			tg := &it.targets[j]
			if tg.fn != nil && hasHooks(tg.value) {
				h.watch(tg)
				changed = true
			}
			values[j] = tg.value
		}
		if changed {
			it.option = rebuilt(it.option, values)
		}
	}
}

func hasHooks(value any) bool {
	if reflect.TypeOf(value) != annotatedType {
		return false
	}
	v := reflect.ValueOf(value)
	hooks := v.FieldByName("Hooks")
	return hooks.IsValid() && hooks.Kind() == reflect.Slice && hooks.Len() > 0 &&
		v.FieldByName("Target").IsValid() && v.FieldByName("FuncPtr").IsValid()
}

// watch makes an annotated constructor, of which fx has made a function already, say that it is running. What
// fx is given is annotated with nothing but where the constructor stands.
func (h *hooks) watch(tg *target) {
	fn := *tg.fn
	own := fn.Value
	fn.Value = reflect.MakeFunc(own.Type(), func(args []reflect.Value) []reflect.Value {
		h.annotated, h.graph.called = &fn, tg.origin
		defer func() { h.annotated = nil }()
		return own.Call(args)
	})
	bare := reflect.New(annotatedType).Elem()
	bare.FieldByName("Target").Set(fn.Value)
	bare.FieldByName("FuncPtr").Set(reflect.ValueOf(tg.value).FieldByName("FuncPtr"))
	tg.fn, tg.value, tg.origin = &fn, bare.Interface(), tg.value
}

// stopper is the fx.Shutdowner of every module.
type stopper struct {
	engine *supervise.Engine
	outer  fx.Shutdowner // fx's own, where fx starts and stops the application
}

func (s *stopper) Shutdown(opts ...fx.ShutdownOption) error {
	if s.outer != nil && s.engine.Phase() == supervise.PhaseStopped {
		return s.outer.Shutdown(opts...) // somebody may still wait for fx
	}
	code := 0
	for _, o := range opts {
		// fx.ExitCode is an int of a private type; fx.ShutdownTimeout, which fx ignores too, an int64.
		if v := reflect.ValueOf(o); v.IsValid() && v.Kind() == reflect.Int {
			code = int(v.Int())
		}
	}
	s.engine.Exit(code)
	return nil
}
