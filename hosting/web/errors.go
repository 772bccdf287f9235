package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
	"github.com/berth-go/berth/scopes"
)

// An Error is an error that says its answer. A unit returns a pointer to one, alone or wrapped.
type Error struct {
	Status int    // from 400 on. Default: 500.
	Title  string // what kind of problem it is. Default: the text of the status.
	Detail string // what is wrong with this request, for the client to read. Default: none.
	Err    error  // the cause. It is reported if the status is 500 or more, and never sent.
}

func (e *Error) Error() string {
	text := fmt.Sprintf("status %d: %s", e.status(), e.title())
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func (e *Error) status() int {
	if e.Status < 400 || e.Status > 999 {
		return http.StatusInternalServerError
	}
	return e.Status
}

func (e *Error) title() string {
	if e.Title == "" {
		return http.StatusText(e.status())
	}
	return e.Title
}

// Errors makes unit answer the errors of all handlers, and the panics of middleware. It is given the error, the
// http.ResponseWriter, the *http.Request and its context, and has a scope of its own:
//
//	func(w http.ResponseWriter, r *http.Request, err error)
//
// It is called only while the answer has not begun, and not for clients that have gone. If it fails, or answers nothing,
// the default does: a problem of RFC 9457 as JSON, with what an *[Error] says, 413 for a body beyond its limit, 503 for a unit that the stop
// interrupted, and else 500 with a fixed text. Every problem has the id of its request. An application has one Errors.
//
// Errors that are answered with a status of 500 or more are reported as events.
func Errors(unit any) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Unit{
		Label: "Errors",
		Fn:    unit,
		Given: append(given[:len(given):len(given)], reflect.TypeFor[error]()),
		Here:  here,
		Claim: func(engine any, b decl.Bound) error {
			return hostOf(engine.(*supervise.Engine)).claimErrors(b.Place)
		},
		Install: func(engine any, b decl.Bound) error {
			hostOf(engine.(*supervise.Engine)).errors = &errorUnit{call: b.Call, place: b.Place}
			return nil
		},
	}, here)
}

type errorUnit struct {
	call  func(context.Context, ...decl.Value) ([]decl.Value, error)
	place place.Place
}

// A failure is a request whose handler returned an error.
type failure struct {
	answer *answer
	w      http.ResponseWriter // what the handler wrote to: answer, or what middleware put around it
	r      *http.Request
	source event.Source
	err    error
}

// failed answers a failure, and reports it if that is the server's fault. It panics with http.ErrAbortHandler to cut
// an answer that has begun.
func (h *host) failed(f failure) {
	switch {
	case errors.Is(f.err, http.ErrAbortHandler):
		panic(http.ErrAbortHandler)
	case f.answer.begun() && errors.Is(f.err, scopes.ErrSkipped):
		return
	case f.clientGone():
		panic(http.ErrAbortHandler)
	case f.answer.begun():
		h.report(f, 0)
		panic(http.ErrAbortHandler)
	}

	if h.errors != nil {
		_, err := h.errors.call(f.r.Context(), decl.ValueOf(f.w), decl.ValueOf(f.r), decl.ValueOf(f.err))
		if errors.Is(err, http.ErrAbortHandler) {
			panic(http.ErrAbortHandler)
		}
		if err != nil {
			f.err = errors.Join(f.err, fmt.Errorf("web.Errors at %v: %w", h.errors.place, err))
		}
	}
	if !f.answer.begun() {
		problemOf(f.r, f.err).write(f.w)
	}
	if f.answer.status >= http.StatusInternalServerError {
		h.report(f, f.answer.status)
	}
}

func (h *host) report(f failure, status int) {
	h.engine.Emit(event.RequestFailed{
		Source:    f.source,
		RequestID: f.r.Header.Get(headerID),
		Status:    status,
		Err:       f.err,
		Took:      time.Since(f.answer.began),
	})
}

// clientGone reports whether the error says no more than that the client does not wait for the answer any longer.
func (f failure) clientGone() bool {
	ctx := f.r.Context()
	if ctx.Err() == nil || stopping(ctx) {
		return false
	}
	var panicked *supervise.PanicError
	return !errors.As(f.err, &panicked) && (errors.Is(f.err, context.Canceled) || errors.Is(f.err, context.DeadlineExceeded))
}

// stopping reports whether a context has ended because the application stops.
func stopping(ctx context.Context) bool { return errors.Is(context.Cause(ctx), lifecycle.ErrStopping) }
