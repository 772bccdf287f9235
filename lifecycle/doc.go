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
// What each event does in each phase:
//
//		                        New          Starting     Running     Stopping    Stopped
//		Start                   starts       is refused   is refused  is too late is too late
//		Stop                    undoes       undoes       stops       waits       tells the result
//		Shutdown(nil)           undoes       undoes       asks        nothing     nothing
//		Shutdown(err)           undoes       undoes       asks        joins       is ignored
//		failure, panic          undoes       undoes       asks        joins       -
//		hang                    undoes       undoes       -           joins       -
//		end of Start's context  nothing      undoes       nothing     nothing     nothing
//		end of Run's context    as Shutdown(nil)
//		first signal            as Shutdown(nil)
//		second signal           ends the process at once, with code 130 or 143
//		Append of a hook        is accepted  runs next    panics      panics      panics
//		call of a function      runs         runs         runs        runs        is closed
//		Open of a scope         runs         runs         runs        runs        is closed
//
//	  - starts: Start returns once everything has been started, or undone.
//	  - undoes: nothing further is constructed or started, and what was is stopped and released. An application
//	    that has been constructed and is asked to shut down undoes all when it is started. Start returns what
//	    has gone wrong, or the cause of the shutdown, or ErrStopping if there is neither.
//	  - is refused: it returns an error at once and changes nothing.
//	  - is too late: it waits for the stop and returns ErrStopping, joined with the result of the stop.
//	  - stops: all steps of the stop, in their order.
//	  - waits: for the stop that is under way, and returns its result.
//	  - tells the result: it returns at once what the first Stop has returned.
//	  - asks: who runs the application is to stop it. app.Main and app.Run do; a program that calls Start and
//	    Stop itself waits for Done and calls Stop.
//	  - joins: the error is joined to the result, and the rest goes on.
//	  - runs next: while a start hook runs; once the hooks have been started, Append panics.
//	  - panics: in the caller, with its place.
//	  - runs: from the end of construction on; before it, a call fails with scopes.ErrNotReady.
//	  - is closed: the call fails with scopes.ErrClosed.
//
// A failure is an error, a panic or an exited goroutine of what the phase is doing, and of a service or Run unit
// that is running. A turn of a loop or timer that fails is not among them. A hang is a call that goes on
// when its time is over: the start limit, the context given to Start, or its share of the stop. It is
// given up after 250 ms; after an interruption of the start, when the grace period has passed. While a start is
// running, nothing is given up without a limit.
//
// Signals are handled by app.Main only.
//
// Listen tells a listener of everything that happens, as an event of package event.
//
// # Concurrency
//
// Everything here may be used from any goroutine. Hooks are called one at a time, each in a goroutine
// that the application owns.
package lifecycle
