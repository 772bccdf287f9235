package di

import (
	"reflect"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
)

// Singleton declares a constructor whose results live as long as the application. It is called at most
// once, during start, from the goroutine that constructs, and only if something reaches it.
func Singleton(constructor any, opts ...Option) fx.Option {
	return provide(decl.Singleton, constructor, opts, place.Caller())
}

// Scoped declares a constructor whose results live as long as one scope: one request, tick, item or
// message. It is called at most once in a scope, in the goroutine of the unit that needs it.
func Scoped(constructor any, opts ...Option) fx.Option {
	return provide(decl.Scoped, constructor, opts, place.Caller())
}

// Transient declares a constructor that is called for each parameter that asks for its result. The
// instance belongs to that consumer and is released with it.
func Transient(constructor any, opts ...Option) fx.Option {
	return provide(decl.Transient, constructor, opts, place.Caller())
}

func provide(l decl.Lifetime, constructor any, opts []Option, here place.Here) fx.Option {
	p := &decl.Provider{Fn: constructor, Lifetime: l, Here: here}
	decl.Apply(p, opts)
	return decl.New(p, here)
}

// Decorate declares func(T, deps...) (T, [cleanup], [error]). It wraps the provider of T that its module sees,
// wherever that is declared, for all consumers and with the provider's lifetime. Several decorators wrap in the order
// of declaration, the last outermost. With [Name] it wraps the provider of that name, with [Group] every member
// of the group. A decorator of what nothing provides is a [ReplaceError], and any other option
// a [SignatureError].
func Decorate(decorator any, opts ...Option) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Decorator{Fn: decorator, Opts: decl.Collect(opts), Here: here}, here)
}

// Replace puts value in the place of the provider of T, whatever its lifetime and whichever module holds it, plain
// fx.Provide included. T is the type as provided: with [As], the interface. [Name] selects the provider of a
// name. The provider is not called, and what only it needed is not built. Decorators apply on top. Several
// replacements of one type: the last one wins. A replacement of nothing is a [ReplaceError], and any other option
// a [SignatureError]: members of a group are changed by [Decorate].
func Replace[T any](value T, opts ...Option) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Replacement{
		Type: reflect.TypeFor[T](), Value: decl.ValueOf(value), Opts: decl.Collect(opts), Here: here,
	}, here)
}

// ReplaceFunc is [Replace] with a constructor: it stands where the provider stood, sees what that saw, and
// has its lifetime. With [As] it replaces the provider of the interface.
func ReplaceFunc(constructor any, opts ...Option) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Replacement{Fn: constructor, Opts: decl.Collect(opts), Here: here}, here)
}
