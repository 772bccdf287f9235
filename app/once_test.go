package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

func TestRunOnceEndsTheApplicationWhenItIsDone(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		var r record
		err := app.Run(t.Context(), quiet, connected(&r),
			di.Scoped(func() (*broken, func()) { return &broken{}, func() { r.add("scope closed") } }),
			app.RunOnce(func(_ *broken, s *lifecycle.Status) { r.add("job while " + s.Phase().String()) }),
			hosting.Service(newSlow, hosting.AfterIntake()),
		)
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
		r.want(t, "connect", "job while running", "scope closed", "disconnect")
	})
}

func TestFailureOfRunOnceIsWhatRunReturns(t *testing.T) {
	if err := app.Run(t.Context(), quiet, app.RunOnce(func() error { return errBoom })); !errors.Is(err, errBoom) {
		t.Errorf("Run returned %v", err)
	}
	var panicked *scopes.PanicError
	if err := app.Run(t.Context(), quiet, app.RunOnce(func() { panic("secret") })); !errors.As(err, &panicked) {
		t.Errorf("Run returned %v", err)
	}
}

func TestStopInterruptsRunOnce(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		err := app.Run(ctx, quiet, app.RunOnce(func(ctx context.Context) error {
			cancel()
			<-ctx.Done()
			if context.Cause(ctx) != lifecycle.ErrStopping { //nolint:errorlint // it is the cause itself
				t.Errorf("cause is %v", context.Cause(ctx))
			}
			return ctx.Err()
		}))
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
}

func TestRunOnceIsNotCalledAfterAFailedStart(t *testing.T) {
	var r record
	err := app.Run(t.Context(), quiet, app.RunOnce(func() { r.add("job") }), hosting.Service(newFailing, hosting.AfterIntake()))
	if !errors.Is(err, errBoom) {
		t.Errorf("Run returned %v", err)
	}
	r.want(t)
}

type failing struct{}

func newFailing() *failing { return &failing{} }

func (*failing) Start(context.Context) error { return errBoom }

func TestTwoRunOnceAreAnErrorWithBothPlaces(t *testing.T) {
	one := app.RunOnce(func() {})
	for name, opts := range map[string][]fx.Option{
		"two declarations": {one, fx.Module("m", app.RunOnce(func() {}))},
		"one given twice":  {one, one},
	} {
		err := app.New(append(opts, quiet)...).Err()
		var wiring *di.SignatureError
		if !errors.As(err, &wiring) || strings.Count(err.Error(), "app/once_test.go:") != 2 || !strings.Contains(err.Error(), "a program has one") {
			t.Errorf("%s: Err is %v", name, err)
		}
	}
}
