package web

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

// A server is a Serve in one application.
type server struct {
	serve

	host   *host
	addr   *Addr
	source event.Source
	conns  conns
	active requests

	// Written by start.

	http        *http.Server
	readTimeout time.Duration
	listener    net.Listener
	chain       http.Handler
	end         context.CancelCauseFunc // of the context of all requests
}

// start listens, and serves nothing yet.
func (sv *server) start(ctx context.Context) error {
	sv.chain = sv.host.handler()
	var base context.Context
	base, sv.end = context.WithCancelCause(context.Background())
	sv.http = &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(notices{sv}, "", 0),
	}
	for _, change := range sv.change {
		change(sv.http)
	}
	sv.takeReadTimeout()
	sv.http.Handler = sv
	sv.http.BaseContext = func(net.Listener) context.Context { return base }
	sv.http.ConnState = sv.conns.hook(sv.http.ConnState)
	sv.http.ConnContext = withConn(sv.http.ConnContext)

	l, err := sv.open(ctx)
	if err != nil {
		return err
	}
	sv.listener = &listener{l, &sv.conns}
	sv.addr.set(l.Addr())
	sv.host.engine.Emit(event.Listening{Source: sv.source, Addr: l.Addr().String()})
	return nil
}

// takeReadTimeout takes the limit for reading a request from net/http, which would apply it to the wait for
// the client's end as well, and so end the context of every unit that takes longer.
func (sv *server) takeReadTimeout() {
	limit := sv.http.ReadTimeout
	if sv.http.ReadHeaderTimeout == 0 {
		sv.http.ReadHeaderTimeout = limit
	}
	if sv.http.IdleTimeout == 0 {
		sv.http.IdleTimeout = limit
	}
	sv.readTimeout, sv.http.ReadTimeout = limit, 0
}

func (sv *server) open(ctx context.Context) (net.Listener, error) {
	if sv.listen == nil {
		return new(net.ListenConfig).Listen(ctx, "tcp", sv.serve.addr)
	}
	l, err := sv.listen(ctx)
	if err == nil && l == nil {
		return nil, errors.New("function of web.Listen returned no listener")
	}
	return l, err
}

// run serves until the listener is closed by refuse. The end of the server is that of stop.
func (sv *server) run(turn supervise.Turn) error {
	serve := sv.http.Serve
	if sv.http.TLSConfig != nil {
		serve = func(l net.Listener) error { return sv.http.ServeTLS(l, "", "") }
	}
	if err := serve(sv.listener); !sv.conns.closing() {
		return err
	}
	<-turn.Context.Done()
	return nil
}

// ServeHTTP answers any request: it gives it an id and limits its body, passes it to the handlers, and answers what
// panics outside of a unit.
func (sv *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, rooms := sv.host.newAnswer()
	a.ResponseWriter, a.began, a.goroutine = w, time.Now(), goroutineOf(r)
	a.id[0] = requestID(r.Header)
	r.Header[headerID] = a.id[:]
	w.Header()[headerID] = a.id[:]
	sv.active.add(a)
	defer sv.leave(a)
	a.scope.Begin(r.Context(), sv.host.logs, (*says)(a), rooms)
	// net/http looks at the request again, but not at its context. A copy with ours would be larger than all that we add.
	*r = *r.WithContext(&a.scope)
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = newBody(w, r.Body, sv.readTimeout)
	}
	select {
	case <-sv.host.engine.Stopping():
		w.Header().Set("Connection", "close") // the client comes back over another connection
	default:
	}
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler { //nolint:errorlint // the same value, as net/http asks
				panic(v)
			}
			sv.host.failed(failure{a, a, r, sv.source, supervise.Recovered(v, "", place.Place{})})
		}
	}()
	sv.chain.ServeHTTP(a, r)
}

func (sv *server) leave(a *answer) {
	sv.host.note(a)
	if sv.active.remove(a) == 0 {
		sv.conns.notify()
	}
}

// drain makes all servers of the application refuse connections, at the same time, and says when the grace
// period of the requests under way ends.
func (h *host) drain() time.Time {
	for _, sv := range h.servers {
		sv.refuse()
	}
	return time.Now().Add(h.engine.Limits().Grace)
}

// refuse closes the listener, if there is one, and the connections that wait for a request.
func (sv *server) refuse() {
	sv.conns.close()
	if sv.listener != nil {
		_ = sv.listener.Close() // it is closed already if accepting has failed
	}
}

// settle is how long a stop waits for the headers of a request that has just begun.
const settle = 500 * time.Millisecond

// stop answers what was asked. It does not begin with http.Server.Shutdown, which drops requests whose
// headers are being read, but lets those through first.
func (sv *server) stop(ctx context.Context) error {
	until := sv.host.until()
	defer sv.end(lifecycle.ErrStopping)

	settled, cancel := context.WithTimeout(ctx, settle)
	defer cancel()
	if !sv.conns.wait(settled, sv.conns.answering) {
		sv.conns.cut()
	}
	over, end := context.WithCancel(ctx)
	end()
	_ = sv.http.Shutdown(over) // only begins to: it tells long-lived connections

	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		if last := deadline.Add(-min(left/10, spare)); last.Before(until) {
			until = last
		}
	}
	grace, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	if sv.conns.wait(grace, sv.quiet) {
		return nil
	}
	sv.end(lifecycle.ErrStopping)
	if sv.conns.wait(ctx, sv.quiet) {
		return nil
	}
	_ = sv.http.Close()
	return sv.giveUp()
}

// quiet reports whether every request has been answered and every connection closed.
func (sv *server) quiet() bool { return sv.active.len() == 0 && sv.conns.none() }

// notices turns what net/http logs into events.
type notices struct{ *server }

func (n notices) Write(line []byte) (int, error) {
	n.host.engine.Emit(event.ServerNotice{Source: n.source, Text: strings.TrimSpace(string(line))})
	return len(line), nil
}
