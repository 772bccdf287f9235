package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// stopTime is how long the stop of an application takes whose one hook hangs.
func stopTime(t *testing.T, opts ...fx.Option) time.Duration {
	t.Helper()
	forever := make(chan struct{})
	defer close(forever)
	a := app.New(quiet, lifecycle.OnStop(func() { <-forever }), fx.Options(opts...))
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := a.Stop(t.Context()); err == nil {
		t.Error("Stop returned nil though a hook hangs")
	}
	return time.Since(began)
}

func TestStopLimitIsTheLastOneGiven(t *testing.T) {
	tests := []struct {
		name string
		opts []fx.Option
		most time.Duration
	}{
		{"default", nil, 25 * time.Second},
		{"of fx", []fx.Option{fx.StopTimeout(2 * time.Second)}, 2 * time.Second},
		{"of ours", []fx.Option{app.StopTimeout(time.Second)}, time.Second},
		{"ours before that of fx", []fx.Option{app.StopTimeout(time.Second), fx.StopTimeout(time.Minute)}, time.Second},
		{"in a module", []fx.Option{app.StopTimeout(time.Minute), fx.Module("m", app.StopTimeout(time.Second))}, time.Second},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			if took := stopTime(t, test.opts...); took > test.most || took < test.most/4 {
				t.Errorf("stop took %v, limit is %v", took, test.most)
			}
		})
	}
}

func TestStartLimitIsHonoured(t *testing.T) {
	for _, limit := range []fx.Option{fx.StartTimeout(time.Second), app.StartTimeout(time.Second)} {
		bubble(t, "", func(t *testing.T) {
			began := time.Now()
			err := app.New(quiet, limit, lifecycle.OnStart(func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			})).Start(t.Context())
			if err == nil || time.Since(began) != time.Second {
				t.Errorf("Start returned %v after %v", err, time.Since(began))
			}
		})
	}
}

func TestGraceAndDrainDelay(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		a := app.New(quiet, app.DrainDelay(time.Second), app.Grace(3*time.Second), hosting.Every(time.Hour, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, hosting.RunAtStart()))
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("stop took %v, want delay and grace", took)
		}
	})
}

func TestConcurrentStartAndStop(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		a := app.New(quiet, app.ConcurrentStart(), app.ConcurrentStop(), hosting.Service(newSlow), hosting.Service(newSlow))
		began := time.Now()
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("start took %v", took)
		}
		began = time.Now()
		if err := a.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("stop took %v", took)
		}
	})
}

// slow takes a second to start and to stop.
type slow struct{}

func newSlow() *slow { return &slow{} }

func (*slow) Start(context.Context) error { <-time.After(time.Second); return nil }
func (*slow) Stop(context.Context) error  { <-time.After(time.Second); return nil }

func TestLimitsThatMakeNoSenseAreErrors(t *testing.T) {
	err := app.New(quiet, app.StopTimeout(0), fx.Module("m", app.DrainDelay(-time.Second))).Err()
	for _, want := range []string{"app.StopTimeout(0s) at app/option_test.go:", "app.DrainDelay(-1s) at app/option_test.go:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Err is %v, want %q in it", err, want)
		}
	}
}

func TestLoggerNeedsAConstructorOfALogger(t *testing.T) {
	for _, wrong := range []any{nil, zap.NewNop(), func() string { return "" }, func(*zap.Logger) {}} {
		err := app.New(app.Logger(wrong)).Err()
		if err == nil || !strings.Contains(err.Error(), "app.Logger at app/option_test.go:") {
			t.Errorf("Logger(%T): Err is %v", wrong, err)
		}
	}
}

func TestTwoLoggersAreAnError(t *testing.T) {
	if err := app.New(app.Logger(zap.NewNop), di.Singleton(zap.NewNop)).Err(); err == nil {
		t.Error("Err is nil")
	}
}
