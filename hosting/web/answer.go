package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/supervise"
)

// An answer knows whether it has begun, and with which status. It does what the ResponseWriter of net/http
// does, also for those who ask for its interfaces rather than for a ResponseController.
//
// It is all that a request needs of ours, in one piece. It is not used again: who keeps something of a request keeps that.
type answer struct {
	http.ResponseWriter
	began  time.Time // when the request came
	status int       // 0 until the answer has begun

	// who answers, for lines of its units and for a stop that waits in vain
	id        [1]string              // of the request: both headers have it
	goroutine *supervise.GoroutineID // of the handler
	route     atomic.Pointer[route]  // once it is known
	scope     logs.Scope             // of its context

	writer http.ResponseWriter // what the unit is given: the answer, or what middleware put around it

	prev, next *answer // in requests, which guards them
}

// answerOf finds the answer under the wrappers of middleware.
func answerOf(w http.ResponseWriter) *answer {
	for {
		switch inner := w.(type) {
		case *answer:
			return inner
		case interface{ Unwrap() http.ResponseWriter }:
			w = inner.Unwrap()
		default:
			return nil
		}
	}
}

func (a *answer) begun() bool { return a.status != 0 }

func (a *answer) begin(status int) {
	if a.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		a.status = status
	}
}

// WriteHeader begins the answer, unless it is an informational one.
func (a *answer) WriteHeader(status int) {
	a.begin(status)
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.begin(http.StatusOK)
	return a.ResponseWriter.Write(p)
}

// ReadFrom lets io.Copy send a file without copying it.
func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	a.begin(http.StatusOK)
	return io.Copy(a.ResponseWriter, r)
}

// Flush implements http.Flusher.
func (a *answer) Flush() { _ = a.FlushError() }

// FlushError sends what was written.
func (a *answer) FlushError() error {
	a.begin(http.StatusOK)
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err == nil {
		a.begin(http.StatusSwitchingProtocols)
	}
	return conn, rw, err
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
