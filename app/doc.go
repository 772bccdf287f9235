// Package app makes a program of options: it constructs an application, starts it, runs it until it is to
// stop, and stops it.
//
//	func main() {
//		app.Main(orders.Module, web.Serve(":8080"))
//	}
//
// [Main] is the whole program, with signals, logs and an exit code. [Run] is the same for who owns the main
// function, [New] for who wants to start and stop by hand, and [Module] for programs that call fx.New.
// They take any fx.Option beside those of Berth.
//
// # What an application provides
//
// Unless its options provide them, every application provides lifecycle.Shutdown, *lifecycle.Status,
// *hosting.Triggers and a *zap.Logger, and always *scopes.Factory, fx.Lifecycle and fx.Shutdowner. The
// default logger writes to standard error from info level on: for people if that is a terminal, else one line of
// JSON for each entry. The application logs through whatever *zap.Logger there is what happens to it, fx's own events at
// debug level (unless there is an fx.WithLogger), and writes out the log at the end of its stop.
//
// # Limits
//
// [StartTimeout], [StopTimeout], [DrainDelay] and [Grace] bound the start and the stop as package lifecycle
// describes them. They are options like all others and may stand in any module; the last one counts.
//
// # Concurrency
//
// Constructors run one after another, in the goroutine that called New, or one that Run waits for. Two applications
// may run in one process; only Main, which owns the process, is called once.
//
// # Testing
//
// Package apptest starts an application in a test and stops it at its end.
package app
