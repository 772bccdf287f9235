package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/scopes"
)

// Problems wraps a handler: it says what an error of the domain means over HTTP.
func Problems(ctx context.Context, next scopes.Next, w http.ResponseWriter) error {
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
		w.Header().Set("Retry-After", "1")
		return &web.Error{Status: http.StatusServiceUnavailable, Title: "storage is unavailable", Err: err}
	}
	return err
}

// InTime wraps a handler: what it calls has five seconds.
func InTime(ctx context.Context, next scopes.Next) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return next(ctx)
}
