package web

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	headerID = "X-Request-Id"
	maxID    = 64
	maxBody  = 1 << 20
)

// requestID is the id that the client has chosen, if it is safe to repeat, or a new one.
func requestID(header http.Header) string {
	if ids := header[headerID]; len(ids) == 1 && validID(ids[0]) {
		return ids[0]
	}
	return rand.Text()
}

func validID(id string) bool {
	if len(id) < 1 || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// A body limits its size when it is first read, for until then the route may change the limit, and how long reading
// it takes.
type body struct {
	io.ReadCloser
	w       http.ResponseWriter // net/http's own
	limit   int64
	limited io.ReadCloser
}

func newBody(w http.ResponseWriter, inner io.ReadCloser, timeout time.Duration) *body {
	b := &body{ReadCloser: inner, w: w, limit: maxBody}
	if timeout > 0 {
		b.deadline(time.Now().Add(timeout))
	}
	return b
}

func (b *body) Read(p []byte) (int, error) {
	if b.limited == nil {
		b.limited = http.MaxBytesReader(b.w, b.ReadCloser, b.limit)
	}
	n, err := b.limited.Read(p)
	if errors.Is(err, io.EOF) {
		b.deadline(time.Time{})
	}
	return n, err
}

func (b *body) deadline(t time.Time) {
	if w, ok := b.w.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = w.SetReadDeadline(t) // fails if the connection is closed, as the next read will
	}
}
