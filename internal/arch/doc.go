// Package arch holds the rules of how this repository is built up, as a test.
//
// Packages import to the right only:
//
//	app -> hosting/* -> hosting -> lifecycle -> scopes -> di -> internal, lifecycle/event
//
// and what is dangerous in many places is allowed in one: dig, reflection, goroutines,
// signals, the end of the process. A new rule is a row of a table in the test.
package arch
