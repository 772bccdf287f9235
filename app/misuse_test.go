package app_test

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
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

func TestWhatBlocksForEverIsNamedWhenTheStartLimitIsOver(t *testing.T) {
	release := make(chan struct{})
	block := func() *broken { <-release; return &broken{} }
	invoked := fx.Invoke(func(*broken) {})
	for name, opts := range map[string][]fx.Option{
		"a singleton":               {di.Singleton(block), invoked},
		"a transient":               {di.Transient(block), di.Singleton(func(*broken) *slow { return newSlow() }), fx.Invoke(func(*slow) {})},
		"a constructor of plain fx": {fx.Provide(block), invoked},
		"a function that fx calls":  {fx.Invoke(func() { block() })},
		"a scoped constructor":      {di.Scoped(block), lifecycle.OnStart(func(*broken) {})},
		"a service's constructor":   {hosting.Service(func() *slow { block(); return newSlow() })},
		"an option of a trigger":    {hosting.Run(func(context.Context) {}, hosting.With(func() hosting.Option { block(); return hosting.Option{} }))},
		"a decorator of plain fx":   {fx.Provide(func() *broken { return nil }), fx.Decorate(func(*broken) *broken { return block() }), invoked},
	} {
		bubble(t, name, func(t *testing.T) {
			release = make(chan struct{})
			var r record
			err := app.Run(t.Context(), append(opts, quiet, app.StartTimeout(time.Second), connected(&r))...)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "hangs: it did not return") ||
				!strings.Contains(err.Error(), "app/misuse_test.go:") {
				t.Errorf("Run returned %v", err)
			}
			close(release)
			synctest.Wait()
			if n := len(r.lines); n > 0 && r.lines[n-1] != "disconnect" {
				t.Errorf("happened %q", r.lines)
			}
		})
	}
}

func TestCleanupsThatPanicAreNamedAndTheRestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		err := app.Run(t.Context(), quiet, connected(&r),
			di.Singleton(func(*conn) (*broken, func()) { return &broken{}, func() { panic("secret") } }),
			di.Scoped(func(*broken) (*slow, func() error) { return newSlow(), func() error { panic(errBoom) } }),
			app.RunOnce(func(*slow) { r.add("once") }),
		)
		var panicked *scopes.PanicError
		if !errors.As(err, &panicked) || panicked.Value != "secret" {
			t.Errorf("Run returned %v", err)
		}
		if text := fmt.Sprint(err); strings.Contains(text, "secret") || strings.Count(text, "app/misuse_test.go:") < 2 {
			t.Errorf("error is %q", text)
		}
		r.want(t, "connect", "once", "disconnect")
	})
}

func TestShutdownInsideAConstructorOfAModuleReleases(t *testing.T) {
	var r record
	foreign := fx.New(fx.NopLogger, app.Module(quiet, connected(&r),
		di.Singleton(func(s lifecycle.Shutdown, _ *conn) *broken { s(errBoom); return &broken{} }),
		di.Singleton(func(*broken) *slow { r.add("went on"); return newSlow() }),
		fx.Invoke(func(*slow) {}),
	))
	if err := foreign.Err(); !errors.Is(err, lifecycle.ErrStopping) {
		t.Errorf("Err is %v", err)
	}
	r.want(t, "connect", "disconnect")
}

func TestShutdownDuringTheStartOfAModuleReachesFx(t *testing.T) {
	for _, tt := range []struct {
		shutdown any
		code     int
	}{
		{func(s lifecycle.Shutdown) { s(nil) }, 0},
		{func(s fx.Shutdowner) error { return s.Shutdown(fx.ExitCode(5)) }, 5},
	} {
		var r record
		foreign := fx.New(fx.NopLogger, app.Module(quiet, connected(&r), lifecycle.OnStart(tt.shutdown),
			lifecycle.OnStart(func() { r.add("went on") })))
		if err := foreign.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.want(t, "connect", "disconnect")
		if s := <-foreign.Wait(); s.ExitCode != tt.code {
			t.Errorf("exit code is %d, want %d", s.ExitCode, tt.code)
		}
		if err := foreign.Stop(t.Context()); err != nil {
			t.Errorf("Stop returned %v", err)
		}
	}
	foreign := fx.New(fx.NopLogger, app.Module(quiet, lifecycle.OnStart(func(s lifecycle.Shutdown) { s(errBoom) })))
	if err := foreign.Start(t.Context()); !errors.Is(err, errBoom) {
		t.Errorf("Start returned %v, want the cause", err)
	}
}

func TestModuleIsStartedOnce(t *testing.T) {
	var r record
	foreign := fx.New(fx.NopLogger, app.Module(quiet, connected(&r)))
	if err := errors.Join(foreign.Start(t.Context()), foreign.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := foreign.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "app/misuse_test.go:") || !strings.Contains(err.Error(), "started") {
		t.Errorf("second Start returned %v", err)
	}
	r.want(t, "connect", "disconnect")
}

func TestStopOfFxDuringTheStartOfAModuleInterruptsIt(t *testing.T) {
	var r record
	starting := make(chan struct{})
	foreign := fx.New(fx.NopLogger, app.Module(quiet, connected(&r), lifecycle.OnStart(func(ctx context.Context) error {
		close(starting)
		<-ctx.Done()
		return ctx.Err()
	})))
	started := make(chan error)
	go func() { started <- foreign.Start(context.Background()) }()
	<-starting
	if err := foreign.Stop(t.Context()); err != nil {
		t.Errorf("Stop returned %v", err)
	}
	r.want(t, "connect", "disconnect")
	if err := <-started; !errors.Is(err, lifecycle.ErrStopping) {
		t.Errorf("Start returned %v", err)
	}
}

func TestFailedStartOfAModuleIsReportedOnce(t *testing.T) {
	foreign := fx.New(fx.NopLogger, app.Module(quiet, lifecycle.OnStart(func() error { return errBoom })))
	err := foreign.Start(t.Context())
	if !errors.Is(err, errBoom) || strings.Count(err.Error(), "boom") != 1 {
		t.Errorf("Start returned %v", err)
	}
	if err := foreign.Stop(t.Context()); err != nil {
		t.Errorf("Stop returned %v", err)
	}
}

func TestShutdownOfAModuleThatHasStoppedReachesFx(t *testing.T) {
	var shutdowner fx.Shutdowner
	foreign := fx.New(fx.NopLogger, app.Module(quiet, fx.Populate(&shutdowner)))
	wait := foreign.Wait()
	if err := errors.Join(foreign.Start(t.Context()), foreign.Stop(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := shutdowner.Shutdown(fx.ExitCode(2)); err != nil {
		t.Error(err)
	}
	if s := <-wait; s.ExitCode != 2 {
		t.Errorf("exit code is %d, want 2", s.ExitCode)
	}
}

// An application inside another is one of its own: it ends by itself, or with the context that it is given.
func TestRunInsideRun(t *testing.T) {
	inner := func(r *record, end error) []fx.Option {
		return []fx.Option{quiet, connected(r), app.RunOnce(func() error { r.add("inner"); return end })}
	}
	bubble(t, "in a constructor", func(t *testing.T) {
		var r record
		err := app.Run(t.Context(), quiet,
			di.Singleton(func(ctx context.Context) (*broken, error) { return &broken{}, app.Run(ctx, inner(&r, nil)...) }),
			app.RunOnce(func(*broken) { r.add("outer") }),
		)
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
		r.want(t, "connect", "inner", "disconnect", "outer")
	})
	bubble(t, "that fails", func(t *testing.T) {
		var r record
		err := app.Run(t.Context(), quiet, app.RunOnce(func(ctx context.Context) error { return app.Run(ctx, inner(&r, errBoom)...) }))
		if !errors.Is(err, errBoom) {
			t.Errorf("Run returned %v", err)
		}
		r.want(t, "connect", "inner", "disconnect")
	})
	bubble(t, "when the outer stops", func(t *testing.T) {
		var r record
		err := app.Run(t.Context(), quiet, hosting.Run(func(ctx context.Context, stop lifecycle.Shutdown) error {
			return app.Run(ctx, quiet, connected(&r), hosting.Run(func(ctx context.Context) error {
				stop(nil)
				<-ctx.Done()
				r.add("inner ended by " + context.Cause(ctx).Error())
				return ctx.Err()
			}))
		}))
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
		r.want(t, "connect", "inner ended by "+lifecycle.ErrStopping.Error(), "disconnect")
	})
}

func TestModuleInsideAnApplicationIsNamed(t *testing.T) {
	for name, opts := range map[string][]fx.Option{
		"app.New":   {app.Module()},
		"fx.Module": {fx.Module("m", app.Module())},
	} {
		if err := app.New(opts...).Err(); err == nil || !strings.Contains(err.Error(), "app.Module at app/misuse_test.go:") {
			t.Errorf("%s: Err is %v", name, err)
		}
	}
	if err := fx.New(fx.NopLogger, app.Module(app.Module())).Err(); err == nil || !strings.Contains(err.Error(), "app.Module at app/misuse_test.go:") {
		t.Errorf("app.Module: Err is %v", err)
	}
}

func TestNilContextBoundsNothing(t *testing.T) {
	var none context.Context
	var r record
	a := app.New(quiet, connected(&r))
	if err := errors.Join(a.Start(none), a.Stop(none)); err != nil {
		t.Error(err)
	}
	if err := app.Run(none, quiet, connected(&r), app.RunOnce(func() {})); err != nil {
		t.Error(err)
	}
	if err := app.New(quiet, connected(&r), app.RunOnce(func() {})).Run(none); err != nil {
		t.Error(err)
	}
	r.want(t, "connect", "disconnect", "connect", "disconnect", "connect", "disconnect")
}

// fx cannot construct its logger where its own constructors need each other, and would write all that it did
// before the error to standard error.
func TestCircleOfPlainFxIsAnErrorAndNothingElse(t *testing.T) {
	r := runProgram(t, "circle of fx")
	if errs := r.errors(); r.code != 1 || len(errs) != 1 || !strings.Contains(errs[0], "cycle: app_test.") {
		t.Errorf("ended with %d, wrote\n%s", r.code, r.stderr)
	}
}

func TestWithOfAnotherTypeIsFoundBeforeAnythingIsConstructed(t *testing.T) {
	number := func(*broken) int { return 1 }
	a := app.New(quiet,
		di.Singleton(func() *broken { t.Error("constructed"); return &broken{} }),
		hosting.Every(time.Second, func() {}, hosting.With(number)),
		hosting.Consume[int](func(int) {}, hosting.With(number)),
		web.Serve(":0", web.With(number)),
	)
	for _, want := range []string{"3 problems", "must return a hosting.Option, not a int", "must return a web.Option, not a int", "app/misuse_test.go:"} {
		if text := fmt.Sprintf("%+v", a.Err()); !strings.Contains(text, want) {
			t.Errorf("New fails with %s, want %q", text, want)
		}
	}
}
