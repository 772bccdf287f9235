package web_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/scopes"
)

// mark is a wrapper that leaves a mark.
func mark(text string) any {
	return func(ctx context.Context, next scopes.Next, w http.ResponseWriter) error {
		fmt.Fprint(w, text, "(")
		defer fmt.Fprint(w, ")")
		return next(ctx)
	}
}

// say answers with its pattern.
func say(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Pattern) }

func TestGroupsPutPrefixesAndWrappersAroundHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, fx.Module("orders",
			web.Group("/orders", mark("a"), mark("b"),
				web.Handle("GET /", say),
				web.Handle("GET /{id}", scopes.Around(say, mark("c"))),
				web.Group("/lines/", mark("d"),
					web.Handle("GET /", say),
					web.Handle("GET /{rest...}", say),
				),
			),
			web.Group("/", web.Handle("GET /", say), web.Handle("GET host/x", say)),
		))
		for path, want := range map[string]string{
			"/orders":           "a(b(GET /orders))",
			"/orders/7":         "a(b(c(GET /orders/{id})))",
			"/orders/lines":     "a(b(d(GET /orders/lines)))",
			"/orders/lines/1/2": "a(b(d(GET /orders/lines/{rest...})))",
			"/":                 "GET /",
		} {
			if got := s.get(path); got.body != want {
				t.Errorf("%s: got %q, want %q", path, got.body, want)
			}
		}
	})
}

func TestGroupsTakeHandlersAndWrappersOnly(t *testing.T) {
	text := built(
		web.Group("/a", web.Group("/b", web.Use())),
		web.Group("orders", web.Handle("/", say)),
		web.Group("/c", 7, web.Handle("/", say)),
		web.Group("/d", nil),
		web.Use(nil),
	)
	wants(t, text,
		"Group /b, declared at web/group_test.go:57: option number 1 is neither a web.Handle nor a web.Group",
		`Group orders, declared at web/group_test.go:58: prefix "orders" does not begin with /`,
		"a function is needed, not a value of type int",
		"Group /d, declared at web/group_test.go:60: there are wrappers, but no handlers",
		"Use, declared at web/group_test.go:61: middleware number 1 is nil",
	)
}
