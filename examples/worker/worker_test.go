package main_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	worker "github.com/berth-go/berth/examples/worker"
	"github.com/berth-go/berth/hosting/health"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWorkerWorksAtItsPaceUntilItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		application := apptest.Start(t, worker.Module, di.Replace(zap.New(core)),
			config.Load(config.Values(map[string]any{"worker": map[string]any{"greeting": "moin", "idle": "1m"}})))

		<-time.After(150 * time.Second) // turns at 0, 60 and 120 s
		application.Stop()
		<-time.After(time.Hour)

		if n := logs.FilterMessage("moin").Len(); n != 3 {
			t.Errorf("%d turns, want 3", n)
		}
	})
}

func TestProgramEndsWhenItsWorkKeepsFailing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errWork := errors.New("work failed")
		core, logs := observer.New(zapcore.ErrorLevel)
		err := app.Run(t.Context(), worker.Module, di.Replace(zap.New(core)), config.Load(),
			di.Decorate(func(*worker.Worker) (*worker.Worker, error) { return nil, errWork }))
		if !errors.Is(err, errWork) {
			t.Errorf("Run returned %v", err)
		}
		if n := logs.FilterMessage("unit failed").Len(); n != 10 {
			t.Errorf("%d failures are in the log, want 10", n)
		}
	})
}

func TestTurnThatHangsIsAReasonForARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h *health.Health
		hang := make(chan struct{})
		apptest.Start(t, worker.Module, config.Load(), fx.Populate(&h),
			di.Decorate(func(w *worker.Worker) *worker.Worker { <-hang; return w }))
		<-time.After(9 * time.Minute)
		if r := h.Report(t.Context(), health.Live); r.Status != health.Healthy {
			t.Errorf("after 9 minutes: %+v", r)
		}
		<-time.After(2 * time.Minute)
		if r := h.Report(t.Context(), health.Live); r.Status != health.Unhealthy {
			t.Errorf("after 11 minutes: %+v", r)
		}
		close(hang)
	})
}

func TestSettingsAreValidated(t *testing.T) {
	for _, s := range []worker.Settings{{Greeting: "", Idle: time.Second}, {Greeting: "moin"}} {
		if s.Validate() == nil {
			t.Errorf("%+v is valid", s)
		}
	}
}
