package scopes

import (
	"errors"
	"reflect"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
)

// Bind provides F, a defined function type: calling it runs unit in a scope of its own.
//
// F's parameters are the given values and a context.Context, which is the scope's; without one the
// scope has the application's context. Its last result is error, the others are the unit's in order. The unit
// may leave out what it does not need, context and error included. F is safe for goroutines.
//
// Who takes an F is constructed after the singletons that its unit needs, except where that would be a
// cycle. Called before the application has been constructed F fails with [ErrNotReady], after it has stopped
// with [ErrClosed]. di.Name and di.Private are the options that apply,
// another one is a [di.SignatureError].
func Bind[F any](unit any, opts ...di.Option) fx.Option {
	here := place.Caller()
	o := decl.Collect(opts)
	f := reflect.TypeFor[F]()
	return decl.New(&decl.Unit{
		Label: "scopes.Bind[" + f.String() + "]", Fn: unit, F: f, Name: o.Name, Private: o.Private, Here: here,
		Check: func() error {
			if stray := o.Stray("Name", "Private"); stray != "" {
				return errors.New(stray)
			}
			return nil
		},
	}, here)
}

// Next runs what a wrapper wraps: the inner wrappers and the unit. The context it is handed is the one that they
// get; constructors get the scope's. What only they need is built when Next is called, and an error of that
// comes back from it. A second call is [ErrNextTwice]. Next may be called from another goroutine, but not after the
// wrapper has returned; the scope waits for it to return.
type Next = plan.Next

// Around puts wrappers around a unit, the first outermost. It may stand wherever a unit may.
//
// A wrapper is func(ctx context.Context, next scopes.Next, injected...) error. Its parameters follow the
// unit's rule and come from the same scope, so this is a transaction:
//
//	func InTx(ctx context.Context, next scopes.Next, tx *Tx) error {
//		defer tx.Rollback() // does nothing after Commit
//		if err := next(ctx); err != nil {
//			return err
//		}
//		return tx.Commit()
//	}
//
// What a wrapper needs is built before it runs. A wrapper that returns nil without having called next makes
// the call return [ErrSkipped]; one that refuses returns an error.
func Around(unit any, wrappers ...any) any {
	return &decl.Wrapped{Unit: unit, Wrappers: wrappers, Here: place.Caller()}
}
