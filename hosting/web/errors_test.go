package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/scopes"
)

const fixed = "The request could not be answered. The id of the request tells the operators which one it was."

func TestErrorsAreProblems(t *testing.T) {
	cause := errors.New("s3cret")
	for _, c := range []struct {
		name     string
		unit     any
		want     problem
		reported bool
	}{
		{"any error", func() error { return cause }, problem{"Internal Server Error", 500, fixed, "id-1"}, true},
		{
			"web.Error", func() error { return &web.Error{Status: 404, Title: "no order", Detail: "no order 7", Err: cause} },
			problem{"no order", 404, "no order 7", "id-1"},
			false,
		},
		{"wrapped", func() error { return fmt.Errorf("s3cret: %w", &web.Error{Status: 409}) }, problem{"Conflict", 409, "", "id-1"}, false},
		{
			"web.Error of the server", func() error { return &web.Error{Status: 503, Err: cause} },
			problem{"Service Unavailable", 503, "", "id-1"},
			true,
		},
		{"without a status", func() error { return &web.Error{} }, problem{"Internal Server Error", 500, "", "id-1"}, true},
		{"with a status of success", func() error { return &web.Error{Status: 204} }, problem{"Internal Server Error", 500, "", "id-1"}, true},
		{"panic", func() { panic("s3cret") }, problem{"Internal Server Error", 500, fixed, "id-1"}, true},
		{
			"skipped", scopes.Around(func() {}, func(context.Context, scopes.Next) error { return nil }),
			problem{"Internal Server Error", 500, fixed, "id-1"},
			true,
		},
		{"own deadline", func() error { return context.DeadlineExceeded }, problem{"Internal Server Error", 500, fixed, "id-1"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, web.Handle("GET /a", c.unit))
				got := s.get("/a", "X-Request-Id", "id-1")
				if p := got.problem(t); p != c.want {
					t.Errorf("got %+v, want %+v", p, c.want)
				}
				if strings.Contains(got.body, "s3cret") {
					t.Errorf("the answer tells the cause: %s", got.body)
				}
				failed := s.events.failures()
				if c.reported != (len(failed) == 1) {
					t.Fatalf("reported %+v", failed)
				}
				if c.reported && (failed[0].RequestID != "id-1" || failed[0].Status != c.want.Status || failed[0].Err == nil ||
					!strings.HasPrefix(failed[0].Source.String(), `Handle "GET /a" (web/errors_test.go:`)) {
					t.Errorf("reported %+v", failed[0])
				}
			})
		})
	}
}

func TestProblemsReplaceTheHeaderOfTheAnswerThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("/a", func(w http.ResponseWriter) error {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Etag", "x")
			w.Header().Set("Retry-After", "1")
			return &web.Error{Status: 503}
		}))
		got := s.get("/a")
		got.problem(t)
		if got.header.Get("Etag") != "" || got.header.Get("Retry-After") != "1" || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("header is %v", got.header)
		}
	})
}

func TestAnErrorSaysWhatItIs(t *testing.T) {
	cause := errors.New("disk full")
	err := error(&web.Error{Status: 507, Detail: "no room", Err: cause})
	if want := "status 507: Insufficient Storage: no room: disk full"; err.Error() != want || !errors.Is(err, cause) {
		t.Errorf("got %q", err)
	}
	var e *web.Error
	if !errors.As(fmt.Errorf("x: %w", err), &e) || e.Status != 507 {
		t.Error("an Error is not found by errors.As")
	}
}

type translator struct{ word string }

func TestErrorsUnitAnswersInsteadOfTheDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t,
			di.Scoped(func(r *http.Request) *translator { return &translator{"oh " + r.URL.Path} }),
			web.Errors(func(err error, w http.ResponseWriter, tr *translator) {
				w.WriteHeader(http.StatusTeapot)
				fmt.Fprint(w, tr.word, ": ", err)
			}),
			web.Handle("/a", func() error { return errors.New("dear") }),
		)
		if got := s.get("/a"); got.status != 418 || got.body != "oh /a: dear" {
			t.Errorf("got %+v", got)
		}
		if failed := s.events.failures(); len(failed) != 0 {
			t.Errorf("reported %+v", failed)
		}
	})
}

func TestTheDefaultAnswersForAnErrorsUnitThatDoesNot(t *testing.T) {
	for name, unit := range map[string]any{
		"failing":   func() error { return errors.New("broken") },
		"panicking": func() { panic("broken") },
		"silent":    func() {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, web.Errors(unit), web.Handle("/a", func() error { return errors.New("cause") }))
				if p := s.get("/a").problem(t); p.Status != 500 || p.Detail != fixed {
					t.Errorf("got %+v", p)
				}
				failed := s.events.failures()
				if len(failed) != 1 {
					t.Fatalf("reported %+v", failed)
				}
				wants(t, failed[0].Err.Error(), "cause")
				if name != "silent" {
					wants(t, failed[0].Err.Error(), "web.Errors at web/errors_test.go:")
				}
			})
		})
	}
}

func TestAnApplicationHasOneErrorsUnit(t *testing.T) {
	wants(t, built(web.Errors(func() {}), web.Errors(func() {})), "declared at web/errors_test.go:", "there is a web.Errors at web/errors_test.go:")
}

func TestAnAnswerThatHasBegunIsCut(t *testing.T) {
	for name, unit := range map[string]any{
		"error": func(w http.ResponseWriter) error { fmt.Fprint(w, "half"); return errors.New("x") },
		"panic": func(w http.ResponseWriter) { fmt.Fprint(w, "half"); panic("x") },
		"commit": scopes.Around(func(w http.ResponseWriter) { w.WriteHeader(201) },
			func(ctx context.Context, next scopes.Next) error {
				return errors.Join(next(ctx), errors.New("commit failed"))
			}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, web.Handle("/a", unit))
				if got, err := s.do("GET", "/a", nil); err == nil {
					t.Errorf("the client takes %+v for an answer", got)
				}
				if failed := s.events.failures(); len(failed) == 0 || failed[0].Status != 0 {
					t.Errorf("reported %+v", failed)
				}
			})
		})
	}
}

func TestAWrapperMayAnswerInsteadOfItsUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("/a", scopes.Around(func() { t.Error("the unit was called") },
			func(_ context.Context, _ scopes.Next, w http.ResponseWriter) error {
				w.WriteHeader(http.StatusForbidden)
				return nil
			})))
		if got := s.get("/a"); got.status != 403 || len(s.events.failures()) != 0 {
			t.Errorf("got %+v, reported %+v", got, s.events.failures())
		}
	})
}

func TestAbortHandlerKeepsItsMeaning(t *testing.T) {
	for name, unit := range map[string]any{
		"panic": func() { panic(http.ErrAbortHandler) },
		"error": func() error { return fmt.Errorf("x: %w", http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, web.Handle("/a", unit))
				if got, err := s.do("GET", "/a", nil); err == nil {
					t.Errorf("got %+v", got)
				}
				if len(s.events.failures()) != 0 || len(s.events.noticed()) != 0 {
					t.Errorf("reported %+v, %+v", s.events.failures(), s.events.noticed())
				}
			})
		})
	}
}

func TestAClientThatGoesEndsItsUnitAndIsNotReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended error
		s := start(t, web.Handle("/a", func(ctx context.Context) error {
			<-ctx.Done()
			ended = ctx.Err()
			return fmt.Errorf("waiting: %w", ctx.Err())
		}))
		s.client.Timeout = time.Second
		if got, err := s.do("GET", "/a", nil); err == nil {
			t.Errorf("got %+v", got)
		}
		synctest.Wait()
		if !errors.Is(ended, context.Canceled) || len(s.events.failures()) != 0 {
			t.Errorf("the unit ended with %v, reported %+v", ended, s.events.failures())
		}
	})
}

func TestMiddlewareThatPanicsIsAnsweredAndReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Use(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("s3cret") })
		}))
		got := s.get("/a")
		if p := got.problem(t); p.Status != 500 || strings.Contains(got.body, "s3cret") {
			t.Errorf("got %+v", got)
		}
		failed := s.events.failures()
		var panicked *scopes.PanicError
		if len(failed) != 1 || !errors.As(failed[0].Err, &panicked) || strings.Contains(panicked.Error(), "s3cret") {
			t.Errorf("reported %+v", failed)
		}
	})
}

func TestMiddlewareStandsAroundEverythingInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ware := func(text string) func(http.Handler) http.Handler {
			return func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Add("Mark", text+r.Header.Get("X-Request-Id"))
					next.ServeHTTP(struct{ http.ResponseWriter }{w}, r) // hides all that w can do
				})
			}
		}
		s := start(t, web.Use(ware("a"), ware("b")), web.Handle("/x", func() error { return &web.Error{Status: 400} }), web.Use(ware("c")))
		for path, status := range map[string]int{"/x": 400, "/none": 404} {
			got := s.get(path, "X-Request-Id", "1")
			if marks := fmt.Sprint(got.header["Mark"]); marks != "[a1 b1 c1]" || got.status != status {
				t.Errorf("%s: got %v with %s", path, got.status, marks)
			}
		}
	})
}

func TestRequestIDs(t *testing.T) {
	long := strings.Repeat("x", 64)
	synctest.Test(t, func(t *testing.T) {
		s := start(t, web.Handle("/id", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, strings.Join(r.Header["X-Request-Id"], ","))
		}))
		for _, c := range []struct {
			name  string
			sent  []string
			taken bool
		}{
			{"letters", []string{"aZ09._-"}, true},
			{"64 bytes", []string{long}, true},
			{"65 bytes", []string{long + "x"}, false},
			{"empty", []string{""}, false},
			{"space", []string{"a b"}, false},
			{"not ASCII", []string{"é"}, false},
			{"two", []string{"a", "b"}, false},
			{"none", nil, false},
		} {
			var header []string
			for _, id := range c.sent {
				header = append(header, "X-Request-Id", id)
			}
			got := s.get("/id", header...)
			id := got.header.Get("X-Request-Id")
			if id != got.body || id == "" || len(got.header["X-Request-Id"]) != 1 || c.taken != (len(c.sent) == 1 && id == c.sent[0]) {
				t.Errorf("%s: sent %q, got %q, the unit saw %q", c.name, c.sent, id, got.body)
			}
		}
	})
}
