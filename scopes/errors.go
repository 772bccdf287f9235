package scopes

import (
	"github.com/berth-go/berth/internal/plan"
	"github.com/berth-go/berth/internal/supervise"
)

// Errors of scopes; match them with errors.Is.
var (
	// ErrNextTwice is what the next of a wrapper returns when it is called a second time.
	ErrNextTwice = plan.ErrNextTwice
	// ErrSkipped is returned for a unit whose wrapper returned nil without calling next.
	ErrSkipped = plan.ErrSkipped
	// ErrNotReady is returned before the application has been constructed.
	ErrNotReady = supervise.ErrNotReady
	// ErrClosed is returned after the scope was closed or the application has stopped.
	ErrClosed = supervise.ErrClosed
)

// PanicError is a recovered panic of a unit, wrapper or constructor. Error names its place and the type
// of the value, never the value; %+v adds the stack. Unwrap returns the value if it is an error.
//
//	Value any
//	Stack []byte
type PanicError = supervise.PanicError

// CleanupError holds what the cleanups of a scope returned that failed.
type CleanupError = plan.CleanupError
