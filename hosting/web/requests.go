package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/berth-go/berth/internal/supervise"
)

// requests are those under way on one server.
type requests struct {
	mu sync.Mutex

	first, last *answer // a list: the oldest first
	open        int     // how many are in it
}

func (rs *requests) add(a *answer) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.open++
	if a.prev = rs.last; a.prev == nil {
		rs.first = a
	} else {
		a.prev.next = a
	}
	rs.last = a
}

// remove returns how many are left. What is removed knows no other one any more, for somebody may keep it.
func (rs *requests) remove(a *answer) int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.open--
	if a.prev == nil {
		rs.first = a.next
	} else {
		a.prev.next = a.next
	}
	if a.next == nil {
		rs.last = a.prev
	} else {
		a.next.prev = a.prev
	}
	a.prev, a.next = nil, nil
	return rs.open
}

func (rs *requests) len() int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.open
}

// oldest lists them, the oldest first.
func (rs *requests) oldest() []*answer {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	all := make([]*answer, 0, rs.open)
	for a := rs.first; a != nil; a = a.next {
		all = append(all, a)
	}
	return all
}

// giveUp names the requests under way, the oldest ones with the stack of their goroutines.
func (sv *server) giveUp() error {
	const named = 10
	var errs []error
	all := sv.active.oldest()
	for _, a := range all[:min(named, len(all))] {
		src := sv.source
		if rt := a.route.Load(); rt != nil {
			src = rt.source
		}
		src.Kind = fmt.Sprintf("request %s of %s", a.id[0], src.Kind)
		errs = append(errs, sv.host.engine.GiveUp(src, *a.goroutine, time.Since(a.began)))
	}
	if more := len(all) - named; more > 0 {
		errs = append(errs, fmt.Errorf("%d more requests are still under way", more))
	}
	return errors.Join(errs...)
}

// goroutineOf is the goroutine that answers a request. HTTP/1 has one for each connection, which is known already;
// HTTP/2 has one for each request.
func goroutineOf(r *http.Request) *supervise.GoroutineID {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok && r.ProtoMajor == 1 {
		return &c.serve // written once, by this goroutine
	}
	id := supervise.Current()
	return &id
}

type connKey struct{}

// withConn is a ConnContext for net/http that calls another one first.
func withConn(other func(context.Context, net.Conn) context.Context) func(context.Context, net.Conn) context.Context {
	return func(ctx context.Context, nc net.Conn) context.Context {
		if other != nil {
			ctx = other(ctx, nc)
		}
		return context.WithValue(ctx, connKey{}, connOf(nc))
	}
}
