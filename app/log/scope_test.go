package log_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/hosting/web/webtest"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// A tray is scoped and has a logger, named log_test.tray.
type tray struct{ log *zap.Logger }

func newTray(l *zap.Logger) *tray { return &tray{l} }

func observed() (fx.Option, *observer.ObservedLogs) {
	inner, lines := observer.New(zap.DebugLevel)
	return fx.Options(app.Logger(func(l *log.Levels) *zap.Logger { return zap.New(l.Core(inner)) }), di.Scoped(newTray)), lines
}

// said are the lines of a program, but not of the host, with their fields in order of their keys.
func said(lines *observer.ObservedLogs) []string {
	var all []string
	for _, e := range lines.TakeAll() {
		if e.LoggerName == "app" {
			continue
		}
		text := e.LoggerName + ": " + e.Message
		fields := e.ContextMap()
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			text += fmt.Sprintf(" %s=%v", key, fields[key])
		}
		all = append(all, text)
	}
	return all
}

func wantSaid(t *testing.T, lines *observer.ObservedLogs, want ...string) {
	t.Helper()
	if got := said(lines); !slices.Equal(got, want) {
		t.Errorf("said\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// turn takes one turn of the trigger "t" of an application.
func turn(t *testing.T, opts ...fx.Option) {
	t.Helper()
	var triggers *hosting.Triggers
	apptest.Start(t, fx.Options(opts...), fx.Populate(&triggers), apptest.Only())
	trigger, _ := triggers.Find("t")
	if err := trigger.RunNow(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func sayAll(ctx context.Context, own *zap.Logger, std *slog.Logger, tray *tray) {
	own.Info("own", zap.Int("n", 1))
	std.Info("std", "n", 1)
	tray.log.Info("scoped")
	own.Named("inner").With(zap.Int("n", 1)).Info("derived")
	log.From(ctx).Info("from")
}

func TestLinesOfATurnSayTheirTrigger(t *testing.T) {
	opts, lines := observed()
	turn(t, opts, hosting.Every(time.Hour, sayAll, hosting.Name("t")))
	wantSaid(t, lines,
		"log_test.sayAll: own n=1 run=1 trigger=t",
		"log_test.sayAll: std n=1 run=1 trigger=t",
		"log_test.tray: scoped run=1 trigger=t",
		"log_test.sayAll.inner: derived n=1 run=1 trigger=t",
		"log_test.sayAll: from run=1 trigger=t",
	)
}

func TestEachTurnHasItsNumber(t *testing.T) {
	opts, lines := observed()
	done := make(chan struct{})
	turns := 0
	apptest.Start(t, opts, hosting.Loop(func(_ context.Context, l *zap.Logger) error {
		l.Info("turn")
		if turns++; turns == 3 {
			close(done)
		}
		if turns >= 3 {
			return nil
		}
		return hosting.Again
	}, hosting.Name("relay")))
	<-done
	var runs []any
	for _, e := range lines.FilterMessage("turn").All() {
		runs = append(runs, e.ContextMap()["run"])
	}
	if want := []any{uint64(1), uint64(2), uint64(3)}; !slices.Equal(runs, want) {
		t.Errorf("turns say %v, want %v", runs, want)
	}
}

func TestLinesOfARequestSayItsIDAndRoute(t *testing.T) {
	opts, lines := observed()
	var client *http.Client
	apptest.Start(t, opts, webtest.Client(&client),
		web.Use(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				log.From(r.Context()).Info("before")
				next.ServeHTTP(w, r)
			})
		}),
		web.Handle("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request, tray *tray, l *zap.Logger) {
			l.Info("unit")
			tray.log.Info("scoped")
			log.From(r.Context()).Info("from")
		}),
	)
	r, _ := http.NewRequest(http.MethodGet, "http://test/orders/7", nil)
	r.Header.Set("X-Request-Id", "r1")
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	unit := "log_test.TestLinesOfARequestSayItsIDAndRoute.func2"
	wantSaid(t, lines,
		"web: before request_id=r1",
		unit+": unit request_id=r1 route=GET /orders/{id}",
		"log_test.tray: scoped request_id=r1 route=GET /orders/{id}",
		unit+": from request_id=r1 route=GET /orders/{id}",
	)
}

func TestLinesOfAnItemSayItsNumberAndAttempt(t *testing.T) {
	opts, lines := observed()
	done := make(chan struct{})
	calls := 0
	apptest.Start(t, opts,
		hosting.Consume[string](func(item string, l *zap.Logger, tray *tray) error {
			l.Info("take " + item)
			tray.log.Info("scoped")
			if calls++; calls == 1 {
				return errStop
			}
			if calls == 3 {
				close(done)
			}
			return nil
		}, hosting.Retry(hosting.RetryPolicy{Attempts: 2})),
		hosting.Run(func(ctx context.Context, q *hosting.Queue[string]) error {
			return errors.Join(q.Send(ctx, "a"), q.Send(ctx, "b"))
		}))
	<-done
	unit := "log_test.TestLinesOfAnItemSayItsNumberAndAttempt.func1"
	wantSaid(t, lines,
		unit+": take a item=1 trigger="+unit, "log_test.tray: scoped item=1 trigger="+unit,
		unit+": take b item=2 trigger="+unit, "log_test.tray: scoped item=2 trigger="+unit,
		unit+": take a attempt=2 item=1 trigger="+unit, "log_test.tray: scoped attempt=2 item=1 trigger="+unit,
	)
}

func TestScopesInsideOneAnotherSayBoth(t *testing.T) {
	opts, lines := observed()
	type Reserve func(ctx context.Context) error
	turn(t, opts,
		scopes.Bind[Reserve](func(l *zap.Logger) { l.Info("reserved") }),
		hosting.Every(time.Hour, func(ctx context.Context, reserve Reserve) error { return reserve(ctx) }, hosting.Name("t")))
	wantSaid(t, lines, "log_test.TestScopesInsideOneAnotherSayBoth.func1: reserved run=1 trigger=t")
}

// The logger of a scope stays that of the scope, whoever keeps it.
func TestKeptLoggerSaysWhatItsScopeDid(t *testing.T) {
	opts, lines := observed()
	var client *http.Client
	var kept []*zap.Logger
	apptest.Start(t, opts, webtest.Client(&client), web.Handle("GET /", func(l *zap.Logger) { kept = append(kept, l) }))
	for _, id := range []string{"a", "b", "c"} {
		r, _ := http.NewRequest(http.MethodGet, "http://test/", nil)
		r.Header.Set("X-Request-Id", id)
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
	for i, want := range []string{"a", "b", "c"} {
		kept[i].Info("late")
		if got := lines.FilterMessage("late").TakeAll()[0].ContextMap()["request_id"]; got != want {
			t.Errorf("line of request %s says %v", want, got)
		}
		lines.TakeAll()
	}
}

func TestSlogTakesTheScopeFromTheContextOfTheLine(t *testing.T) {
	opts, lines := observed()
	type audit struct{ log *slog.Logger }
	turn(t, opts,
		di.Singleton(func(l *slog.Logger) *audit { return &audit{l} }),
		hosting.Every(time.Hour, func(ctx context.Context, a *audit, own *slog.Logger) {
			a.log.InfoContext(ctx, "with context")
			a.log.Info("without")
			a.log.With("a", 1).WithGroup("g").InfoContext(ctx, "grouped", "b", 2)
			own.InfoContext(ctx, "own")
			if own.Enabled(ctx, slog.LevelDebug) {
				t.Error("debug level is enabled")
			}
		}, hosting.Name("t")))
	unit := "log_test.TestSlogTakesTheScopeFromTheContextOfTheLine.func2"
	wantSaid(t, lines,
		"log_test.audit: with context run=1 trigger=t",
		"log_test.audit: without",
		"log_test.audit: grouped a=1 g=map[b:2] run=1 trigger=t",
		unit+": own run=1 trigger=t",
	)
}

func TestHooksHaveALoggerInTheirContext(t *testing.T) {
	opts, lines := observed()
	apptest.Start(t, opts, lifecycle.OnStart(migrate))
	wantSaid(t, lines, "log_test.migrate: migrated")
}

func migrate(ctx context.Context) { log.From(ctx).Info("migrated") }

func TestFromAForeignContextIsZapsGlobalLogger(t *testing.T) {
	if got := log.From(t.Context()); got != zap.L() {
		t.Errorf("logger is %v", got)
	}
}

func TestFieldsComeFromTheContextOfTheUnit(t *testing.T) {
	opts, lines := observed()
	type tenant struct{}
	type Charge func(ctx context.Context) error
	turn(t, opts,
		log.Fields(func(ctx context.Context) []zap.Field {
			name, _ := ctx.Value(tenant{}).(string)
			return []zap.Field{zap.String("tenant", name)}
		}),
		scopes.Bind[Charge](charge),
		hosting.Every(time.Hour, func(ctx context.Context, charge Charge) error {
			ctx = context.WithValue(ctx, tenant{}, "acme")
			log.From(ctx).Info("charging")
			return charge(ctx)
		}, hosting.Name("t")))
	wantSaid(t, lines,
		"log_test.TestFieldsComeFromTheContextOfTheUnit.func2: charging run=1 tenant=acme trigger=t",
		"log_test.charge: charged run=1 tenant=acme trigger=t",
		"log_test.charge: charged run=1 tenant=acme trigger=t",
	)
}

func charge(own *zap.Logger, std *slog.Logger) {
	own.Info("charged")
	std.Info("charged")
}

func TestFieldsWithoutAFunctionIsAnError(t *testing.T) {
	err := app.New(log.Fields(nil)).Err()
	if err == nil || !strings.Contains(err.Error(), "log.Fields at log/scope_test.go") {
		t.Errorf("error is %v", err)
	}
}

// HO-123
func TestFieldsAreNotMadeForLinesThatAreNotWritten(t *testing.T) {
	opts, lines := observed()
	made := 0
	turn(t, opts, log.Fields(func(context.Context) []zap.Field { made++; return nil }),
		hosting.Every(time.Hour, func(l *zap.Logger) { l.Debug("nothing"); l.Named("inner").Debug("nothing") }, hosting.Name("t")))
	if made != 0 || len(said(lines)) != 0 {
		t.Errorf("fields were made %d times", made)
	}
}

var errStop = errors.New("enough")
