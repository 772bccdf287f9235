package fxgraph

import (
	"context"
	"reflect"

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
	engine, outer := cfg.Engine, cfg.Outer
	if outer == nil {
		outer = func(any) {}
	}
	lifecycle := reflect.TypeFor[fx.Lifecycle]()
	shutdowner := reflect.TypeFor[fx.Shutdowner]()
	ours := map[reflect.Type]reflect.Value{
		lifecycle:  decl.ValueOf[fx.Lifecycle](&hooks{engine}),
		shutdowner: decl.ValueOf[fx.Shutdowner](&stopper{engine}),
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
		if own.Type().IsVariadic() {
			return own.CallSlice(args)
		}
		return own.Call(args)
	}).Interface()
}

// hooks is the fx.Lifecycle of every module.
type hooks struct{ engine *supervise.Engine }

func (h *hooks) Append(hook fx.Hook) {
	at := place.Foreign()
	name := ""
	for _, fn := range []func(context.Context) error{hook.OnStart, hook.OnStop} {
		if fn != nil && name == "" {
			name = funcs.NameOf(reflect.ValueOf(fn).Pointer())
		}
	}
	h.engine.Append(supervise.Hook{Name: name, Place: at, Start: hook.OnStart, Stop: hook.OnStop})
}

// stopper is the fx.Shutdowner of every module.
type stopper struct{ engine *supervise.Engine }

func (s *stopper) Shutdown(opts ...fx.ShutdownOption) error {
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
