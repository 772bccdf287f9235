// Package served answers HTTP requests with the unit of work, in a handler wired by hand and in web.Handle. Both
// stand behind an http.Server on loopback with the same limits and are asked over one connection that stays open.
package served

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/benchmarks/internal/unit"
	"github.com/berth-go/berth/hosting/web"
)

const pattern, answer = "GET /work", "done\n"

// A Server answers GET /work at Addr until Stop.
type Server struct {
	Addr string
	Stop func() error
}

func say(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, answer) // a client that has gone is none of its business
}

// Hand wires the handler by hand.
func Hand() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	work := unit.Hand()
	mux := http.NewServeMux()
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := work(r.Context()); err != nil {
			http.Error(w, "internal error", http.StatusInternalServerError)
			return
		}
		say(w)
	})
	server := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return &Server{listener.Addr().String(), func() error {
		err := server.Shutdown(context.Background())
		if closed := <-served; !errors.Is(closed, http.ErrServerClosed) {
			err = errors.Join(err, closed)
		}
		return err
	}}, nil
}

// Berth serves an application.
func Berth() (*Server, error) {
	var in struct {
		fx.In
		Addr *web.Addr `name:"work"`
	}
	a := app.New(
		unit.Module,
		web.Handle(pattern, func(ctx context.Context, w http.ResponseWriter, root *unit.Root) error {
			if err := root.Run(ctx); err != nil {
				return err
			}
			say(w)
			return nil
		}),
		web.Serve("127.0.0.1:0", web.Name("work")),
		app.Logger(zap.NewNop), fx.NopLogger, fx.Populate(&in),
	)
	ctx := context.Background()
	if err := a.Start(ctx); err != nil {
		return nil, errors.Join(err, a.Stop(ctx))
	}
	return &Server{in.Addr.Addr().String(), func() error { return a.Stop(ctx) }}, nil
}
