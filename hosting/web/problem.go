package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/berth-go/berth/internal/supervise"
)

// A problem is an answer of RFC 9457. Its type is about:blank, which need not be said.
type problem struct {
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// problemOf is the default answer to an error. Only an *Error says something of itself.
func problemOf(r *http.Request, err error) problem {
	p := problem{
		Status:    http.StatusInternalServerError,
		Detail:    "The request could not be answered. The id of the request tells the operators which one it was.",
		RequestID: r.Header.Get(headerID),
	}
	var (
		own      *Error
		tooLarge *http.MaxBytesError
	)
	switch {
	case errors.As(err, &own):
		p.Status, p.Title, p.Detail = own.status(), own.title(), own.Detail
	case errors.As(err, &tooLarge):
		p.Status, p.Detail = http.StatusRequestEntityTooLarge, "The body of the request is too large."
	case stopping(r.Context()), errors.Is(err, supervise.ErrClosed):
		p.Status, p.Detail = http.StatusServiceUnavailable, "The service is stopping."
	}
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	return p
}

func (p problem) write(w http.ResponseWriter) {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and a number
	}
	header := w.Header()
	// What the unit said of an answer that it did not give.
	for _, name := range []string{"Content-Length", "Content-Encoding", "Etag", "Last-Modified", "Cache-Control"} {
		header.Del(name)
	}
	header.Set("Content-Type", "application/problem+json")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(text, '\n')) // a client that has gone
}
