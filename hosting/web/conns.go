package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/berth-go/berth/internal/supervise"
)

// conns are the connections of one server. They know which of them are between two requests, so that a stop closes
// exactly those and loses no request that is just being read.
type conns struct {
	changed chan struct{} // holds a token when something has changed since the last look

	mu      sync.Mutex
	closed  bool
	members map[*conn]struct{}
}

func (cs *conns) init() {
	cs.changed = make(chan struct{}, 1)
	cs.members = map[*conn]struct{}{}
}

// A listener counts the connections that it accepts.
type listener struct {
	net.Listener
	conns *conns
}

func (l *listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: inner, set: l.conns}
	l.conns.mu.Lock()
	defer l.conns.mu.Unlock()
	l.conns.members[c] = struct{}{}
	return c, nil
}

// A conn is one connection, as net/http's server sees it.
type conn struct {
	net.Conn
	set *conns

	mu    sync.Mutex
	state http.ConnState
	serve supervise.GoroutineID // net/http's own for this connection, where HTTP/1 is answered
	heard bool                  // something was read since the last write: the next request has begun
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.mu.Lock()
		c.heard = true
		c.mu.Unlock()
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
	c.written()
	return c.Conn.Write(p)
}

// ReadFrom lets net/http send a file without copying it.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	c.written()
	return io.Copy(c.Conn, r)
}

func (c *conn) written() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = false
}

// SetReadDeadline ends the wait for a next request once the server is closing.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waits() && c.set.closing() {
		t = past
	}
	return c.Conn.SetReadDeadline(t)
}

var past = time.Unix(1, 0)

// waits reports whether the connection is between two requests. The caller holds c.mu.
func (c *conn) waits() bool { return c.state == http.StateIdle && !c.heard }

// CloseWrite lets net/http end an answer before it closes a connection that the client still writes to.
func (c *conn) CloseWrite() error {
	if inner, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return inner.CloseWrite()
	}
	return nil
}

// hook is a ConnState for net/http that calls another one first.
func (cs *conns) hook(other func(net.Conn, http.ConnState)) func(net.Conn, http.ConnState) {
	return func(nc net.Conn, state http.ConnState) {
		if other != nil {
			other(nc, state)
		}
		c := connOf(nc)
		if c == nil {
			return
		}
		c.mu.Lock()
		if c.state = state; state == http.StateActive && c.serve == (supervise.GoroutineID{}) {
			c.serve = supervise.Current()
		}
		c.mu.Unlock()
		if state == http.StateHijacked || state == http.StateClosed { // net/http's goroutine has no more to do
			cs.mu.Lock()
			delete(cs.members, c)
			cs.mu.Unlock()
		}
		cs.notify()
	}
}

// connOf is our connection under that of TLS.
func connOf(nc net.Conn) *conn {
	if outer, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = outer.NetConn()
	}
	c, _ := nc.(*conn)
	return c
}

func (cs *conns) notify() {
	select {
	case cs.changed <- struct{}{}:
	default:
	}
}

func (cs *conns) closing() bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.closed
}

// close ends the connections that wait for a next request, now and from now on.
func (cs *conns) close() {
	cs.mu.Lock()
	cs.closed = true
	cs.mu.Unlock()
	cs.each(func(c *conn) {
		if c.waits() {
			_ = c.Conn.SetReadDeadline(past)
		}
	})
}

// cut closes the connections that do not have the headers of a request.
func (cs *conns) cut() {
	cs.each(func(c *conn) {
		if c.state != http.StateActive {
			_ = c.Conn.SetDeadline(past)
		}
	})
}

// each calls fn for every connection, holding its lock.
func (cs *conns) each(fn func(*conn)) {
	cs.mu.Lock()
	members := make([]*conn, 0, len(cs.members))
	for c := range cs.members {
		members = append(members, c)
	}
	cs.mu.Unlock()
	for _, c := range members {
		c.mu.Lock()
		fn(c)
		c.mu.Unlock()
	}
}

// answering reports whether every connection is answering a request.
func (cs *conns) answering() bool {
	all := true
	cs.each(func(c *conn) { all = all && c.state == http.StateActive })
	return all
}

func (cs *conns) none() bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return len(cs.members) == 0
}

// wait waits until what it is given reports true, and returns false if ctx ends before.
func (cs *conns) wait(ctx context.Context, until func() bool) bool {
	for !until() {
		select {
		case <-cs.changed:
		case <-ctx.Done():
			return until()
		}
	}
	return true
}
