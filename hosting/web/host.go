package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// A host is what one application serves.
type host struct {
	engine *supervise.Engine

	// All below is written while triggers are installed, and only read once the first server starts.

	mux        *http.ServeMux
	routes     []registered
	middleware []func(http.Handler) http.Handler
	errors     *errorUnit
	servers    []*server

	// handler makes the whole chain: middleware, then the mux.
	handler func() http.Handler
	// until is when the grace period of the requests under way ends, fixed when the first server stops.
	until func() time.Time

	mu sync.Mutex

	addrs map[*serve]*Addr
}

// A registered pattern, for the error of one that conflicts with it.
type registered struct {
	pattern string
	place   place.Place
}

func hostOf(e *supervise.Engine) *host {
	return supervise.Local(e, func() *host {
		h := &host{engine: e, mux: http.NewServeMux(), addrs: map[*serve]*Addr{}}
		h.handler = sync.OnceValue(h.chain)
		h.until = sync.OnceValue(h.drain)
		return h
	})
}

func (h *host) chain() http.Handler {
	var chain http.Handler = h.mux
	for _, wrap := range slices.Backward(h.middleware) {
		chain = wrap(chain)
	}
	return chain
}

func (h *host) use(middleware []func(http.Handler) http.Handler) {
	h.middleware = append(h.middleware, middleware...)
}

// register adds a pattern to the mux. If another conflicts with it, the error names both places.
func (h *host) register(pattern string, p place.Place, handler http.Handler) error {
	why, err := try(h.mux, pattern, handler)
	if err == nil {
		h.routes = append(h.routes, registered{pattern, p})
		return nil
	}
	for _, other := range h.routes {
		pair := http.NewServeMux()
		pair.Handle(other.pattern, handler)
		if _, err := try(pair, pattern, handler); err != nil {
			return fmt.Errorf("pattern %q at %v conflicts with %q at %v: %s", pattern, p, other.pattern, other.place, why)
		}
	}
	return fmt.Errorf("%w at %v", err, p)
}

// try registers a pattern. It returns as an error what the mux panics with, and what that says about the reason.
func try(mux *http.ServeMux, pattern string, handler http.Handler) (why string, err error) {
	defer func() {
		if v := recover(); v != nil {
			why = fmt.Sprint(v)
			if i := strings.LastIndex(why, "):\n"); i >= 0 {
				why, _, _ = strings.Cut(why[i+len("):\n"):], "\n")
			}
			err = fmt.Errorf("pattern %q cannot be served: %s", pattern, why)
		}
	}()
	mux.Handle(pattern, handler)
	return "", nil
}
