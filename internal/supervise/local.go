package supervise

import "sync"

// Local is the state of type T that one application has, made when it is first asked for. Packages
// above keep there what belongs to an application rather than to the process: a mux, a table
// of triggers. Safe for goroutines; create is called once and must not ask for the same T.
func Local[T any](e *Engine, create func() *T) *T {
	cell, _ := e.locals.LoadOrStore((*T)(nil), new(local[T]))
	l := cell.(*local[T])
	l.once.Do(func() { l.value = create() })
	return l.value
}

type local[T any] struct {
	once  sync.Once
	value *T
}
