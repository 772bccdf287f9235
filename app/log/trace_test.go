package log_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/hosting/web/webtest"
	"github.com/berth-go/berth/scopes"
)

// withSpan is a context inside of a span of one trace.
func withSpan(ctx context.Context, number byte) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{15: 1},
		SpanID:  trace.SpanID{7: number},
	}))
}

const (
	inFirst  = " span_id=0000000000000001 trace_id=00000000000000000000000000000001"
	inSecond = " span_id=0000000000000002 trace_id=00000000000000000000000000000001"
)

// request asks for a path of the application, as request r1.
func request(t *testing.T, client *http.Client, path string) {
	t.Helper()
	r, _ := http.NewRequest(http.MethodGet, "http://test"+path, nil)
	r.Header.Set("X-Request-Id", "r1")
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}

func TestLinesOfARequestSayTheSpanOfMiddleware(t *testing.T) {
	opts, lines := observed()
	var client *http.Client
	apptest.Start(t, opts, webtest.Client(&client),
		web.Use(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				log.From(r.Context()).Info("outside")
				next.ServeHTTP(w, r.WithContext(withSpan(r.Context(), 1)))
			})
		}),
		web.Handle("GET /", answerInSpan))
	for range 2 { // the second time there is room
		request(t, client, "/")
		const request = " request_id=r1 route=GET /"
		wantSaid(t, lines,
			"web: outside request_id=r1",
			"log_test.answerInSpan: own"+request+inFirst,
			"log_test.answerInSpan: std"+request+inFirst,
			"log_test.tray: scoped"+request+inFirst,
			"log_test.answerInSpan: from"+request+inFirst,
			"log_test.answerInSpan: from child"+request+inSecond,
			"log_test.answerInSpan: std child"+request+inSecond,
		)
	}
}

func answerInSpan(ctx context.Context, own *zap.Logger, std *slog.Logger, tray *tray) {
	own.Info("own")
	std.Info("std")
	tray.log.Info("scoped")
	log.From(ctx).Info("from")
	child := withSpan(ctx, 2)
	log.From(child).Info("from child")
	std.InfoContext(child, "std child")
}

func TestUnitCalledInASpanSaysIt(t *testing.T) {
	opts, lines := observed()
	type Reserve func(ctx context.Context) error
	type audit struct{ log *slog.Logger }
	turn(t, opts,
		di.Singleton(func(l *slog.Logger) *audit { return &audit{l} }),
		scopes.Bind[Reserve](reserveInSpan),
		hosting.Every(time.Hour, func(ctx context.Context, reserve Reserve, audit *audit) error {
			err := errors.Join(reserve(ctx), reserve(withSpan(ctx, 1)), reserve(withSpan(ctx, 2)), reserve(ctx))
			audit.log.InfoContext(withSpan(ctx, 2), "audited")
			return err
		}, hosting.Name("t")))
	wantSaid(t, lines,
		"log_test.reserveInSpan: reserved run=1 trigger=t",
		"log_test.reserveInSpan: reserved run=1"+inFirst+" trigger=t",
		"log_test.reserveInSpan: reserved run=1"+inSecond+" trigger=t",
		"log_test.reserveInSpan: reserved run=1 trigger=t",
		"log_test.audit: audited run=1"+inSecond+" trigger=t",
	)
}

func reserveInSpan(l *zap.Logger) { l.Info("reserved") }

// A scope that is opened outside of any unit has a context as well.
func TestScopeOpenedInASpanSaysIt(t *testing.T) {
	opts, lines := observed()
	var open *scopes.Factory
	apptest.Start(t, opts, fx.Populate(&open))
	scope, err := open.Open(withSpan(t.Context(), 1))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = scope.Close(t.Context()) }()
	tray, err := scopes.Get[*tray](scope)
	if err != nil {
		t.Fatal(err)
	}
	tray.log.Info("scoped")
	wantSaid(t, lines, "log_test.tray: scoped"+inFirst)
}
