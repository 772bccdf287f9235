package scopes

import (
	"reflect"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
)

// Factory opens scopes explicitly, for what is not shaped like a call: a websocket session. *Factory is injectable
// everywhere. It sees what its consumer sees.
//
//	func (f *Factory) Open(ctx context.Context, given ...Value) (*Scope, error)
//
// Open opens a scope. ctx is the scope's, and given are values of this package's [Given]. Who
// opens a scope closes it; one that stays open is named when the application stops, and is not cleaned up. Open fails with [ErrNotReady] before the application has been constructed and with
// [ErrClosed] after it has stopped.
//
// Because [Get] may ask for anything, an application in which something takes a *Factory builds all its singletons that
// are declared with package di, but those that only a replaced provider needed.
type Factory = plan.Factory

// Scope is an open scope. A scoped constructor may take its own as a *Scope. It is safe for goroutines.
//
//	func (s *Scope) Close(ctx context.Context) error
//
// Close runs the cleanups in reverse order of construction and returns what failed as a [*CleanupError]; each cleanup
// gets the values of ctx, not its end. Later calls wait for the first and return its result; through the Scope that
// a constructor was handed they return nil at once, since they may come from a cleanup. What is being built while
// the scope closes is released by who builds it, who gets [ErrClosed].
type Scope = plan.Scope

// Value is a given value together with its type.
type Value = plan.Given

// Given makes a value that constructors of a scope may take as a T.
func Given[T any](v T) Value { return plan.Given{Value: decl.ValueOf(v)} }

// Get returns the scope's T, building it on first use. di.Name selects the provider of a name; another option is a
// *di.SignatureError.
//
// A singleton comes from the application, a transient is new each time. No scoped instance is built twice,
// however many goroutines ask. A context.Context is the scope's, a *Scope the scope itself, a *Factory opens its siblings. What nobody provides or gives is a
// *di.MissingError, a circle of constructors that wait for each other a *di.CycleError, a closed scope [ErrClosed]. An error of a constructor is a
// *di.ConstructError; the next Get tries again.
func Get[T any](s *Scope, opts ...di.Option) (T, error) {
	var zero T
	o := decl.Collect(opts)
	if stray := o.Stray("Name"); stray != "" {
		here := place.Caller()
		return zero, &di.SignatureError{Func: "scopes.Get", Place: here.Place(), What: stray}
	}
	v, err := s.Resolve(plan.Key{Type: reflect.TypeFor[T](), Name: o.Name})
	if err != nil {
		return zero, err
	}
	t, _ := v.Interface().(T) // a nil interface may have been given
	return t, nil
}
