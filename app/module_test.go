package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

func TestModuleIsStartedAndStoppedByFx(t *testing.T) {
	var r record
	foreign := fx.New(fx.NopLogger, app.Module(quiet, connected(&r),
		fx.Invoke(func(l fx.Lifecycle) {
			l.Append(fx.StartStopHook(func() { r.add("hook started") }, func() { r.add("hook stopped") }))
		}),
		lifecycle.OnStart(func(s *lifecycle.Status) { r.add(s.Phase().String()) }),
		hosting.Run(func(ctx context.Context) { <-ctx.Done(); r.add("run ended") }),
	))
	if err := foreign.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := foreign.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	r.want(t, "connect", "hook started", "starting", "run ended", "hook stopped", "disconnect")
}

func TestFaultInsideAModuleShutsFxDown(t *testing.T) {
	foreign := fx.New(fx.NopLogger, app.Module(quiet, hosting.Run(func(_ context.Context, s *lifecycle.Status) error {
		<-s.Started()
		return errBoom
	})))
	if err := foreign.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := <-foreign.Wait(); s.ExitCode != 1 {
		t.Errorf("exit code is %d, want 1", s.ExitCode)
	}
	if err := foreign.Stop(t.Context()); !errors.Is(err, errBoom) {
		t.Errorf("Stop returned %v, want the fault", err)
	}
}

func TestExitCodeInsideAModuleReachesFx(t *testing.T) {
	var shutdowner fx.Shutdowner
	foreign := fx.New(fx.NopLogger, app.Module(quiet, fx.Populate(&shutdowner)))
	if err := foreign.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := shutdowner.Shutdown(fx.ExitCode(5)); err != nil {
		t.Error(err)
	}
	if s := <-foreign.Wait(); s.ExitCode != 5 {
		t.Errorf("exit code is %d, want 5", s.ExitCode)
	}
	// As with fx alone: an error would make fx exit with 1.
	if err := foreign.Stop(t.Context()); err != nil {
		t.Errorf("Stop returned %v", err)
	}
}

func TestModuleReleasesWhatWasBuiltWhenFxFails(t *testing.T) {
	var r record
	foreign := fx.New(fx.NopLogger, app.Module(quiet, connected(&r)), fx.Invoke(func() error { return errBoom }))
	if !errors.Is(foreign.Err(), errBoom) {
		t.Errorf("Err is %v", foreign.Err())
	}
	r.want(t, "connect", "disconnect")
}

func TestModuleRefusesBadWiring(t *testing.T) {
	var missing *di.MissingError
	foreign := fx.New(fx.NopLogger, app.Module(quiet, di.Singleton(func(*broken) *conn { return nil })))
	if !errors.As(foreign.Err(), &missing) {
		t.Errorf("Err is %v, want a MissingError", foreign.Err())
	}
}

func TestModuleServesOneFxNew(t *testing.T) {
	var r record
	module := app.Module(quiet, connected(&r))
	first := fx.New(fx.NopLogger, module)
	if err := first.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := fx.New(fx.NopLogger, module)
	if err := second.Err(); err == nil || !strings.Contains(err.Error(), "app/module_test.go:") || !strings.Contains(err.Error(), "one fx.New") {
		t.Errorf("Err of the second fx.New is %v", err)
	}
	r.want(t, "connect")
	if err := first.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	r.want(t, "connect", "disconnect")
}

func TestOptionOutsideAModuleIsAnErrorThatNamesItsPlace(t *testing.T) {
	foreign := fx.New(fx.NopLogger, app.StopTimeout(time.Second))
	if err := foreign.Err(); err == nil || !strings.Contains(err.Error(), "app/module_test.go:") {
		t.Errorf("Err is %v", err)
	}
}
