package decl

import (
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

// Adapters change values for the consumer that takes them, by type.
type Adapters = map[reflect.Type]func(v reflect.Value, consumer string) reflect.Value

// Adapt makes the adapter of one type.
func Adapt[T any](adapt func(v T, consumer string) T) Adapters {
	return Adapters{reflect.TypeFor[T](): func(v reflect.Value, consumer string) reflect.Value {
		return ValueOf(adapt(v.Interface().(T), consumer))
	}}
}

// Returns reports whether fn is a function whose first result is a T.
func Returns[T any](fn any) bool {
	t := reflect.TypeOf(fn)
	return t != nil && t.Kind() == reflect.Func && t.NumOut() > 0 && t.Out(0) == reflect.TypeFor[T]()
}
