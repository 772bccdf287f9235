// Package apptest runs an application inside a test.
//
//	func TestRegisterSendsEmail(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			var signup *Signup
//			sent := new(recorder) // a fake Mailer
//			apptest.Start(t, users.Module, di.Replace[Mailer](sent), fx.Populate(&signup))
//			...
//		})
//	}
//
// [Start] takes the options of the program and, behind them, what the test replaces and populates. Inside a bubble
// of testing/synctest, time is the test's, and the end of the bubble proves that no goroutine was left. [Check] checks a
// program's wiring and constructs nothing. [Only] keeps timers, loops and servers still that a test does not want.
//
// Logs go to the test's, from debug level on, unless the options provide a *zap.Logger.
package apptest
