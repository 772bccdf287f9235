package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

func observed(level zapcore.Level) (*zap.Logger, *observer.ObservedLogs) {
	core, logs := observer.New(level)
	return zap.New(core), logs
}

// runOnce runs an application to its end.
func runOnce(t *testing.T, opts ...fx.Option) {
	t.Helper()
	if err := app.Run(t.Context(), app.RunOnce(func() {}), fx.Options(opts...)); err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func messages(logs *observer.ObservedLogs, name string) []string {
	var all []string
	for _, e := range logs.All() {
		if e.LoggerName == name {
			all = append(all, e.Message)
		}
	}
	return all
}

// HO-082
func TestTheApplicationLogsThroughItsLogger(t *testing.T) {
	log, logs := observed(zap.InfoLevel)
	tests := []struct {
		name   string
		option fx.Option
	}{
		{"of app.Logger", app.Logger(func() *zap.Logger { return log })},
		{"of fx.Supply", fx.Supply(log)},
		{"of a module", fx.Module("logs", fx.Provide(func() *zap.Logger { return log }))},
		{"decorated", fx.Decorate(func(*zap.Logger) *zap.Logger { return log })},
		{"without fx's events", fx.Options(fx.Supply(log), fx.NopLogger)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			logs.TakeAll()
			runOnce(t, test.option)
			want := []string{"application starting", "started", "application started", "application stopping", "application stopped"}
			if got := messages(logs, "app"); !slices.Equal(got, want) {
				t.Errorf("logged %q, want %q", got, want)
			}
			if n := logs.Len(); n != len(want) {
				t.Errorf("logged %d lines, want %d", n, len(want))
			}
		})
	}
}

type Repo struct{}

func TestLoggersAreNamedAfterTheirConsumers(t *testing.T) {
	log, logs := observed(zap.InfoLevel)
	runOnce(t, fx.Supply(log.Named("shop")),
		di.Singleton(func(log *zap.Logger) *Repo { log.Info("constructed"); return &Repo{} }),
		lifecycle.OnStart(Migrate),
	)
	for name, want := range map[string]string{"shop.app_test.Repo": "constructed", "shop.app_test.Migrate": "migrated"} {
		if got := messages(logs, name); !slices.Equal(got, []string{want}) {
			t.Errorf("%s logged %q", name, got)
		}
	}
}

func Migrate(_ *Repo, log *zap.Logger) { log.Info("migrated") }

func TestEventsOfFxAreLoggedAtDebugLevel(t *testing.T) {
	log, logs := observed(zap.DebugLevel)
	runOnce(t, fx.Supply(log), fx.Provide(func() *Repo { return &Repo{} }), fx.Invoke(func(*Repo) {}), di.Singleton(func() *conn { return nil }))
	got := messages(logs, "fx")
	for _, want := range []string{"provided", "invoking", "run"} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q among %q", want, got)
		}
	}
	for _, e := range logs.FilterLoggerName("fx").All() {
		if e.Level != zap.DebugLevel {
			t.Errorf("%q is logged at level %v", e.Message, e.Level)
		}
		for _, f := range e.Context {
			if text := f.String; strings.Contains(text, "makeFuncStub") || strings.Contains(text, "berth/internal") {
				t.Errorf("%q shows a helper: %s is %q", e.Message, f.Key, text)
			}
		}
	}
}

func TestLoggerOfFxEventsGivesWayToThatOfTheProgram(t *testing.T) {
	var events int
	log, logs := observed(zap.DebugLevel)
	runOnce(t, fx.Supply(log), fx.WithLogger(func() fxevent.Logger { return counter{&events} }))
	if events == 0 {
		t.Error("logger of the program got no events")
	}
	if got := messages(logs, "fx"); len(got) != 0 {
		t.Errorf("logged %q", got)
	}
}

type counter struct{ n *int }

func (c counter) LogEvent(fxevent.Event) { *c.n++ }

func TestErrorThatRunReturnsIsOneWarning(t *testing.T) {
	log, logs := observed(zap.InfoLevel)
	err := app.Run(t.Context(), fx.Supply(log), hosting.Run(func(_ context.Context, s *lifecycle.Status) error {
		<-s.Started()
		return errBoom
	}))
	if !errors.Is(err, errBoom) {
		t.Fatalf("Run returned %v", err)
	}
	var told []string
	for _, e := range logs.All() {
		if text, ok := e.ContextMap()["error"].(string); ok {
			told = append(told, fmt.Sprintf("%v %s: %s", e.Level, e.Message, text))
		}
	}
	if len(told) != 1 || !strings.HasPrefix(told[0], "warn application stopping: Run ") || !strings.HasSuffix(told[0], "failed: boom") {
		t.Errorf("logged %q", told)
	}
}

func TestFailuresThatNobodyReturnsAreLogged(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		log, logs := observed(zap.InfoLevel)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		err := app.Run(ctx, fx.Supply(log),
			di.Scoped(func() (*Repo, func() error) { return &Repo{}, func() error { return errors.New("bang") } }),
			hosting.Every(time.Minute, func(*Repo) error { return errBoom }),
			lifecycle.OnStart(func() { <-time.After(15 * time.Second) }),
		)
		if err != nil {
			t.Fatalf("Run returned %v", err)
		}
		for message, field := range map[string]string{"unit failed": "boom", "cleanup failed": "bang"} {
			entries := logs.FilterMessage(message).All()
			if len(entries) != 1 || !strings.Contains(entries[0].ContextMap()["error"].(string), field) {
				t.Errorf("%q was logged as %v", message, entries)
			}
		}
		if n := logs.FilterMessage("still starting").Len(); n != 1 {
			t.Errorf("slow start was logged %d times", n)
		}
	})
}

func TestLogIsFlushedWhenTheApplicationHasStopped(t *testing.T) {
	var synced int
	core, _ := observer.New(zap.InfoLevel)
	runOnce(t, fx.Supply(zap.New(syncCore{core, &synced})))
	if synced == 0 {
		t.Error("logger was not flushed")
	}
}

type syncCore struct {
	zapcore.Core
	synced *int
}

func (c syncCore) Sync() error { *c.synced++; return nil }
