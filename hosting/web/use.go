package web

import (
	"fmt"
	"net/http"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// Use puts middleware around all handlers of the application, wherever they are declared, and around the answers to
// requests that match none. The first is the outermost, and that of an earlier Use is outside that of a later one.
//
// Middleware runs before there is a scope. What needs one is a wrapper: see scopes.Around and [Group].
func Use(middleware ...func(http.Handler) http.Handler) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Unit{
		Label: "Use",
		Bare:  true,
		Here:  here,
		Check: func() error {
			for i, m := range middleware {
				if m == nil {
					return fmt.Errorf("middleware number %d is nil", i+1)
				}
			}
			return nil
		},
		Install: func(engine any, _ decl.Bound) error {
			hostOf(engine.(*supervise.Engine)).use(middleware)
			return nil
		},
	}, here)
}
