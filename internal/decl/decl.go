// Package decl holds what Berth's options describe: data without behaviour.
//
// An option of ours is an [Option]. It satisfies fx.Option so that it may stand
// anywhere fx's own options stand, and it is read by internal/fxgraph, which hands
// fx a rewritten copy of the tree. Nothing here is written to after it was made:
// one option may be part of many applications at once.
package decl

import (
	"fmt"
	"reflect"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/place"
)

// An Option is one declaration of ours inside a tree of fx options.
type Option struct {
	// The embedded fx.Option is an error that names the place: what fx sees of
	// an option that reached it without being compiled.
	fx.Option

	// Decl is a *Provider, *Decorator, *Replacement, *Unit or *Setting.
	Decl any
}

// New makes an option of a declaration.
func New(decl any, here place.Here) fx.Option {
	return Option{Option: fx.Error(&StrayError{Here: here}), Decl: decl}
}

// Compiled is an application as one option, which app.Module makes for fx.New.
type Compiled struct {
	fx.Option

	Here place.Here
}

// IsOption reports whether v is an option, of ours or of fx.
func IsOption(v any) bool {
	_, ok := v.(fx.Option)
	return ok
}

// IsAnnotated reports whether v is a function with annotations of fx.
func IsAnnotated(v any) bool {
	_, ok := v.(fx.Annotated)
	return ok || reflect.TypeOf(v) == annotatedType
}

var annotatedType = reflect.TypeOf(fx.Annotate(func() {}))

// A StrayError is found by fx in an option of ours that was not compiled.
type StrayError struct {
	Here place.Here
	// Unread: it stands in an fx.Module that could not be read.
	Unread bool
}

func (e *StrayError) Error() string {
	if e.Unread {
		return fmt.Sprintf("berth option at %v stands inside an fx.Module, and this version of fx builds those in an unknown way: "+
			"move the option out of the module, or use a version of fx that Berth was tested with", e.Here.Place())
	}
	return fmt.Sprintf("berth option at %v reached fx directly: "+
		"pass it to app.Main, app.Run or app.New, or wrap all options of fx.New in app.Module", e.Here.Place())
}

// A Lifetime says how long an instance lives and who shares it.
type Lifetime uint8

// The lifetimes of providers.
const (
	Singleton Lifetime = iota // one per application
	Scoped                    // one per scope
	Transient                 // one per parameter
)

func (l Lifetime) String() string {
	switch l {
	case Scoped:
		return "scoped"
	case Transient:
		return "transient"
	}
	return "singleton"
}

// A Provider is a constructor and what is to be known of its results.
type Provider struct {
	Fn       any // func(deps...) (results..., [cleanup], [error])
	Lifetime Lifetime
	As       []reflect.Type // interfaces to provide the result as; none: its own type
	Name     string
	Group    string
	Grouped  bool // Group was given, perhaps empty
	Close    bool // release by the value's Close or Shutdown method
	Default  bool // gives way to another provider of the type
	Private  bool // visible in its module only
	Here     place.Here

	// Prepare, where set, stands instead of Fn: the value is computed when the
	// graph has been checked and before anything is constructed, so that all bad
	// settings are reported together. It is given the application's engine (a
	// *supervise.Engine) and its settings.
	Prepare func(engine any, settings []Setting) (reflect.Value, error)
	Type    reflect.Type // of what Prepare returns

	// Renewed, where set beside Prepare, is asked once all options have been read. Where the value changes while the
	// application runs, it returns what is scoped instead, else nil. Prepare is called all the same.
	Renewed func(settings []Setting) *Renewed

	// Builtin marks what an application provides itself, made by New from its
	// engine (a *supervise.Engine) and the name of the consumer that asks.
	Builtin func(engine any, consumer string) reflect.Value
}

// A Renewed value is taken anew for each scope.
type Renewed struct {
	Fn   any                                             // func(From) T
	Take func(args, out []reflect.Value) []reflect.Value // does what Fn does, without reflection, and appends the result to out
	// Held names what a singleton takes instead: "*config.Live[orders.Settings]".
	Held string
}

// A Decorator wraps what a provider provides.
type Decorator struct {
	Fn   any       // func(T, deps...) (T, [cleanup], [error])
	Opts *Provider // as its options made it: Name and Group apply
	Here place.Here
}

// A Replacement stands in for a provider, with its lifetime.
type Replacement struct {
	Type  reflect.Type
	Value reflect.Value // what stands in, or the zero Value where Fn makes it
	Fn    any
	Opts  *Provider // as its options made it: Name applies, and As where Fn makes the value
	Here  place.Here
}

// A Setting is a value that configures the application as a whole. Who reads it knows its type.
type Setting struct {
	Value any
	Here  place.Here

	// Prepare, where set, is called when the graph has been checked and before anything is
	// constructed, as that of a Provider is, and before those.
	Prepare func(engine any, settings []Setting) error
}

// A Unit is a function that is called again and again, or a service, together with
// the trigger that calls it.
type Unit struct {
	// Label says what triggers it, as errors show it: "Every 1m0s", "GET /orders/{id}".
	Label string
	// Fn is the function, or what scopes.Around made of it.
	Fn any
	// Given are the types that the trigger supplies beside context.Context.
	Given []reflect.Type
	// Uses: something in the scope must take each of Given.
	Uses bool
	// F is the function type that scopes.Bind provides; nil for other triggers.
	F reflect.Type
	// Trigger is the name given to the trigger, which no other trigger may be given; empty where it has a
	// default one.
	Trigger string
	// Name and Private concern F.
	Name    string
	Private bool

	// Fine are errors by which the unit tells its trigger something and has not failed. Wrappers see
	// nil in their place.
	Fine []error

	// Constructs marks a constructor, called once: its result is handed to Install.
	// Singletons marks a unit without a scope: it may need singletons only.
	// NeedsContext marks a unit that must take a context.
	Constructs, Singletons, NeedsContext bool
	// Hosts is the singleton that Install is handed, for a unit without Fn.
	Hosts reflect.Type
	// Bare marks a unit without a function: nothing but Check, With and Install.
	Bare bool
	// Service: the value that Install is handed must have Start(ctx) error or Run(ctx) error.
	Service bool

	// With are functions of injected singletons; their results are handed to Install.
	With []any
	// Option is the type of those results; nil: whatever they return.
	Option reflect.Type

	// Check, where set, says what is wrong with the trigger's own options. It is called
	// when the graph is checked; who calls it adds the function and the place.
	Check func() error

	// Claim, where set, says what is wrong with the trigger beside those declared before it: what an application
	// has one of, or a name that is taken. It is called after a Check that found nothing, with the application's
	// *supervise.Engine and what is known of the unit by then, its names and places, in the order of declaration; nothing is
	// constructed then, or ever.
	Claim func(engine any, b Bound) error

	// Install is called in the order of declaration once all singletons are
	// constructed, with the application's *supervise.Engine.
	Install func(engine any, b Bound) error

	Here place.Here
}

// A Wrapped unit is one inside wrappers, the first outermost.
type Wrapped struct {
	Unit     any
	Wrappers []any
	Here     place.Here
}
