package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// An Option configures one Handle or Serve. It is a value: it may be used several times. Of an option given
// twice the last one counts. One that does not fit is an error at startup that names the place.
type Option struct {
	name   string
	handle func(*handle)
	serve  func(*serve)
}

// check reports the options that do not fit, and those with a value that makes no sense.
func check(opts []Option, fits func(Option) bool, owner string) error {
	var errs []error
	for _, o := range opts {
		if o.name != "" && !fits(o) {
			errs = append(errs, fmt.Errorf("option web.%s does not fit web.%s", o.name, owner))
		}
	}
	return errors.Join(errs...)
}

// MaxBody limits the body of requests for a Handle to that many bytes: reading more fails with an
// *http.MaxBytesError, which is answered with 413. Default: 1 MiB.
//
// Middleware that has begun to read the body has done so under the default.
func MaxBody(bytes int64) Option {
	return Option{name: "MaxBody", handle: func(h *handle) { h.maxBody = bytes }}
}

// Address listens there instead of where the Serve says. It is for With, where the address is a setting.
func Address(addr string) Option {
	return Option{name: "Address", serve: func(s *serve) { s.addr = addr }}
}

// Listen makes the listener of a Serve in place of net.Listen("tcp", addr), for sockets that a service manager
// hands over and for tests. It is called once in each start of an application, under the context of the start. The server closes the listener.
func Listen(listen func(ctx context.Context) (net.Listener, error)) Option {
	return Option{name: "Listen", serve: func(s *serve) { s.listen = listen }}
}

// Server changes the http.Server of a Serve before it listens: its timeouts, and its TLSConfig, with which it
// serves HTTPS. Handler and BaseContext are the application's and are set afterwards.
//
// Defaults: 10 s and 64 kB for the header, 30 s for the whole request, 2 min for an idle connection, no limit for the answer.
func Server(change func(*http.Server)) Option {
	return Option{name: "Server", serve: func(s *serve) { s.change = append(s.change[:len(s.change):len(s.change)], change) }}
}

// Name names a Serve in events and errors, and provides its *[Addr] under this name. Default: the address,
// and no *Addr.
func Name(name string) Option {
	return Option{name: "Name", serve: func(s *serve) { s.name = name }}
}

// With calls fn when the application is built, with injected singletons, and applies the Option that it returns:
//
//	web.Serve("", web.With(func(s Settings) web.Option { return web.Address(s.Addr) }))
func With(fn any) Option {
	return Option{name: "With", serve: func(s *serve) { s.with = append(s.with[:len(s.with):len(s.with)], fn) }}
}
