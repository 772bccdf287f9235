package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// Serve serves all handlers of the application on a TCP address: ":8080", "127.0.0.1:0" for any free port. Several Serve listen at
// once.
//
// It listens in the last but one step of the start; an address that is in use fails the start. The real address is that of the event
// Listening and of [Addr].
func Serve(addr string, opts ...Option) fx.Option {
	s := serve{addr: addr, opts: opts, here: place.Caller()}
	key := new(serve)
	set := s.settings()
	label := strings.TrimSpace("Serve " + set.addr)

	unit := decl.New(&decl.Unit{
		Label:  label,
		Bare:   true,
		Here:   s.here,
		With:   set.with,
		Option: reflect.TypeFor[Option](),
		Check:  func() error { return check(opts, func(o Option) bool { return o.serve != nil }, "Serve") },
		Claim: func(engine any, b decl.Bound) error {
			if set.listen != nil || len(set.with) > 0 {
				return nil // the address is another one, perhaps
			}
			return hostOf(engine.(*supervise.Engine)).claimAddress(set.addr, b.Place)
		},
		Install: func(engine any, b decl.Bound) error {
			s, err := s.settings().taking(b.With)
			if err != nil {
				return fmt.Errorf("web.Serve(%q) at %v: %w", addr, b.Place, err)
			}
			if s.addr == "" && s.listen == nil {
				return fmt.Errorf("web.Serve at %v has no address: give it one such as \":8080\"", b.Place)
			}
			e := engine.(*supervise.Engine)
			h := hostOf(e)
			e.Add(h.server(s, b.Place, h.addr(key)).task())
			return nil
		},
	}, s.here)
	real := func(engine any, _ string) decl.Value {
		return decl.ValueOf(hostOf(engine.(*supervise.Engine)).addr(key))
	}
	all := []fx.Option{unit, decl.New(&decl.Provider{Type: reflect.TypeFor[*Addr](), Builtin: real, Default: true, Here: s.here}, s.here)}
	if set.name != "" {
		all = append(all, decl.New(&decl.Provider{Type: reflect.TypeFor[*Addr](), Name: set.name, Builtin: real, Here: s.here}, s.here))
	}
	return fx.Options(all...)
}

// A serve is what a Serve declares.
type serve struct {
	addr string
	opts []Option
	here place.Here

	name   string
	listen func(context.Context) (net.Listener, error)
	change []func(*http.Server)
	with   []any
}

// settings are s with its options applied.
func (s serve) settings() serve {
	for _, o := range s.opts {
		if o.serve != nil {
			o.serve(&s)
		}
	}
	return s
}

// taking applies the options that functions of With returned.
func (s serve) taking(results []any) (serve, error) {
	var errs []error
	with, name := len(s.with), s.name
	for _, r := range results {
		o, ok := r.(Option)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("function of web.With must return a web.Option, not a %T", r))
		case o.serve != nil:
			o.serve(&s)
		case o.handle != nil:
			errs = append(errs, fmt.Errorf("option web.%s does not fit web.Serve", o.name))
		}
	}
	if len(s.with) > with || s.name != name {
		errs = append(errs, errors.New("function of web.With must not return a web.With or web.Name"))
	}
	return s, errors.Join(errs...)
}

// server makes the server of a Serve in one application.
func (h *host) server(s serve, p place.Place, addr *Addr) *server {
	name := s.name
	if name == "" {
		name = s.addr
	}
	sv := &server{serve: s, host: h, addr: addr, source: event.Source{Kind: "Serve", Name: name, Place: p}}
	sv.conns.init()
	h.servers = append(h.servers, sv)
	return sv
}

// spare is how long requests have to end once their grace is over and their context has ended.
const spare = 2 * time.Second

func (sv *server) task() *supervise.Task {
	return &supervise.Task{
		Name:        sv.source.Name,
		Kind:        sv.source.Kind,
		Place:       sv.source.Place,
		Stage:       supervise.Intake,
		Start:       sv.start,
		Run:         sv.run,
		Stop:        sv.stop,
		StopTimeout: sv.host.engine.Limits().Grace + spare,
	}
}

// Addr is the address that a Serve listens on: an *Addr that is injected is that of the first Serve, one with the name
// of another is that of the Serve with this [Name]:
//
//	type Params struct {
//		fx.In
//		Public *web.Addr `name:"public"`
//	}
//
// Its methods may be called from any goroutine.
type Addr struct {
	listening chan struct{}
	addr      atomic.Pointer[net.Addr]
}

// Listening is closed once the server listens, and never if the start does not come that far.
func (a *Addr) Listening() <-chan struct{} { return a.listening }

// Addr is the real address, with the port that was chosen; nil until the server listens.
func (a *Addr) Addr() net.Addr {
	if addr := a.addr.Load(); addr != nil {
		return *addr
	}
	return nil
}

func (a *Addr) set(addr net.Addr) {
	a.addr.Store(&addr)
	close(a.listening)
}

// addr is the Addr of a Serve in this application.
func (h *host) addr(key *serve) *Addr {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.addrs[key] == nil {
		h.addrs[key] = &Addr{listening: make(chan struct{})}
	}
	return h.addrs[key]
}
