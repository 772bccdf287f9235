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
func requestID(header http.Header) []string {
	if ids := header[headerID]; len(ids) == 1 && validID(ids[0]) {
		return ids
	}
	return []string{rand.Text()}
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

// A body limits itself when it is first read: until then the route may change the limit.
type body struct {
	io.ReadCloser
	w       http.ResponseWriter // net/http's own, which then closes the connection
	limit   int64
	limited io.ReadCloser
}

func (b *body) Read(p []byte) (int, error) {
	if b.limited == nil {
		b.limited = http.MaxBytesReader(b.w, b.ReadCloser, b.limit)
	}
	n, err := b.limited.Read(p)
	if errors.Is(err, io.EOF) {
		allRead(b.w)
	}
	return n, err
}

// allRead ends the time limit for reading a request. It would otherwise end the context of a unit that takes
// longer than that, since net/http goes on reading to learn when the client goes away.
func allRead(w http.ResponseWriter) {
	if w, ok := w.(interface{ SetReadDeadline(time.Time) error }); ok {
		_ = w.SetReadDeadline(time.Time{}) // of a connection that is closed
	}
}
