package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// ErrStopping is the cause of contexts that end because the application stops, and what Start returns
// when it was interrupted without another cause.
var ErrStopping = errors.New("application is stopping")

// ErrNotReady is returned for a scope before the application has been constructed.
var ErrNotReady = errors.New("scope is not ready: the application has not been constructed yet")

// ErrClosed is returned for a scope after the application has stopped or the scope was closed.
var ErrClosed = errors.New("scope is closed")

// ErrStarted is returned by a second Start.
var ErrStarted = errors.New("application was started before")

// ErrGoexit is the failure of a call that ended its goroutine by runtime.Goexit (as t.FailNow does).
var ErrGoexit = errors.New("goroutine was ended by runtime.Goexit")

// An ExitError is the cause of a shutdown with an exit code other than 0.
type ExitError struct{ Code int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }

// A FailedError is a hook, a stage of a task or a cleanup that returned an error, panicked or exited
// its goroutine.
type FailedError struct {
	event.Source
	Op   string // "start", "stop"; empty for a cleanup
	Took time.Duration
	Err  error
}

func failed(src event.Source, op string, took time.Duration, err error) error {
	if err == nil {
		return nil
	}
	return &FailedError{Source: src, Op: op, Took: took, Err: err}
}

func (e *FailedError) Error() string {
	text := subject(e.Source, e.Op) + " failed"
	if e.Took >= time.Second {
		text += fmt.Sprintf(" after %v", e.Took.Round(time.Millisecond))
	}
	return text + ": " + said(e.Source, e.Err)
}

func (e *FailedError) Unwrap() error { return e.Err }

// Format adds the stack of a panic under %+v.
func (e *FailedError) Format(s fmt.State, verb rune) { format(s, verb, e) }

// A FaultError is the end of a task's Run by an error, a panic or Goexit.
type FaultError struct {
	event.Source
	Err error
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("%v failed: %s", e.Source, said(e.Source, e.Err))
}

func (e *FaultError) Unwrap() error { return e.Err }

// Format adds the stack of a panic under %+v.
func (e *FaultError) Format(s fmt.State, verb rune) { format(s, verb, e) }

// A HungError is a call that did not return although its context had ended.
type HungError struct {
	event.Source
	Op    string // "start", "stop", "run", or empty
	Took  time.Duration
	Stack []byte // of its goroutine, when it was given up
	Err   error  // why its context had ended
}

func (e *HungError) Error() string {
	text := fmt.Sprintf("%s hangs: it did not return within %v", subject(e.Source, e.Op), e.Took.Round(time.Millisecond))
	if len(e.Stack) == 0 {
		return text
	}
	return text + ", it is at\n" + indent(e.Stack)
}

func (e *HungError) Unwrap() error { return e.Err }

// A ScopesError names a declaration whose scopes were still open when the application stopped.
type ScopesError struct {
	event.Source
	Count  int
	Stacks [][]byte // of the goroutines in which the unit runs, at most three; none of scopes that are opened by hand
}

func (e *ScopesError) Error() string {
	text := fmt.Sprintf("%d scopes of %v are still open", e.Count, e.Source)
	if e.Count == 1 {
		text = fmt.Sprintf("1 scope of %v is still open", e.Source)
	}
	for _, stack := range e.Stacks {
		text += "\n" + indent(stack)
	}
	return text
}

// A LimitError says which limit a start exceeded; Err is what was going on, if anything is to be said of it.
type LimitError struct {
	Limit time.Duration
	Err   error
}

func (e *LimitError) Error() string {
	text := fmt.Sprintf("start limit of %v exceeded", e.Limit)
	if e.Err == context.DeadlineExceeded { //nolint:errorlint // a text that says no more
		return text
	}
	return fmt.Sprintf("%s: %v", text, e.Err)
}

func (e *LimitError) Unwrap() error { return e.Err }

// Format adds the stack of a panic under %+v.
func (e *LimitError) Format(s fmt.State, verb rune) { format(s, verb, e) }

// isEnd reports whether err says no more than that a context has ended. What panicked, exited or
// hung is no clean end, whatever it carries, and neither are joined errors of which one says something else.
func isEnd(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the outermost is meant
		return !slices.ContainsFunc(joined.Unwrap(), func(e error) bool { return e != nil && !isEnd(e) })
	}
	var (
		hung  *HungError
		panic *PanicError
	)
	if errors.As(err, &hung) || errors.As(err, &panic) || errors.Is(err, ErrGoexit) {
		return false
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrStopping)
}

// format prints err, and under %+v the stacks of the panics and exits inside it.
func format(s fmt.State, verb rune, err error) {
	if verb == 'q' {
		_, _ = fmt.Fprintf(s, "%q", err.Error())
		return
	}
	_, _ = io.WriteString(s, err.Error())
	if verb != 'v' || !s.Flag('+') {
		return
	}
	for _, stack := range stacks(err) {
		_, _ = fmt.Fprintf(s, "\n%s", stack)
	}
}

// stacks finds those of every PanicError and GoexitError in the tree of err.
func stacks(err error) [][]byte {
	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
	case *PanicError:
		return [][]byte{e.Stack}
	case *GoexitError:
		return [][]byte{e.Stack}
	case interface{ Unwrap() error }:
		return stacks(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all [][]byte
		for _, err := range e.Unwrap() {
			all = append(all, stacks(err)...)
		}
		return all
	}
	return nil
}

// where says a name and its place, as far as they are known.
func where(name string, p place.Place) string {
	if name == "" {
		return ""
	}
	return " in " + event.Source{Name: name, Place: p}.String()
}

// Brief is err for what names src already: a panic of src does not say its name again.
func Brief(src event.Source, err error) error {
	p, ok := err.(*PanicError) //nolint:errorlint // what wraps it says more
	if !ok || p.Name == "" || funcs.Plain(p.Name) != funcs.Plain(src.Name) {
		return err
	}
	brief := *p
	brief.Name = ""
	return &brief
}

// said is the text of err in an error about src.
func said(src event.Source, err error) string { return Brief(src, err).Error() }

// subject is what an error is about: start of hook "db.Open" (db/db.go:12).
func subject(src event.Source, op string) string {
	if op == "" {
		return src.String()
	}
	return op + " of " + src.String()
}

func indent(stack []byte) string {
	return "\t" + strings.ReplaceAll(strings.TrimSpace(string(stack)), "\n", "\n\t")
}
