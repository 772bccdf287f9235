package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/settings"
)

// NewListener listens where the settings say.
func NewListener(s settings.HTTP) (net.Listener, error) { return net.Listen("tcp", s.Address) }

// A Server answers.
type Server struct {
	http     *http.Server
	listener net.Listener
	log      *zap.Logger
	done     chan struct{}
}

// NewServer returns a server that does not serve yet.
func NewServer(l net.Listener, mux *http.ServeMux, log *zap.Logger) *Server {
	return &Server{
		http:     &http.Server{Handler: mux, ReadHeaderTimeout: time.Second},
		listener: l,
		log:      log,
		done:     make(chan struct{}),
	}
}

func serve(_ context.Context, s *Server) error {
	s.log.Info("serving")
	go func() {
		defer close(s.done)
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("serving failed", zap.Error(err))
		}
	}()
	return nil
}

func shutdown(ctx context.Context, s *Server) error {
	err := s.http.Shutdown(ctx)
	<-s.done
	s.log.Info("served")
	return err
}

// URL is where the server is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }
