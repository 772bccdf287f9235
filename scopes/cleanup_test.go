package scopes_test

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

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/scopes"
)

type (
	first  struct{ _ byte }
	second struct{ _ byte }
	third  struct{ _ byte }

	nothing interface{ nothing() }
)

// chain are three scoped services, each on top of the one before. The second has the given cleanup.
func chain(j *journal, cleanup any) fx.Option {
	var provide fx.Option
	switch cleanup := cleanup.(type) {
	case func():
		provide = di.Scoped(func(*first) (*second, func()) { j.add("open second"); return &second{}, cleanup })
	case func() error:
		provide = di.Scoped(func(*first) (*second, func() error) { j.add("open second"); return &second{}, cleanup })
	case func(context.Context) error:
		provide = di.Scoped(func(*first) (*second, func(context.Context) error, error) {
			j.add("open second")
			return &second{}, cleanup, nil
		})
	}
	return fx.Options(
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		provide,
		di.Scoped(func(*second) (*third, func()) { return &third{}, j.closing("third") }),
		scopes.Bind[call](func(ctx context.Context, _ *third) error { j.add("unit"); return ctx.Err() }),
		failures(j),
	)
}

// SC-031
func TestCleanupsRunInReverseOnceEachWhateverTheirShape(t *testing.T) {
	var j journal
	tests := map[string]any{
		"func()":                      func() { j.add("close second") },
		"func() error":                func() error { j.add("close second"); return nil },
		"func(context.Context) error": func(ctx context.Context) error { j.add("close second"); return ctx.Err() },
	}
	for shape, cleanup := range tests {
		t.Run(shape, func(t *testing.T) {
			var f call
			apptest.Start(t, chain(&j, cleanup), fx.Populate(&f))
			for range 2 {
				if err := f(t.Context()); err != nil {
					t.Error(err)
				}
				j.want(t, "open first", "open second", "open third", "unit", "close third", "close second", "close first")
			}
		})
	}
}

func TestNilCleanupIsNone(t *testing.T) {
	var j journal
	var f call
	apptest.Start(t, chain(&j, (func() error)(nil)), fx.Populate(&f))
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open first", "open second", "open third", "unit", "close third", "close first")
}

// SC-035
func TestFailedCleanupStopsNoOtherAndComesBackAsCleanupError(t *testing.T) {
	var j journal
	tests := []struct {
		name    string
		cleanup any
		want    string // in the error
	}{
		{"error", func() error { j.add("close second"); return errBoom }, "boom"},
		{"panic", func() { j.add("close second"); panic("secret") }, "panic with a string at scopes/cleanup_test.go:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f call
			apptest.Start(t, chain(&j, tt.cleanup), fx.Populate(&f))
			err := f(t.Context())
			var cleanup *scopes.CleanupError
			if !errors.As(err, &cleanup) || len(cleanup.Errs) != 1 {
				t.Fatalf("error = %v, want a *scopes.CleanupError with one", err)
			}
			for _, part := range []string{tt.want, "scopes_test.chain", "scopes/cleanup_test.go:"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("error %q holds the value of the panic", err)
			}
			lines := j.take()
			if !strings.HasPrefix(lines[6], "event scopes_test.chain") {
				t.Errorf("no event: %q", lines)
			}
			lines = append(lines[:6:6], lines[7:]...)
			for _, line := range lines {
				j.add("%s", line)
			}
			j.want(t, "open first", "open second", "open third", "unit", "close third", "close second", "close first")
		})
	}
}

func TestCleanupThatExitsTheGoroutineCountsAsFailedAndStopsNoOther(t *testing.T) {
	var j journal
	var f call
	apptest.Start(t, chain(&j, func() { runtime.Goexit() }), fx.Populate(&f))
	returned := false
	apart(func() {
		_ = f(t.Context())
		returned = true
	})
	if returned {
		t.Error("Goexit was swallowed")
	}
	lines := j.take()
	if len(lines) != 7 || !strings.Contains(lines[5], "Goexit") || lines[6] != "close first" {
		t.Errorf("happened: %q", lines)
	}
}

// SC-035, SC-036
func TestErrorsOfUnitAndCleanupsAreJoined(t *testing.T) {
	errFirst, errThird := errors.New("first"), errors.New("third")
	var f call
	apptest.Start(t,
		di.Scoped(func() (*first, func() error) { return &first{}, func() error { return errFirst } }),
		di.Scoped(func(*first) (*third, func(context.Context) error) {
			return &third{}, func(context.Context) error { return errThird }
		}),
		scopes.Bind[call](func(*third) error { return errBoom }),
		fx.Populate(&f),
	)
	err := f(t.Context())
	for _, want := range []error{errBoom, errFirst, errThird} {
		if !errors.Is(err, want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
	var cleanup *scopes.CleanupError
	if !errors.As(err, &cleanup) || len(cleanup.Errs) != 2 {
		t.Errorf("error = %v, want a *scopes.CleanupError with two", err)
	}
}

func TestFailedCleanupOfATriggersUnitIsAnEventOnly(t *testing.T) {
	var j journal
	var triggers *hosting.Triggers
	apptest.Start(t, failures(&j), apptest.Only(),
		di.Scoped(func() (*first, func() error) { return &first{}, func() error { return errBoom } }),
		hosting.Every(time.Hour, func(*first) { j.add("tick") }, hosting.Name("ticker")),
		fx.Populate(&triggers),
	)
	trigger, _ := triggers.Find("ticker")
	if err := trigger.RunNow(t.Context()); err != nil {
		t.Errorf("turn = %v, want success: the unit has succeeded", err)
	}
	if lines := j.take(); len(lines) != 2 || !strings.Contains(lines[1], "boom") {
		t.Errorf("happened: %q", lines)
	}
}

func TestWhatWasBuiltIsReleasedWhenAConstructorFailsMidway(t *testing.T) {
	var j journal
	tests := map[string]any{
		"error":          func(*second) (*third, error) { return nil, errBoom },
		"error, cleanup": func(*second) (*third, func(), error) { return &third{}, func() { j.add("wrong") }, errBoom },
		"panic":          func(*second) *third { panic(errBoom) },
		"nil interface":  func(*second, nothing) *third { return &third{} },
	}
	for name, constructor := range tests {
		t.Run(name, func(t *testing.T) {
			var f call
			apptest.Start(t,
				di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
				di.Scoped(func(*first) (*second, func()) { return &second{}, j.closing("second") }),
				di.Scoped(func() (nothing, func()) { return nil, j.closing("nothing") }),
				di.Scoped(constructor),
				scopes.Bind[call](func(*third) { j.add("unit") }),
				fx.Populate(&f),
			)
			err := f(t.Context())
			if name == "nil interface" {
				if !strings.Contains(fmt.Sprint(err), "nil interface") {
					t.Errorf("error = %v", err)
				}
				j.want(t, "open first", "open second", "open nothing", "close nothing", "close second", "close first")
				return
			}
			if !errors.Is(err, errBoom) {
				t.Errorf("error = %v, want boom", err)
			}
			j.want(t, "open first", "open second", "close second", "close first")
		})
	}
}

func TestCleanupHasALiveContextWithTheValuesOfTheScopes(t *testing.T) {
	var f call
	apptest.Start(t,
		di.Scoped(func() (*first, func(context.Context) error) {
			return &first{}, func(ctx context.Context) error {
				deadline, ok := ctx.Deadline()
				if left := time.Until(deadline); !ok || left > 5*time.Second || left < 4*time.Second {
					t.Errorf("cleanup has %v, %v, want 5 s", left, ok)
				}
				if ctx.Value(ctxKey("k")) != "v" {
					t.Error("cleanup lacks the values of the scope's context")
				}
				return ctx.Err()
			}
		}),
		scopes.Bind[call](func(*first) {}),
		fx.Populate(&f),
	)
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), ctxKey("k"), "v"))
	cancel()
	if err := f(ctx); err != nil {
		t.Errorf("error = %v: the context of a cleanup does not end with its scope's", err)
	}
}

func TestCleanupThatHeedsItsContextIsStoppedAfterFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var f call
		apptest.Start(t, chain(&j, func(ctx context.Context) error {
			<-ctx.Done()
			j.add("given up")
			return ctx.Err()
		}), fx.Populate(&f))
		begun := time.Now()
		err := f(t.Context())
		if took := time.Since(begun); took != 5*time.Second {
			t.Errorf("call took %v, want 5 s", took)
		}
		var cleanup *scopes.CleanupError
		if !errors.As(err, &cleanup) || len(cleanup.Errs) != 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error = %v, want the deadline as one *scopes.CleanupError", err)
		}
		lines := j.take()
		if len(lines) != 8 || lines[5] != "given up" || lines[7] != "close first" {
			t.Errorf("happened: %q", lines)
		}
	})
}

func TestCleanupAfterTheLimitStillHasALiveContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var f call
		slow := func(ctx context.Context) error {
			j.add("live: %v", ctx.Err() == nil)
			<-ctx.Done()
			return nil
		}
		apptest.Start(t,
			di.Scoped(func() (*first, func(context.Context) error) { return &first{}, slow }),
			di.Scoped(func(*first) (*second, func(context.Context) error) { return &second{}, slow }),
			scopes.Bind[call](func(*second) {}),
			fx.Populate(&f),
		)
		begun := time.Now()
		if err := f(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("both took %v, want the limit of 5 s and little more", took)
		}
		j.want(t, "live: true", "live: true")
	})
}

func TestCleanupThatHangsHoldsItsCallerButNotTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var f call
		release := make(chan struct{})
		apptest.Start(t, chain(&j, func() { <-release }), fx.Populate(&f))
		begun := time.Now()
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			err = f(t.Context())
		}()
		time.AfterFunc(time.Minute, func() {
			lines := j.take()
			if len(lines) != 7 || !strings.Contains(lines[5], "did not return within 5s") || lines[6] != "close first" {
				t.Errorf("happened after a minute: %q", lines)
			}
			close(release)
		})
		<-done
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("call took %v", took)
		}
		var cleanup *scopes.CleanupError
		if !errors.As(err, &cleanup) || len(cleanup.Errs) != 1 {
			t.Errorf("error = %v, want a *scopes.CleanupError with one", err)
		}
		j.want(t)
	})
}

func TestTwoCleanupsThatHangHoldNoThird(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var f call
		release := make(chan struct{})
		hang := func() error { <-release; return errBoom }
		apptest.Start(t,
			di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
			di.Scoped(func(*first) (*second, func() error) { return &second{}, hang }),
			di.Scoped(func(*second) (*third, func() error) { return &third{}, hang }),
			scopes.Bind[call](func(*third) {}),
			fx.Populate(&f),
		)
		time.AfterFunc(10*time.Second, func() {
			j.want(t, "open first", "close first")
			close(release)
		})
		err := f(t.Context())
		var cleanup *scopes.CleanupError
		if !errors.As(err, &cleanup) || len(cleanup.Errs) != 2 {
			t.Errorf("error = %v, want a *scopes.CleanupError with two", err)
		}
		if err := f(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("next call = %v, want boom", err)
		}
	})
}

func TestCleanupsOfAUnitThatExitsItsGoroutineRun(t *testing.T) {
	var j journal
	var f call
	apptest.Start(t,
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		scopes.Bind[call](func(*first) { runtime.Goexit() }),
		fx.Populate(&f),
	)
	apart(func() {
		_ = f(t.Context())
		t.Error("Goexit was swallowed")
	})
	j.want(t, "open first", "close first")
}

func TestDiCloseReleasesAtTheEndOfTheScope(t *testing.T) {
	var j journal
	var f call
	apptest.Start(t,
		di.Scoped(func() *closer { return &closer{&j} }, di.Close()),
		di.Scoped(func(*closer) (*third, func()) { return &third{}, j.closing("third") }),
		scopes.Bind[call](func(*third) { j.add("unit") }),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open third", "unit", "close third", "closer closed")
}

type closer struct{ j *journal }

func (c *closer) Close(ctx context.Context) error { c.j.add("closer closed"); return ctx.Err() }
