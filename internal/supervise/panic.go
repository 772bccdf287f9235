package supervise

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/berth-go/berth/internal/place"
)

// A PanicError is a recovered panic. Its message names the type of the value and the places, never
// the value: that, and the stack, are for the log.
type PanicError struct {
	Value any
	Stack []byte
	Name  string      // of the constructor, unit or hook; may be empty
	Place place.Place // where that was declared
	At    place.Place // where the panic happened
}

// Recovered makes an error of what recover returned. It is called in the deferred function
// that called recover, so that the stack still shows where the panic came from.
func Recovered(value any, name string, p place.Place) *PanicError {
	return &PanicError{Value: value, Stack: fromPanic(string(debug.Stack())), Name: name, Place: p, At: panicked()}
}

func (e *PanicError) Error() string { return e.text() + where(e.Name, e.Place) }

// text says what happened where, not in what.
func (e *PanicError) text() string {
	text := fmt.Sprintf("panic with a %T", e.Value)
	if !e.At.IsZero() {
		text += " at " + e.At.String()
	}
	return text
}

// Unwrap is the value, where that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Format adds the stack under %+v.
func (e *PanicError) Format(s fmt.State, verb rune) { format(s, verb, e) }

// A GoexitError is the failure of a call that ended its goroutine by runtime.Goexit. It is ErrGoexit, with the place and
// the stack.
type GoexitError struct {
	Stack []byte
	At    place.Place // where that happened
}

// Exited makes an error of a Goexit under way. It is called in a deferred function, which the stack below
// still shows where the Goexit came from.
func Exited() *GoexitError {
	return &GoexitError{Stack: fromPanic(string(debug.Stack())), At: panicked()}
}

func (e *GoexitError) Error() string {
	if e.At.IsZero() {
		return ErrGoexit.Error()
	}
	return ErrGoexit.Error() + " at " + e.At.String()
}

// Unwrap is ErrGoexit.
func (e *GoexitError) Unwrap() error { return ErrGoexit }

// Format adds the stack under %+v.
func (e *GoexitError) Format(s fmt.State, verb rune) { format(s, verb, e) }

// panicked is the first frame below the newest panic, or Goexit, that is not the runtime's.
func panicked() place.Place {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	below := false
	for {
		frame, more := frames.Next()
		if below && !strings.HasPrefix(frame.Function, "runtime.") {
			return place.Place{File: frame.File, Line: frame.Line}
		}
		below = below || frame.Function == "runtime.gopanic" || frame.Function == "runtime.Goexit"
		if !more {
			return place.Place{}
		}
	}
}
