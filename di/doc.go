// Package di declares providers: constructors with a lifetime, what decorates them, and what
// replaces them in tests.
//
//	var Module = fx.Module("orders",
//		di.Singleton(NewDB),                 // one per application
//		di.Scoped(NewTx),                    // one per unit of work
//		di.Scoped(NewRepo, di.As[Store]()),  // provided as the interface
//		di.Transient(NewRenderer),           // one per parameter
//		di.Decorate(Traced),                 // func(Store, *zap.Logger) Store
//	)
//
// Every declaration is an fx.Option. It may stand inside fx.Module and fx.Options, beside fx.Provide,
// and in several applications at once; what fx provides is visible to our constructors and the
// reverse. app.Main, app.Run and app.New read the options, and so does app.Module for a program that
// calls fx.New itself.
//
// # Constructors
//
// A constructor is func(deps...) (results..., [cleanup], [error]). Its parameters are matched by
// type. One that embeds fx.In is taken apart, with the tags name, group and optional; a result that embeds
// fx.Out likewise. A context.Context is that of the scope, or for a singleton that of the
// application, which ends with cause lifecycle.ErrStopping late in the stop. A *zap.Logger is named after
// its consumer. A variadic parameter is left empty.
//
// A nil result of an interface type is an error, if it is used: nobody looks at one that is replaced, or that is
// another result of a transient than the one it is built for.
//
// The cleanup is a func(), func() error or func(context.Context) error, and may be nil. Cleanups run once each,
// in exact reverse order of construction, on every path: a failed start, a panic, the normal stop. Only what
// a constructor hands over is released, never what merely has a Close method, unless [Close] says so.
//
// # Lifetimes
//
// A singleton is built while the application starts, if something reaches it. A scoped instance is built
// when its scope first needs it, and shared inside it. A transient is built for each parameter
// that asks, and released with its consumer.
//
// What would not work is found before anything is constructed, all of it in one error: a
// missing provider, a cycle, a singleton that holds something scoped, a duplicate, a
// replacement of nothing, an unusable signature. Match it with errors.As and the error types of this
// package; print it with %+v to read the traces.
package di
