package web_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/hosting/web"
)

// A checked is a test that keeps what it is told.
type checked struct {
	testing.TB
	text string
}

func (c *checked) Errorf(_ string, args ...any) {
	err, _ := args[0].(error)
	c.text = err.Error()
}

func TestCheckFindsWhatIsDeclaredTwice(t *testing.T) {
	socket := web.Listen(func(context.Context) (net.Listener, error) { return nil, errors.New("never called") })
	for name, tt := range map[string]struct {
		opts []fx.Option
		says []string
	}{
		"patterns": {
			[]fx.Option{web.Handle("GET /a/{x}", func() {}), fx.Module("m", web.Group("/a", web.Handle("GET /{y}", func() {})))},
			[]string{`declared at web/claims_test.go:35: pattern "GET /a/{y}" conflicts with "GET /a/{x}" at web/claims_test.go:35: `},
		},
		"web.Errors": {
			[]fx.Option{web.Errors(func(error) {}), web.Errors(func(error) {})},
			[]string{"declared at web/claims_test.go:39: there is a web.Errors at web/claims_test.go:39 already"},
		},
		"an address": {
			[]fx.Option{web.Serve(":8080"), web.Serve("", web.Address(":8080"))},
			[]string{`declared at web/claims_test.go:43: web.Serve at web/claims_test.go:43 listens on ":8080" already`},
		},
		"what may be several": {
			[]fx.Option{
				web.Serve(":0"), web.Serve(":0"), web.Serve("s", socket), web.Serve("s", socket),
				web.Serve(":8080"), web.Serve(":8080", web.With(func() web.Option { return web.Address(":8081") })),
				web.Handle("GET /a", func() {}), web.Handle("POST /a", func() {}), web.Handle("GET /a/{$}", func() {}),
			},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := &checked{TB: t}
			apptest.Check(c, tt.opts...)
			if (c.text == "") != (len(tt.says) == 0) {
				t.Errorf("Check says %q", c.text)
			}
			wants(t, c.text, tt.says...)
		})
	}
}

func TestHandlersWithoutAServerAreNoticed(t *testing.T) {
	for name, opts := range map[string][]fx.Option{
		"a server":      {web.Serve("127.0.0.1:0"), web.Handle("GET /a", func() {})},
		"no server":     {web.Handle("GET /a", func() {}), web.Handle("GET /b", func() {})},
		"nothing of it": {web.Use(func(h http.Handler) http.Handler { return h })},
	} {
		t.Run(name, func(t *testing.T) {
			events := new(recorder)
			a := apptest.Start(t, append(opts, events.option())...)
			if err := a.Stop(); err != nil {
				t.Fatal(err)
			}
			noticed := events.noticed()
			if (len(noticed) > 0) != (name == "no server") {
				t.Fatalf("noticed %+v", noticed)
			}
			for _, n := range noticed {
				if !strings.Contains(n.Text, "declared (2, this one first)") || !strings.Contains(n.Source.String(), `"GET /a" (web/claims_test.go:`) {
					t.Errorf("noticed %q of %v", n.Text, n.Source)
				}
			}
		})
	}
}
