// Package hostingtest checks triggers, those of package hosting and those of others.
//
//	func TestMessagesAreATrigger(t *testing.T) {
//		hostingtest.Run(t, func(unit func(context.Context) error) fx.Option {
//			return broker.Subscribe("orders", func(ctx context.Context, _ Message) error { return unit(ctx) })
//		})
//	}
//
// [Run] has the trigger call units that fail, panic, exit their goroutine, outlive their context and hang, and [Stress] starts and
// stops it hundreds of times from many goroutines. What both hold a trigger to is what an operator relies on:
//
//   - The application stops within its budget, whatever a unit does, and says the same to all who stop it.
//   - A unit is called after the start has begun, and never again once the stop is over.
//   - The context of a unit ends when the application stops. A unit that honours that is no failure.
//   - An error, a panic or the exit of a unit harms no other. If it stops the application, that returns it.
//   - A unit that does not return is named, with its stack, and nobody else is.
//   - Whatever else was started is stopped once, and what was constructed is released once.
//   - No goroutine is left.
package hostingtest
