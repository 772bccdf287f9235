package decl

import (
	"context"
	"reflect"

	"github.com/berth-go/berth/internal/place"
)

// A Value is a given value together with the type it is given as.
type Value = reflect.Value

// ValueOf keeps the static type of v, so that an interface stays that interface.
func ValueOf[T any](v T) Value {
	if reflect.TypeFor[T]().Kind() == reflect.Pointer { // which a Value holds by itself
		return reflect.ValueOf(v)
	}
	boxed := v
	return reflect.ValueOf(&boxed).Elem()
}

// ValueAt is what p points to. It must not change as long as the value is in use.
func ValueAt[T any](p *T) Value { return reflect.ValueOf(p).Elem() }

// NilTest is a function that reports whether a T is nil, or nil where none can be.
func NilTest[T any]() func(T) bool {
	switch reflect.TypeFor[T]().Kind() {
	case reflect.Interface:
		return func(v T) bool { return any(v) == nil }
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan, reflect.Slice, reflect.UnsafePointer:
		return func(v T) bool { return reflect.ValueOf(&v).Elem().IsNil() }
	}
	return nil
}

// Bound is what a trigger gets of its unit when the application has been constructed.
type Bound struct {
	// Func names the function: "orders.(*Carts).Expire"; of a service its type.
	Func string
	// Package and Type or function without the module path: the default name of the trigger.
	Name string
	// Defined is where the function stands, Place where the trigger was declared.
	Defined, Place place.Place

	// Call opens a scope, builds what the unit needs, calls it and runs the
	// cleanups. It returns the unit's results without its error. Given are in the
	// order of Unit.Given; the slice is not kept. A panic comes back as a *scopes.PanicError, a failed
	// cleanup after success as an event only.
	Call func(ctx context.Context, given ...Value) ([]Value, error)

	// Value is what was constructed or is hosted, for such units.
	Value any
	// With are the results of Unit.With.
	With []any
}
