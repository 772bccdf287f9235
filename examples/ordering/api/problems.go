package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/scopes"
)

// Problems wraps a handler: it says what an error of the domain means over HTTP.
func Problems(ctx context.Context, next scopes.Next, w http.ResponseWriter, r *http.Request) error {
	err := next(ctx)
	var invalid *orders.InvalidError
	switch {
	case errors.As(err, &invalid):
		return badRequest(invalid)
	case errors.Is(err, orders.ErrNotFound):
		return &web.Error{Status: http.StatusNotFound, Title: "no such order", Err: err}
	case errors.Is(err, orders.ErrConflict):
		return &web.Error{Status: http.StatusConflict, Title: "another order has this id", Err: err}
	case errors.Is(err, orders.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return unavailable(w, r)
	}
	return err
}

// unavailable answers by itself. Errors with a status of 500 or more are logged one by one, and an outage, which
// the database logs once, would be a flood of them.
func unavailable(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Retry-After", "1")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusServiceUnavailable)
	return json.NewEncoder(w).Encode(map[string]any{
		"title":      "storage is unavailable",
		"status":     http.StatusServiceUnavailable,
		"request_id": r.Header.Get("X-Request-Id"),
	})
}

// InTime wraps a handler: what it calls has five seconds.
func InTime(ctx context.Context, next scopes.Next) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return next(ctx)
}
