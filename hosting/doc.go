// Package hosting runs units of work: functions and services that live as long as an application or are
// called again and again while it runs.
//
//	hosting.Service(NewGracePeriodManager)           // a type that starts and stops
//	hosting.Run(WatchLicense)                        // a function that runs as long as the application
//	hosting.Loop(RelayOutbox)                        // a function called again and again
//	hosting.Every(time.Minute, (*Carts).Expire)      // the same on a timer
//	hosting.Cron("0 3 * * *", CleanUp)               // the same at times of the day
//	hosting.Consume[Email](SendEmail)                // a function called with each item of a queue
//
// Each is a trigger. It is declared as an fx.Option and starts and stops with the application, in the
// order that package lifecycle describes: services and Run units in the order of declaration, then
// loops and timers, then intake.
//
// # Units
//
// The unit of a Run, Loop, Every, Cron or Consume is a plain function. A context.Context among its parameters is given
// by the trigger; all others are injected. It returns nothing or an error, last. A method expression is
// a function too: its receiver is injected.
//
// The unit of a Loop, Every or Cron has a scope of its own for each turn, that of a Consume for each item: scoped
// instances are built when it begins and released when it ends. A Service and a Run have none and take singletons only. Use a
// Loop, or a bound function (scopes.Bind), for work that needs a scope.
//
//	trigger  returns nil                     returns an error, or panics
//	Service  Start: started; Run: done       Start: the start fails; Run: the application stops
//	Run      done, the application goes on   the application stops, app.Run returns the error
//	Loop     waits Idle; Again: at once      event, back-off, again
//	Every    next tick                       event, next tick
//	Cron     next tick                       event, next tick
//	Consume  next item                       event, next item; again later with Retry
//
// Restart gives a trigger a policy instead: the body of a Run or Service is called again after a wait that grows, and
// after too many failures, of turns too, the application stops, or goes on with a trigger that is unhealthy.
// ErrDone ends any of them but a Consume for good, and is no failure. What exits its goroutine (runtime.Goexit) has failed.
//
// The back-off of a Loop begins at 100 ms and doubles up to 30 s, each time 20 % more or less; an
// iteration that succeeds resets it. Turns of one trigger never overlap. An Every or Cron that is late merges
// the ticks it missed into one turn at once.
//
// # Queues
//
// Consume[T] provides a *Queue[T]: it holds up to Capacity items beside those that its Workers process. Send waits
// while it is full, TrySend fails with ErrFull. Neither can lock the application up: before the workers run, in
// constructors and hooks, and in units that the queue itself waits for, Send fails with ErrFull too.
//
// Each item that was accepted is processed, has failed, or is left over; Info counts them, and none is lost
// in silence. Left over is what the stop keeps from being processed, and what constructors and hooks have
// sent before a start that fails. It is handed to the unit of Leftover.
//
// Name names a queue for injection too, as di.Name does; two queues of one T need it.
//
// # Stopping
//
// When the application stops, loops and timers take no new turn. A turn under way keeps a live context
// for the grace period; then the context ends with cause lifecycle.ErrStopping. At the same time queues refuse
// senders from outside, while units under way may still send, and are processed until all of them have come to rest, a pipeline
// in the order of its flow, or the grace period is over. The context of a Run, or
// of a service's Run method, ends when its turn to stop comes. Returning the context's error then is a
// clean end, not a failure.
//
// # Goroutines
//
// The application owns the goroutine of each trigger, waits for it, and labels it with the trigger's name
// for profiles. Use Run or Loop instead of a go statement. What a unit gets from its scope ends with the
// unit: do not keep it, and do not hand it to other goroutines.
//
// *Triggers is injectable and shows all triggers of the application, pauses and resumes them, changes
// intervals and specs, and runs a turn at once.
//
// # Testing
//
// In a test, apptest.Only keeps all triggers still, or all but some, and RunNow takes a turn of one of them and
// returns its result. Inside a bubble of testing/synctest timers need no waiting:
//
//	synctest.Test(t, func(t *testing.T) {
//		apptest.Start(t, orders.Module)
//		time.Sleep(time.Hour) // sixty turns of an Every(time.Minute, ...)
//	})
package hosting
