package hosting_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// telling is the logger of an application that writes its messages to a record.
func telling(r *record, level zapcore.Level) fx.Option {
	core, _ := observer.New(level)
	log := zap.New(core, zap.Hooks(func(e zapcore.Entry) error { r.add("%s", e.Message); return nil }))
	return app.Logger(func() *zap.Logger { return log })
}

// A lease is scoped.
type lease struct{}

func TestCleanupsRunBeforeAFailureIsTold(t *testing.T) {
	for name, fail := range map[string]func(){
		"panic": func() { panic(errSecret) },
		"exit":  runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r record
				err := app.Run(t.Context(), telling(&r, zap.ErrorLevel),
					di.Scoped(func() (*lease, func()) { return &lease{}, func() { r.add("release") } }),
					hosting.Every(time.Second, func(*lease) { fail() }, hosting.Restart(hosting.Policy{Failures: 2})))
				r.want(t, "release", "unit failed", "release", "unit failed")
				text, long := fmt.Sprint(err), fmt.Sprintf("%+v", err)
				if !strings.Contains(text, `Every 1s "hosting_test.TestCleanupsRunBeforeAFailureIsTold.func`) ||
					!strings.Contains(text, "failed: 2 failures in a row, the last: ") || strings.Contains(text, "secret") {
					t.Errorf("Run returned %q", text)
				}
				if !strings.Contains(long, "goroutine ") || !strings.Contains(long, "restart_modules_test.go:") {
					t.Errorf("long form has no stack:\n%s", long)
				}
			})
		})
	}
}

// HO-061
func TestFailuresOfAPolicyAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		calls := 0
		err := app.Run(ctx, app.Logger(func() *zap.Logger { return zap.New(core) }),
			hosting.Run(func(context.Context) error {
				if calls++; calls == 1 {
					return nil
				}
				return errUnit
			}, hosting.Name("relay"), hosting.Restart(hosting.Policy{When: hosting.Always, Failures: 2, Then: hosting.MarkUnhealthy})))
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
		for _, want := range []struct {
			message string
			level   zapcore.Level
			fields  []string
		}{
			{"returned, restarts", zap.InfoLevel, []string{"wait"}},
			{"failed, restarts", zap.WarnLevel, []string{"wait", "failure", "error"}},
			{"failed too often, the application goes on without it", zap.ErrorLevel, []string{"error"}},
		} {
			lines := logs.FilterMessage(want.message).All()
			if len(lines) != 1 || lines[0].Level != want.level || lines[0].ContextMap()["name"] != "relay" {
				t.Errorf("lines %q: %v", want.message, lines)
				continue
			}
			for _, field := range want.fields {
				if lines[0].ContextMap()[field] == nil {
					t.Errorf("line %q has no field %s: %v", want.message, field, lines[0].ContextMap())
				}
			}
		}
		if text := fmt.Sprint(logs.FilterMessage("failed, restarts").All()[0].ContextMap()["failure"]); text != "1 of 2 in 1m0s" {
			t.Errorf("failure is %q", text)
		}
	})
}

func TestPolicyThatMakesNoSenseIsAnErrorAtStartupWithItsPlace(t *testing.T) {
	type settings struct{ first time.Duration }
	for name, tt := range map[string]struct {
		option fx.Option
		want   string
	}{
		"given directly": {
			hosting.Run(nothing, hosting.Restart(hosting.Policy{First: -1})),
			"First of option Restart must not be negative, is -1ns",
		},
		"from settings": {
			fx.Options(fx.Supply(settings{-1}), hosting.Run(nothing, hosting.With(func(s settings) hosting.Option {
				return hosting.Restart(hosting.Policy{First: s.first})
			}))),
			"First of option Restart must not be negative, is -1ns",
		},
		"service without Run": {
			hosting.Service(func() *starts { return &starts{} }, hosting.Restart(hosting.Policy{})),
			"option Restart is for services with a method Run(context.Context) error: *hosting_test.starts",
		},
		"Consume": {
			hosting.Consume[int](func(int) {}, hosting.Restart(hosting.Policy{})),
			"option Restart is not for Consume",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := app.New(fx.NopLogger, tt.option).Err()
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "hosting/restart_modules_test.go:") {
				t.Errorf("error is %v, want %q with the place", err, tt.want)
			}
		})
	}
}

func TestFaultWithoutAPolicyComesBackFromRunWithItsCause(t *testing.T) {
	err := app.Run(t.Context(), quiet, hosting.Run(func(context.Context) error { return errUnit }))
	if !errors.Is(err, errUnit) || !strings.HasPrefix(fmt.Sprint(err), `Run "hosting_test.TestFaultWithoutAPolicyComesBackFromRunWithItsCause.func`) {
		t.Errorf("Run returned %v", err)
	}
}
