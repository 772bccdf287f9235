package app_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// A tenant is a hosted service that takes singletons, and is released.
type tenant struct {
	r        *record
	status   *lifecycle.Status
	shutdown lifecycle.Shutdown
}

func (s *tenant) Start(context.Context) error {
	s.r.add("start in " + s.status.Phase().String())
	return nil
}

func (s *tenant) Stop(context.Context) error {
	s.r.add("stop in " + s.status.Phase().String())
	return nil
}

// hosted declares a tenant by a closure.
func hosted(r *record, moved *lifecycle.Shutdown) fx.Option {
	return fx.Options(
		di.Singleton(func() *conn { return &conn{} }),
		hosting.Service(func(_ *conn, s *lifecycle.Status, shutdown lifecycle.Shutdown) (*tenant, func()) {
			*moved = shutdown
			return &tenant{r, s, shutdown}, func() { r.add("release") }
		}))
}

// HO-025, HO-026, HO-027, HO-028, HO-050, HO-054, HO-055
func TestServiceIsStartedStoppedAndReleasedOnce(t *testing.T) {
	var (
		r        record
		shutdown lifecycle.Shutdown
	)
	a := app.New(quiet, hosted(&r, &shutdown))
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	r.want(t, "start in starting", "stop in stopping", "release")
}

// HO-049: it is for who runs the application to stop it.
func TestShutdownThatNobodyWaitsForStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			r        record
			shutdown lifecycle.Shutdown
		)
		a := app.New(quiet, hosted(&r, &shutdown))
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		shutdown(nil)
		<-time.After(time.Hour)
		r.want(t, "start in starting")
		<-a.Done()
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		r.want(t, "start in starting", "stop in stopping", "release")
	})
}

// HO-040
func TestShutdownAndStopOfWhatNeverStartedCallNoService(t *testing.T) {
	var (
		r        record
		shutdown lifecycle.Shutdown
	)
	a := app.New(quiet, hosted(&r, &shutdown))
	shutdown(nil)
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	r.want(t, "release")
}

// HO-046
func TestStopWithAnEndedContextAndNothingToStopIsFine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := app.New(quiet)
	if err := errors.Join(a.Start(t.Context()), a.Stop(ctx)); err != nil {
		t.Error(err)
	}
}

// HO-059
func TestFaultOfOneServiceStopsTheOthersCleanly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		well := hosting.Run(func(ctx context.Context) error {
			<-ctx.Done()
			r.add(context.Cause(ctx).Error())
			return ctx.Err()
		})
		err := app.Run(t.Context(), quiet, well,
			hosting.Run(func(context.Context) error { <-time.After(time.Minute); return errBoom }, hosting.Name("ill")), well)
		if !errors.Is(err, errBoom) {
			t.Errorf("Run returned %v", err)
		}
		r.want(t, lifecycle.ErrStopping.Error(), lifecycle.ErrStopping.Error())
	})
}
