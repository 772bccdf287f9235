// Package lifecycle is the one order in which an application starts and stops.
//
// Most code never sees it: constructors return cleanups, and package hosting starts and stops services.
// This package is for what happens once at the start or the stop, and for those who ask how far the
// application is:
//
//	lifecycle.OnStart(Migrate) // a unit of work that is called when the application starts
//	lifecycle.OnStop(Farewell) // and one that is called when it stops
//
// *Status and Shutdown are injectable anywhere. fx.Lifecycle and fx.Shutdowner are too, and take part in
// the same order.
//
// # Start
//
//  1. The object graph is checked, and singletons are constructed.
//  2. Hooks of fx.Lifecycle start in the order they were appended, then OnStart units in the order of
//     declaration.
//  3. Services and Run units start in the order of declaration.
//  4. Loops and timers start.
//  5. Intake starts: what brings work in from outside.
//  6. What was declared with AfterIntake starts. The phase is Running.
//
// Services that have the methods are told before and after: Starting of all comes before step 3, Started after
// step 6. A hook that a start hook appends runs next; after step 2, Append panics.
//
// If any of it fails, panics, is out of time or is interrupted, nothing further starts: what was started
// or constructed is stopped and released in reverse, with the full time to stop. What failed to start is
// not stopped, but the cleanups of its constructors run.
//
// # Stop
//
//  1. The phase is Stopping.
//  2. The drain delay passes; everything still serves.
//  3. Intake stops; requests under way finish.
//  4. Loops and timers take no new turn. Units under way keep a live context for the grace period; then
//     it ends with cause ErrStopping.
//  5. Services and Run units stop in reverse.
//  6. Hooks, OnStop units and cleanups run as one list, in exact reverse of appending and constructing;
//     a hook that a constructor appends stops before what that constructor made is released.
//     The phase is Stopped.
//
// Stopping of all services that have it comes first, Stopped after step 5.
//
// All of it shares one budget (25 s, app.StopTimeout), of which a part is kept for step 6: that always
// runs to its end. What fails or does not stop in time is named in the error, with the place of its
// declaration and the stack of its goroutine, and the rest goes on.
//
// # Phases and events
//
// What each event does in each phase. "Fails" is an error, a panic or an exited goroutine of what
// the phase is doing, or of a service while the application is running. A turn of a loop or timer
// that fails is not among them.
//
//	           New                  Starting               Running             Stopping         Stopped
//	Start      starts               error                  error               ErrStopping      ErrStopping
//	Stop       releases what        interrupts the start:  stops               waits for the    the result of
//	           was constructed      all is undone                              stop under way   the first Stop
//	Shutdown   Start undoes all     the same; Start        asks who runs the   the cause is     nothing
//	           and returns          returns the cause, or  application to      joined
//	           the same             ErrStopping for nil    stop
//	fails      all is undone: the   all is undone: Start   as Shutdown with    joined to the    -
//	           construction fails   returns the error      the failure         result; the
//	                                                                           rest goes on
//	signal     as Shutdown(nil)     as Shutdown(nil)       as Shutdown(nil)    a second one     -
//	                                                                           ends the process
//
// app.Main and app.Run stop the application when Shutdown asks for it; a program that calls Start and
// Stop itself waits for the application's Done and calls Stop. Signals are handled by app.Main only; the
// second one ends the process, in whatever phase.
//
// # Concurrency
//
// Everything here may be used from any goroutine. Hooks are called one at a time, each in a goroutine
// that the application owns.
package lifecycle
