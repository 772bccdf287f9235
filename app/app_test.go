package app_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// quiet keeps tests from logging.
var quiet = app.Logger(zap.NewNop)

// A record is what happened, in order. Safe for goroutines.
type record struct {
	mu sync.Mutex

	lines []string
}

func (r *record) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
}

func (r *record) want(t *testing.T, lines ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.lines, lines) {
		t.Errorf("happened %q, want %q", r.lines, lines)
	}
}

type (
	conn   struct{}
	broken struct{}
)

// connected is a singleton that is constructed and released.
func connected(r *record) fx.Option {
	return fx.Options(
		di.Singleton(func() (*conn, func()) {
			r.add("connect")
			return &conn{}, func() { r.add("disconnect") }
		}),
		fx.Invoke(func(*conn) {}),
	)
}

func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// HO-042
func TestRunReturnsNilWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		err := app.Run(ctx, quiet, connected(&r), hosting.Run(func(ctx context.Context) error {
			cancel()
			<-ctx.Done()
			r.add("run ended by " + context.Cause(ctx).Error())
			return ctx.Err()
		}))
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
		r.want(t, "connect", "run ended by "+lifecycle.ErrStopping.Error(), "disconnect")
	})
}

func TestEndOfContextInterruptsTheStart(t *testing.T) {
	bubble(t, "before construction", func(t *testing.T) {
		var r record
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := app.Run(ctx, quiet, connected(&r)); err != nil {
			t.Errorf("Run returned %v", err)
		}
		r.want(t)
	})
	bubble(t, "in a start hook", func(t *testing.T) {
		var r record
		ctx, cancel := context.WithCancel(t.Context())
		err := app.Run(ctx, quiet, connected(&r),
			lifecycle.OnStart(func(ctx context.Context) error {
				cancel()
				<-ctx.Done()
				return ctx.Err()
			}),
			lifecycle.OnStart(func() { r.add("second hook") }),
		)
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
		r.want(t, "connect", "disconnect")
	})
}

func TestRunReturnsTheFaultAndWhatFailedWhileStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errStop := errors.New("stop failed")
		err := app.Run(t.Context(), quiet,
			lifecycle.OnStop(func() error { return errStop }),
			hosting.Run(func(context.Context) error { return errBoom }, hosting.Name("faulty")),
		)
		if !errors.Is(err, errBoom) || !errors.Is(err, errStop) {
			t.Errorf("Run returned %v, want the fault and the failed stop", err)
		}
		if err != nil && !strings.Contains(err.Error(), `"faulty" (app/app_test.go:`) {
			t.Errorf("error %q does not name the service and its place", err)
		}
	})
}

func TestStartLimitCoversConstruction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		release := make(chan struct{})
		began := time.Now()
		err := app.Run(t.Context(), quiet, app.StartTimeout(time.Second), connected(&r),
			di.Singleton(func(*conn) *broken {
				<-release
				return &broken{}
			}),
			hosting.Service(func(*broken) *slow { r.add("went on"); return newSlow() }),
		)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "app/app_test.go:") {
			t.Errorf("Run returned %v, want the constructor that hangs", err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("Run returned after %v", took)
		}
		r.want(t, "connect")
		close(release)
		synctest.Wait()
		r.want(t, "connect", "disconnect")
	})
}

func TestFailedConstructionReleasesEverything(t *testing.T) {
	tests := []struct {
		name   string
		fail   fx.Option
		failed string // part of the error
	}{
		{"constructor of ours", fx.Options(di.Singleton(func(*conn) (*broken, error) { return nil, errBoom }), fx.Invoke(func(*broken) {})), "boom"},
		{"constructor of fx", fx.Options(fx.Provide(func(*conn) (*broken, error) { return nil, errBoom }), fx.Invoke(func(*broken) {})), "boom"},
		{"invoked function", fx.Invoke(func(*conn) error { return errBoom }), "boom"},
		{"panic of ours", fx.Options(di.Singleton(newBroken), fx.Invoke(func(*broken) {})), "app_test.newBroken"},
		{"panic of fx", fx.Options(fx.Provide(newBroken), fx.Invoke(func(*broken) {})), "app_test.newBroken"},
		{"panic of an invoked function", fx.Invoke(func(*conn) { panic(errBoom) }), "panic with a *errors.errorString at app/app_test.go"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r record
			a := app.New(quiet, connected(&r), test.fail)
			r.want(t, "connect", "disconnect")
			err := a.Err()
			if err == nil || !strings.Contains(err.Error(), test.failed) {
				t.Errorf("Err is %v, want %q", err, test.failed)
			}
			if got := a.Start(t.Context()); got != err { //nolint:errorlint // the same value
				t.Errorf("Start returned %v, want Err", got)
			}
			if got := a.Run(t.Context()); got != err { //nolint:errorlint // the same value
				t.Errorf("Run returned %v, want Err", got)
			}
			if err := a.Stop(t.Context()); err != nil {
				t.Errorf("Stop returned %v", err)
			}
			r.want(t, "connect", "disconnect")
		})
	}
}

func newBroken(*conn) *broken { panic("secret") }

func TestPanicOfAConstructorKeepsItsStack(t *testing.T) {
	for _, provide := range []fx.Option{fx.Provide(newBroken), di.Singleton(newBroken)} {
		err := app.New(quiet, connected(new(record)), provide, fx.Invoke(func(*broken) {})).Err()
		var panicked *scopes.PanicError
		if !errors.As(err, &panicked) {
			t.Fatalf("Err is %v, want a PanicError", err)
		}
		if text := fmt.Sprintf("%+v", err); !strings.Contains(text, "app_test.newBroken(") {
			t.Errorf("stack is missing in %s", text)
		}
	}
}

func TestConstructorThatExitsItsGoroutineReleasesEverything(t *testing.T) {
	var r record
	options := fx.Options(quiet, connected(&r), fx.Invoke(func(*conn) { runtime.Goexit() }))
	done := make(chan struct{})
	go func() {
		defer close(done)
		app.New(options)
	}()
	<-done
	r.want(t, "connect", "disconnect")

	if err := app.Run(t.Context(), options); err == nil || !strings.Contains(err.Error(), "Goexit") {
		t.Errorf("Run returned %v", err)
	}
	r.want(t, "connect", "disconnect", "connect", "disconnect")
}

func TestWiringErrorsConstructNothing(t *testing.T) {
	var r record
	a := app.New(quiet, connected(&r), di.Singleton(func(*broken) *record { return nil }))
	var missing *di.MissingError
	if !errors.As(a.Err(), &missing) {
		t.Errorf("Err is %v, want a MissingError", a.Err())
	}
	if err := a.Start(t.Context()); !errors.As(err, &missing) {
		t.Errorf("Start returned %v", err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Errorf("Stop returned %v", err)
	}
	if err := app.Run(t.Context(), quiet, connected(&r), di.Singleton(func(*broken) *record { return nil })); !errors.As(err, &missing) {
		t.Errorf("Run returned %v", err)
	}
	r.want(t)
}

func TestErrorAmongTheOptionsIsReportedAlone(t *testing.T) {
	if err := app.New(fx.Error(errBoom)).Err(); err == nil || err.Error() != "boom" {
		t.Errorf("Err is %v", err)
	}
}

func TestStopBeforeStartReleases(t *testing.T) {
	var r record
	a := app.New(quiet, connected(&r), lifecycle.OnStart(func() { r.add("started") }), lifecycle.OnStop(func() { r.add("stopped") }))
	for range 2 {
		if err := a.Stop(t.Context()); err != nil {
			t.Errorf("Stop returned %v", err)
		}
	}
	r.want(t, "connect", "disconnect")
	if err := a.Start(t.Context()); !errors.Is(err, lifecycle.ErrStopping) {
		t.Errorf("Start after Stop returned %v", err)
	}
}

// HO-085
func TestOwnersOfMainAreToldWhyToStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		a := app.New(quiet, connected(&r), hosting.Run(func(context.Context) error {
			<-time.After(time.Minute)
			return errBoom
		}))
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a.Err() != nil {
			t.Errorf("Err is %v while all is well", a.Err())
		}
		<-a.Done()
		if !errors.Is(a.Err(), errBoom) {
			t.Errorf("Err is %v, want the fault", a.Err())
		}
		r.want(t, "connect") // Done asks for a Stop
		if err := a.Stop(t.Context()); err != nil {
			t.Errorf("Stop returned %v", err)
		}
		r.want(t, "connect", "disconnect")
	})
}

func TestShutdownDuringStart(t *testing.T) {
	interrupt := lifecycle.OnStart(func(shutdown lifecycle.Shutdown) { shutdown(nil) })
	if err := app.New(quiet, interrupt).Start(t.Context()); !errors.Is(err, lifecycle.ErrStopping) {
		t.Errorf("Start returned %v, want ErrStopping", err)
	}
	if err := app.New(quiet, interrupt).Run(t.Context()); err != nil {
		t.Errorf("method Run returned %v", err)
	}
	if err := app.Run(t.Context(), quiet, interrupt); err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestShutdownDuringConstruction(t *testing.T) {
	for _, cause := range []error{nil, errBoom} {
		var r record
		opts := fx.Options(quiet, connected(&r),
			di.Singleton(func(s lifecycle.Shutdown, _ *conn) *slow { s(cause); return newSlow() }),
			di.Singleton(func(*slow) *broken { r.add("went on"); return nil }),
			fx.Invoke(func(*broken) {}),
		)
		want := cause
		if cause == nil {
			want = lifecycle.ErrStopping
		}
		a := app.New(opts)
		if err := a.Err(); !errors.Is(err, want) {
			t.Errorf("Err is %v, want %v", err, want)
		}
		if err := a.Start(t.Context()); !errors.Is(err, want) {
			t.Errorf("Start returned %v, want %v", err, want)
		}
		if err := a.Run(t.Context()); !errors.Is(err, cause) {
			t.Errorf("method Run returned %v, want %v", err, cause)
		}
		if err := app.Run(t.Context(), opts); !errors.Is(err, cause) {
			t.Errorf("Run returned %v, want %v", err, cause)
		}
		r.want(t, "connect", "disconnect", "connect", "disconnect")
	}
}

func TestSecondStartIsAnError(t *testing.T) {
	a := app.New(quiet)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Run(t.Context()); err == nil {
		t.Error("Run after Start returned nil")
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestExitCodeComesBackFromRun(t *testing.T) {
	err := app.Run(t.Context(), quiet, lifecycle.OnStart(func(s fx.Shutdowner) error { return s.Shutdown(fx.ExitCode(3)) }))
	var exit *app.ExitError
	if !errors.As(err, &exit) || exit.Code != 3 {
		t.Errorf("Run returned %v, want exit code 3", err)
	}
}

func TestApplicationsOfOneModuleRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		module := fx.Module("shared", connected(&r), hosting.Every(time.Second, func(s *lifecycle.Status, ts *hosting.Triggers) {
			if s.Phase() != lifecycle.Running || len(ts.All()) != 1 {
				t.Errorf("phase is %v with %d triggers", s.Phase(), len(ts.All()))
			}
			r.add("tick")
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if err := app.Run(ctx, quiet, module); err != nil {
					t.Errorf("Run returned %v", err)
				}
			})
		}
		wg.Wait()
		r.want(t, "connect", "connect", "tick", "tick", "disconnect", "disconnect")
	})
}

func TestRunReturnsAfterAStopByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := app.New(quiet, lifecycle.OnStop(func() error { return errBoom }))
		time.AfterFunc(time.Second, func() {
			if err := a.Stop(context.Background()); !errors.Is(err, errBoom) {
				t.Errorf("Stop returned %v", err)
			}
		})
		if err := a.Run(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("Run returned %v", err)
		}
	})
}
