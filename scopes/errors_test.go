package scopes_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/scopes"
)

func TestErrorOfAScopedConstructorReachesTheCaller(t *testing.T) {
	tests := map[string]any{
		"flat":     func(*first) {},
		"explicit": func(*first, *scopes.Scope) {},
	}
	for name, unit := range tests {
		t.Run(name, func(t *testing.T) {
			var f call
			apptest.Start(t,
				di.Scoped(newBroken),
				scopes.Bind[call](unit),
				fx.Populate(&f),
			)
			err := f(t.Context())
			if !errors.Is(err, errBoom) {
				t.Errorf("error = %v, want boom", err)
			}
			var construct *di.ConstructError
			if !errors.As(err, &construct) || construct.Func != "scopes_test.newBroken" {
				t.Errorf("error = %v, want a *di.ConstructError of newBroken", err)
			}
			if !strings.Contains(err.Error(), "scopes/errors_test.go:") {
				t.Errorf("error %q does not name the place", err)
			}
		})
	}
}

func newBroken() (*first, error) { return nil, errBoom }

func TestErrorOfTheUnitIsReturnedAsItIs(t *testing.T) {
	var f call
	apptest.Start(t, scopes.Bind[call](func() error { return errBoom }), fx.Populate(&f))
	if err := f(t.Context()); err != errBoom { //nolint:errorlint // as it is
		t.Errorf("error = %#v, want the unit's own", err)
	}
}

func panicking(context.Context) error { panic("a secret") }

func newPanicking() *first { panic(fmt.Errorf("wrapped: %w", errBoom)) }

func TestPanicBecomesAnErrorWithStackAndPlaceButNoValue(t *testing.T) {
	tests := []struct {
		name    string
		options fx.Option
		who     string
	}{
		{"unit", scopes.Bind[call](panicking), "scopes_test.panicking"},
		{"wrapped unit", scopes.Bind[call](scopes.Around(panicking, inNothing)), "scopes_test.panicking"},
		{"wrapper", scopes.Bind[call](scopes.Around(func() {}, func(scopes.Next) error { panic("a secret") })), "func"},
		{"wrapper, after next", scopes.Bind[call](scopes.Around(func() {}, panickingWrapper)), "scopes_test.panickingWrapper"},
		{"constructor", fx.Options(di.Scoped(newPanicking), scopes.Bind[call](func(*first) {})), "scopes_test.newPanicking"},
		{
			"constructor, explicitly", fx.Options(di.Scoped(newPanicking), scopes.Bind[call](func(*first, *scopes.Scope) {})),
			"scopes_test.newPanicking",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f call
			apptest.Start(t, tt.options, fx.Populate(&f))
			err := f(t.Context())
			var panicked *scopes.PanicError
			if !errors.As(err, &panicked) {
				t.Fatalf("error = %v, want a *scopes.PanicError", err)
			}
			if panicked.Value == nil || !strings.Contains(string(panicked.Stack), "scopes/errors_test.go") {
				t.Errorf("value %v, stack:\n%s", panicked.Value, panicked.Stack)
			}
			text := err.Error()
			if strings.Contains(text, "secret") || strings.Contains(text, "wrapped") {
				t.Errorf("error %q holds the value", text)
			}
			if !strings.Contains(text, "scopes/errors_test.go:") || !strings.Contains(text, tt.who) {
				t.Errorf("error %q lacks place or name %q", text, tt.who)
			}
			if long := fmt.Sprintf("%+v", err); !strings.Contains(long, "goroutine ") {
				t.Errorf("%%+v lacks the stack: %s", long)
			}
		})
	}
}

func inNothing(ctx context.Context, next scopes.Next) error { return next(ctx) }

func panickingWrapper(ctx context.Context, next scopes.Next) error {
	_ = next(ctx)
	panic("a secret")
}

func TestPanicErrorUnwrapsAnErrorThatWasThrown(t *testing.T) {
	var f call
	apptest.Start(t, di.Scoped(newPanicking), scopes.Bind[call](func(*first) {}), fx.Populate(&f))
	if err := f(t.Context()); !errors.Is(err, errBoom) {
		t.Errorf("error = %v, want boom", err)
	}
}

func TestCallDuringConstructionIsNotReady(t *testing.T) {
	var early []error
	apptest.Start(t,
		scopes.Bind[call](func() {}),
		di.Singleton(func(ctx context.Context, f call, open *scopes.Factory) *first {
			_, err := open.Open(ctx)
			early = append(early, f(ctx), err)
			return &first{}
		}),
		fx.Invoke(func(*first) {}),
	)
	for _, err := range early {
		if !errors.Is(err, scopes.ErrNotReady) {
			t.Errorf("error = %v, want ErrNotReady", err)
		}
	}
	if len(early) != 2 {
		t.Errorf("%d calls", len(early))
	}
}

func TestCallAfterTheStopIsClosed(t *testing.T) {
	var f call
	var open *scopes.Factory
	a := apptest.Start(t, scopes.Bind[call](func() {}), fx.Populate(&f, &open))
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	_, err := open.Open(t.Context())
	for _, err := range []error{f(t.Context()), err} { // SC-021, SC-022
		if !errors.Is(err, scopes.ErrClosed) {
			t.Errorf("error = %v, want ErrClosed", err)
		}
	}
}

func TestCallsAreGoodUntilTheCleanupsOfTheStop(t *testing.T) {
	var inStop, inCleanup error
	a := app.New(fx.NopLogger,
		scopes.Bind[call](func() {}),
		di.Singleton(func(f call) (*first, func()) {
			return &first{}, func() { inCleanup = f(context.Background()) }
		}),
		hosting.Service(func(f call, _ *first) *stopper { return &stopper{func(ctx context.Context) { inStop = f(ctx) }} }),
	)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if inStop != nil || inCleanup != nil {
		t.Errorf("call in Stop = %v, in a cleanup = %v, want both to succeed", inStop, inCleanup)
	}
}

type stopper struct{ stop func(context.Context) }

func (s *stopper) Start(context.Context) error    { return nil }
func (s *stopper) Stop(ctx context.Context) error { s.stop(ctx); return nil }

func TestStopWaitsForCallsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var f call
		a := apptest.Start(t,
			di.Singleton(func() (*first, func()) { return &first{}, j.closing("singleton") }),
			di.Scoped(func(*first) (*second, func()) { return &second{}, j.closing("scoped") }),
			scopes.Bind[call](func(*second) { <-time.After(3 * time.Second) }),
			fx.Populate(&f),
		)
		done := make(chan error)
		go func() { done <- f(t.Context()) }()
		synctest.Wait()
		go func() { done <- a.Stop() }()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		j.want(t, "open singleton", "open scoped", "close scoped", "close singleton")
	})
}

func TestStopNamesTheDeclarationsWhoseScopesAreStillOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f call
		var k *keeper
		goOn := make(chan struct{})
		a := apptest.Start(t,
			scopes.Bind[call](hanging),
			di.Singleton(func() chan struct{} { return goOn }),
			di.Singleton(newKeeper),
			fx.Populate(&f, &k),
		)
		for range 2 {
			go func() { _ = f(t.Context()) }()
		}
		open, err := k.factory.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		err = a.Stop()
		for _, want := range []string{"2 scopes of \"scopes_test.hanging\"", "1 scope of \"scopes_test.newKeeper\"", "scopes/errors_test.go:"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v lacks %q", err, want)
			}
		}
		close(goOn)
		if err := open.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func hanging(release chan struct{}) { <-release }

type keeper struct{ factory *scopes.Factory }

func newKeeper(f *scopes.Factory) *keeper { return &keeper{f} }
