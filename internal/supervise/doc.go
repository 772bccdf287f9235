// Package supervise runs an application: the order of start and stop, the goroutines of hosted services,
// budgets, faults, and the one list of what must be released. It knows neither fx nor zap.
//
//	e := supervise.New(listener)
//	err := e.Construct(ctx, build) // build calls Release, Append, Add and, at its end, Constructed
//	err = e.Start(ctx)
//	<-e.Requested()
//	err = e.Stop(ctx)
//	return e.Result()
//
// # Order
//
// The start runs hooks in the order of the list, then the stages of tasks: Starting of all, Start of
// Services, Timers, Intake and AfterIntake, Started of all. The stop runs Stopping of all, waits for
// the drain delay, stops AfterIntake and Intake, then Timers, then Services, runs Stopped of all, waits for
// open scopes, ends the application's context, and runs hooks and cleanups from the end of the list to
// its beginning.
//
// # Time
//
// The stop has a budget, of which the reserve (5 s, or half if that is less) is kept for hooks and
// cleanups. A call before them gets half of what is left beside the reserve; a hook or cleanup gets half
// of what is left of all, and a live context even when nothing is left. Nothing gets less than a
// twentieth of the reserve: tasks that still wait for it when half of the reserve is used up stop at once, in no
// order. A call that does not return 250 ms after its context has ended is given up and
// named, with the stack of its goroutine, and the rest goes on.
//
// # Concurrency
//
// User code runs in goroutines of the engine, is recovered there, and never under a lock of the engine.
// A task may have several workers: goroutines that run the same Run.
// Events are emitted in whatever goroutine causes them.
package supervise
