// Package webtest serves an application in memory, for tests: without a socket, and inside the bubbles of testing/synctest.
//
//	synctest.Test(t, func(t *testing.T) {
//		var client *http.Client
//		apptest.Start(t, orders.Module, webtest.Client(&client))
//
//		answer, err := client.Get("http://orders/orders/17")
//		...
//	})
package webtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting/web"
)

// Client serves all handlers of the application in memory, with the same server and middleware as web.Serve, and
// stores a client for it in target when the application starts. No Serve is needed. Whatever host a URL names, the
// client asks this application; after its stop it fails.
//
// An application that is used several times stores a new client in each start.
func Client(target **http.Client) fx.Option {
	return web.Serve("memory", web.Listen(func(context.Context) (net.Listener, error) {
		l := &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
		l.transport = &http.Transport{DialContext: l.dial}
		*target = &http.Client{Transport: l.transport}
		return l, nil
	}))
}

// A listener accepts connections from its own dial.
type listener struct {
	transport *http.Transport
	conns     chan net.Conn
	closed    chan struct{}
	once      sync.Once
}

var errStopped = errors.New("application of webtest.Client has stopped")

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, errStopped
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close lets the client forget the connections that it keeps.
func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.transport.CloseIdleConnections()
	})
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return addr{} }

type addr struct{}

func (addr) Network() string { return "memory" }
func (addr) String() string  { return "memory" }
