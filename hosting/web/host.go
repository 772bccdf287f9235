package web

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// A host is what one application serves.
type host struct {
	engine *supervise.Engine
	logs   *logs.Root

	// All below is written while triggers are installed, and only read once the first server starts.

	mux        *http.ServeMux
	routes     []*route // in mux
	middleware []func(http.Handler) http.Handler
	errors     *errorUnit
	servers    []*server

	// handler makes the whole chain: middleware, then the mux.
	handler func() http.Handler
	// until is when the grace period of the requests under way ends, fixed when the first server stops.
	until func() time.Time

	claims claims

	loggers atomic.Int32 // the most that one request has taken

	mu sync.Mutex

	addrs map[*serve]*Addr
}

func hostOf(e *supervise.Engine) *host {
	return supervise.Local(e, func() *host {
		h := &host{engine: e, logs: logs.Of(e), mux: http.NewServeMux(), claims: newClaims(), addrs: map[*serve]*Addr{}}
		h.handler = sync.OnceValue(h.chain)
		h.until = sync.OnceValue(h.drain)
		e.Listen(event.Source{Kind: "listener", Name: "web"}, h.look)
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

// handle adds a handler. Its pattern was claimed.
func (h *host) handle(rt *route) {
	h.mux.Handle(rt.source.Name, rt)
	h.routes = append(h.routes, rt)
}

// look tells when the application has been started that nobody can ask its handlers.
func (h *host) look(ev event.Event) {
	if _, ok := ev.(event.Started); !ok || len(h.routes) == 0 || len(h.servers) > 0 {
		return
	}
	h.engine.Emit(event.ServerNotice{
		Source: h.routes[0].source,
		Text:   fmt.Sprintf("no web.Serve for the handlers that are declared (%d, this one first)", len(h.routes)),
	})
}
