package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// Handle answers the requests that match a pattern of [http.ServeMux] by calling unit, each in a scope of its own. The
// unit is given http.ResponseWriter, *http.Request and the request's context; its other parameters are injected. It may
// return an error, which becomes an answer: see [Errors].
//
// Any handler is a unit: a method expression such as (*httputil.ReverseProxy).ServeHTTP for one that is
// injected, the method value for one at hand. Two patterns that conflict are an error at startup that names both places.
func Handle(pattern string, unit any, opts ...Option) fx.Option {
	return handle{pattern: pattern, unit: unit, opts: opts, here: place.Caller()}.option()
}

// A handle is what a Handle declares.
type handle struct {
	pattern string
	unit    any
	opts    []Option
	here    place.Here

	maxBody int64
}

// A handler is the option that Handle returns. Group looks inside.
type handler struct {
	fx.Option
	handle handle
}

var given = []reflect.Type{reflect.TypeFor[http.ResponseWriter](), reflect.TypeFor[*http.Request]()}

func (h handle) option() fx.Option {
	return handler{handle: h, Option: decl.New(&decl.Unit{
		Label: h.pattern,
		Fn:    h.unit,
		Given: given,
		Here:  h.here,
		Check: h.check,
		Claim: func(engine any, b decl.Bound) error {
			return hostOf(engine.(*supervise.Engine)).claimPattern(h.pattern, b.Place)
		},
		Install: func(engine any, b decl.Bound) error {
			e := engine.(*supervise.Engine)
			rt := &route{
				host:    hostOf(e),
				call:    b.Call,
				unit:    b.Name,
				maxBody: h.settings().maxBody,
				source:  event.Source{Kind: "Handle", Name: h.pattern, Place: b.Place},
			}
			rt.host.handle(rt)
			return nil
		},
	}, h.here)}
}

// settings are h with its options applied.
func (h handle) settings() handle {
	h.maxBody = maxBody
	for _, o := range h.opts {
		if o.handle != nil {
			o.handle(&h)
		}
	}
	return h
}

func (h handle) check() error {
	errs := []error{check(h.opts, func(o Option) bool { return o.handle != nil }, "Handle")}
	if err := try(http.NewServeMux(), h.pattern); err != nil {
		errs = append(errs, fmt.Errorf("pattern %q cannot be served: %w", h.pattern, err))
	}
	if n := h.settings().maxBody; n <= 0 {
		errs = append(errs, fmt.Errorf("option web.MaxBody must be positive, is %d", n))
	}
	return errors.Join(errs...)
}

// A route is a Handle in one application.
type route struct {
	host    *host
	call    func(context.Context, ...decl.Value) ([]decl.Value, error)
	unit    string
	maxBody int64
	source  event.Source

	given sync.Pool // of *[2]decl.Value: what call is handed, which it does not keep
}

// ServeHTTP calls the unit and answers its error.
func (rt *route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := answerOf(w)
	if a == nil { // middleware hides it
		a = &answer{ResponseWriter: w, began: time.Now()}
		w = a
	}
	a.route.Store(rt)
	if b, ok := r.Body.(*body); ok {
		b.limit = rt.maxBody
	}
	writer := &a.writer
	if *writer != nil { // a unit calls another one
		writer = new(http.ResponseWriter)
	}
	*writer = w
	given, _ := rt.given.Get().(*[2]decl.Value)
	if given == nil {
		given = new([2]decl.Value)
	}
	*given = [2]decl.Value{decl.ValueAt(writer), decl.ValueOf(r)}
	_, err := rt.call(r.Context(), given[:]...)
	clear(given[:])
	rt.given.Put(given)
	if err != nil {
		rt.host.failed(failure{a, w, r, rt.source, err})
	}
}
