package decl

import (
	"context"
	"reflect"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/place"
)

// Builtin provides a T that every application has, unless somebody else provides one. make is given the
// application's engine (a *supervise.Engine) and the name of the consumer that asks.
func Builtin[T any](make func(engine any, consumer string) T) fx.Option {
	here := place.Caller()
	return New(&Provider{
		Type:    reflect.TypeFor[T](),
		Builtin: func(engine any, consumer string) reflect.Value { return ValueOf(make(engine, consumer)) },
		Default: true,
		Here:    here,
	}, here)
}

// An Adapter changes values of one type for those who take them.
type Adapter struct {
	// Name makes of a value that of a consumer, once.
	Name func(v reflect.Value, consumer string) reflect.Value
	// Scope makes of the value of a consumer that of a scope with the context ctx. It is called at the beginning of
	// each call of a unit, so it must be quick.
	Scope func(v reflect.Value, ctx context.Context) reflect.Value
}

// Adapters are the adapters of an application, by type.
type Adapters = map[reflect.Type]Adapter

// Adapt adds the adapter of a pointer type.
func Adapt[T any](to Adapters, name func(v *T, consumer string) *T, scope func(ctx context.Context, v *T) *T) {
	to[reflect.TypeFor[*T]()] = Adapter{
		Name: func(v reflect.Value, consumer string) reflect.Value {
			return reflect.ValueOf(name(v.Interface().(*T), consumer))
		},
		Scope: func(v reflect.Value, ctx context.Context) reflect.Value {
			return reflect.ValueOf(scope(ctx, v.Interface().(*T)))
		},
	}
}

// Returns reports whether fn is a function whose first result is a T.
func Returns[T any](fn any) bool {
	t := reflect.TypeOf(fn)
	return t != nil && t.Kind() == reflect.Func && t.NumOut() > 0 && t.Out(0) == reflect.TypeFor[T]()
}

// Makes reports whether fn is a function whose first result is of type I, or implements it.
func Makes[I any](fn any) bool {
	t := reflect.TypeOf(fn)
	return t != nil && t.Kind() == reflect.Func && t.NumOut() > 0 && t.Out(0).AssignableTo(reflect.TypeFor[I]())
}
