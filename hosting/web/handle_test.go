package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting/web"
)

type counter struct{ n atomic.Int64 }

// A visit is scoped: it knows its request, and is counted when it ends.
type visit struct{ name string }

func newVisit(ctx context.Context, r *http.Request, c *counter) (*visit, func(), error) {
	if r.Context() != ctx {
		return nil, nil, errors.New("the scope has another context than the request")
	}
	return &visit{r.PathValue("name")}, func() { c.n.Add(1) }, nil
}

func (v *visit) Greet(w http.ResponseWriter) { fmt.Fprintf(w, "hello %s", v.name) }

func TestEachRequestHasAScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		count := new(counter)
		s := start(t,
			di.Singleton(func() *counter { return count }),
			di.Scoped(newVisit),
			web.Handle("GET /hello/{name}", (*visit).Greet),
		)
		for _, name := range []string{"ada", "grace"} {
			if got := s.get("/hello/" + name); got.body != "hello "+name || got.status != 200 {
				t.Errorf("got %+v", got)
			}
		}
		if count.n.Load() != 2 {
			t.Errorf("%d scopes were closed, want 2", count.n.Load())
		}
	})
}

func TestAnyHandlerIsAUnit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t,
			di.Singleton(func() *http.ServeMux {
				mux := http.NewServeMux()
				mux.HandleFunc("/mux/a", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "inner") })
				return mux
			}),
			web.Handle("/mux/", (*http.ServeMux).ServeHTTP),
			web.Handle("/gone", http.NotFoundHandler().ServeHTTP),
			web.Handle("/empty", func() {}),
			web.Handle("/reordered", func(r *http.Request, ctx context.Context, w http.ResponseWriter) error {
				_, err := fmt.Fprint(w, r.Context() == ctx, r.Pattern)
				return err
			}),
		)
		for path, want := range map[string]reply{
			"/mux/a":     {status: 200, body: "inner"},
			"/gone":      {status: 404, body: "404 page not found\n"},
			"/empty":     {status: 200},
			"/reordered": {status: 200, body: "true/reordered"},
			"/none":      {status: 404, body: "404 page not found\n"},
		} {
			if got := s.get(path); got.status != want.status || got.body != want.body {
				t.Errorf("%s: got %+v, want %+v", path, got, want)
			}
		}
		if got, err := s.do("POST", "/none", nil); err != nil || got.status != 404 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestConflictingPatternsNameBothPlaces(t *testing.T) {
	text := built(
		web.Handle("GET /a/{x}", func() {}),
		web.Handle("GET /{y}/b", func() {}),
		web.Handle("GET /c", func() {}),
		web.Handle("GET /c", func() {}),
	)
	wants(t, text,
		`declared at web/handle_test.go:87: pattern "GET /{y}/b" conflicts with "GET /a/{x}" at web/handle_test.go:86: `,
		`declared at web/handle_test.go:89: pattern "GET /c" conflicts with "GET /c" at web/handle_test.go:88: `,
	)
}

func TestBadDeclarationsAreReportedTogether(t *testing.T) {
	text := built(
		web.Handle("GET", func() {}),
		web.Handle("GET /{", func() {}),
		web.Handle("/a", func() {}, web.MaxBody(0)),
		web.Handle("/b", func() {}, web.Name("b")),
		web.Serve(":0", web.MaxBody(1)),
	)
	wants(t, text, `pattern "GET" cannot be served`, `pattern "GET /{" cannot be served`, "web.MaxBody must be positive", "option web.Name does not fit web.Handle",
		"option web.MaxBody does not fit web.Serve")
}

func TestAUnitMustTakeWhatIsGivenOrInjected(t *testing.T) {
	wants(t, built(web.Handle("GET /a", func(http.ResponseWriter, *counter) {})), "missing *web_test.counter", "web/handle_test.go:")
}

func TestBodiesAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := func(r *http.Request) error {
			_, err := io.Copy(io.Discard, r.Body)
			return err
		}
		s := start(t,
			web.Handle("POST /usual", read),
			web.Handle("POST /small", read, web.MaxBody(10)),
			web.Handle("POST /large", read, web.MaxBody(4<<20)),
		)
		for _, c := range []struct {
			path   string
			bytes  int
			status int
		}{
			{"/usual", 1 << 20, 200},
			{"/usual", 1<<20 + 1, 413},
			{"/small", 10, 200},
			{"/small", 11, 413},
			{"/large", 4 << 20, 200},
		} {
			got, err := s.do("POST", c.path, strings.NewReader(strings.Repeat("x", c.bytes)))
			if err != nil || got.status != c.status {
				t.Errorf("%s with %d bytes: got %v, %v, want %d", c.path, c.bytes, got.status, err, c.status)
			}
		}
	})
}
