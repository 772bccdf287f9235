package main_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// A proxy stands between a program and its server, and is the cable that can be pulled.
type proxy struct {
	addr   string
	target string
	wait   sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while the proxy is cut
	conns    map[net.Conn]bool
	passing  chan struct{} // closed while bytes pass
}

// newProxy forwards connections to a server until the end of the test.
func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: listener.Addr().String(), target: target, conns: map[net.Conn]bool{}, passing: make(chan struct{})}
	close(p.passing)
	p.serve(listener)
	t.Cleanup(func() {
		p.close()
		p.wait.Wait()
	})
	return p
}

// cut closes all connections and refuses new ones until end is called.
func (p *proxy) cut(t *testing.T) (end func()) {
	p.close()
	return func() {
		listener, err := net.Listen("tcp", p.addr)
		if err != nil {
			t.Fatal(err)
		}
		p.serve(listener)
	}
}

// hang keeps all connections and accepts new ones, but no byte passes until end is called.
func (p *proxy) hang(t *testing.T) (end func()) {
	passing := make(chan struct{})
	end = sync.OnceFunc(func() { close(passing) })
	t.Cleanup(end)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passing = passing
	return end
}

func (p *proxy) serve(listener net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener = listener
	p.wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			p.wait.Go(func() { p.forward(conn) })
		}
	})
}

func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	for conn := range p.conns {
		conn.Close()
	}
}

// forward copies in both directions until one side closes.
func (p *proxy) forward(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	p.keep(client, server)
	defer p.forget(client, server)

	var both sync.WaitGroup
	pass := func(to, from net.Conn) {
		defer to.Close()
		defer from.Close()
		io.Copy(writer{p, to}, from)
	}
	both.Go(func() { pass(server, client) })
	both.Go(func() { pass(client, server) })
	both.Wait()
}

func (p *proxy) keep(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		p.conns[conn] = true
		if p.listener == nil {
			conn.Close()
		}
	}
}

func (p *proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range conns {
		delete(p.conns, conn)
	}
}

// A writer waits while the proxy hangs.
type writer struct {
	proxy *proxy
	conn  net.Conn
}

func (w writer) Write(b []byte) (int, error) {
	w.proxy.mu.Lock()
	passing := w.proxy.passing
	w.proxy.mu.Unlock()
	<-passing
	return w.conn.Write(b)
}
