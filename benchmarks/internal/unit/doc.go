// Package unit is the unit of work that is measured: a root over eight scoped services and two singletons is
// built, run, and what needs it is released in reverse order. Each other file does the same work in one way.
//
// Constructors are not inlined, for that would compare a container with no calls at all. The cleanups check
// their own order, so that a way that skips some of the work does not pass as a fast one.
package unit
