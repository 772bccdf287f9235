// Package scopes runs units of work: plain functions whose parameters are given by what triggers
// them, or injected from a scope that lives exactly as long as the call.
//
//	type HandleOrder func(context.Context, Order) error
//
//	var Module = fx.Module("orders",
//		di.Scoped(NewTx),
//		scopes.Bind[HandleOrder](scopes.Around(reserve, InTx)), // provides a HandleOrder
//	)
//
//	func reserve(ctx context.Context, o Order, repo *Repo) error
//
// A HandleOrder that is injected somewhere and called opens a scope, builds what reserve and InTx need,
// calls them, and runs the cleanups in reverse order of construction. Triggers (package hosting, web) do
// the same for their units.
//
// # Parameters
//
// Each parameter is matched by its type, in any order. context.Context and the values that the trigger
// supplies are given; everything else is injected: scoped and transient instances from the scope, singletons from
// the application. A method expression such as (*Carts).Expire is a unit too: its receiver is injected. Given values
// reach the whole scope, so a scoped constructor may take the Order as well. A type that is both given and provided
// is an error at startup.
//
// # Errors and panics
//
// A call returns what the unit returned. An error of a scoped constructor comes back as a *di.ConstructError
// that wraps it, and its panic as a [*PanicError]. A panic of a unit or wrapper passes through the wrappers around
// it, runs the cleanups, and becomes a [*PanicError]; runtime.Goexit runs the cleanups too and goes on. A cleanup that fails, panics or takes more than five seconds fails a bound function with a
// [*CleanupError], and the others still run. A cleanup that never returns holds its caller, while the rest of the
// cleanups run without it.
//
// # Scopes
//
// Scopes are flat: one opened inside a unit is a sibling, not a child. Nothing keeps a closed or dropped
// scope. At stop the application waits for open scopes and names the declarations that still have some.
//
// The context of a scope is the one that its trigger or caller gave, with its end and its values: it does not end with the scope.
// One that is cancelled behind the last cleanup would cost each unit allocations and a lock that all units of a caller share; a
// unit that starts something which must end with it cancels a context of its own.
//
// Values of a scope end with its unit: a goroutine that outlives the unit must not use them. The application does not wait
// for such a goroutine; a Lazy or *Scope that it has kept returns [ErrClosed], and so does a bound function once the
// application has stopped.
package scopes
