package config

import "sync/atomic"

// Live always has the newest settings of a section. [Bind] of a T provides a *Live[T] too; it is for singletons, services and other
// code that lives longer than a unit of work. Without [Reload] it never changes. Its methods are safe for goroutines.
//
// To follow the settings, take the channel first, so that no change is missed:
//
//	for {
//		changed := live.Changed()
//		use(live.Get())
//		select {
//		case <-changed:
//		case <-ctx.Done():
//			return nil
//		}
//	}
type Live[T any] struct{ now atomic.Pointer[version[T]] }

// A version is a T until the next one comes. It is not written to.
type version[T any] struct {
	value T
	over  chan struct{} // closed by the next one
}

// NewLive makes a Live that never changes, for tests of what takes one.
func NewLive[T any](value T) *Live[T] {
	l := &Live[T]{}
	l.now.Store(&version[T]{value, make(chan struct{})})
	return l
}

// Get returns the newest settings. They are shared: maps, slices and pointers in them must not be written to. Two calls may return
// different ones, so take once what belongs together.
func (l *Live[T]) Get() T { return l.now.Load().value }

// Changed returns a channel that is closed when the settings change the next time. A reload that leaves this section as it
// is does not close it. The values of all sections have been replaced by then.
func (l *Live[T]) Changed() <-chan struct{} { return l.now.Load().over }

// set is not called by two goroutines at once.
func (l *Live[T]) set(value T) {
	close(l.now.Swap(&version[T]{value, make(chan struct{})}).over)
}
