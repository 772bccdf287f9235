package lifecycle_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
)

// What plain fx leaves open, and we close. The modules of these tests are plain fx, as any library has them.

func stuck(release <-chan struct{}) { <-release }

type broken struct{}

func TestWhatWasBuiltIsReleasedWhenConstructionFails(t *testing.T) {
	tests := []struct {
		name string
		last fx.Option
		says string
	}{
		{"an Invoke fails", fx.Invoke(func(*conn) error { return errUnit }), "unit failed"},
		{"an Invoke panics", fx.Invoke(func(*conn) { panic("secret") }), "panic with a string at lifecycle/fx_test.go:"},
		{"a constructor fails", fx.Options(
			fx.Provide(func(*conn) (*broken, error) { return nil, errUnit }), fx.Invoke(func(*broken) {}),
		), "unit failed"},
		{"a constructor panics", fx.Options(
			fx.Provide(func(*conn) *broken { panic("secret") }), fx.Invoke(func(*broken) {}),
		), "panic with a string at lifecycle/fx_test.go:"},
		{"a decorator fails", fx.Options(
			fx.Supply(&broken{}), fx.Decorate(func(*conn, *broken) (*broken, error) { return nil, errUnit }), fx.Invoke(func(*broken) {}),
		), "unit failed"},
		{"a constructor of ours fails", fx.Options(
			di.Singleton(func(*conn) (*broken, error) { return nil, errUnit }), fx.Invoke(func(*broken) {}),
		), "unit failed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r record
			opts := fx.Options(quiet, r.resources(), r.hook("never started"), test.last)
			a := app.New(opts)
			r.want(t, "open file", "connect", "disconnect", "close file")
			wantText(t, a.Err(), "lifecycle_test.TestWhatWasBuiltIsReleasedWhenConstructionFails.func", "lifecycle/fx_test.go:")
			wantText(t, a.Err(), test.says)
			if err := a.Start(t.Context()); !errors.Is(err, a.Err()) {
				t.Errorf("Start returned %v, want the error of New", err)
			}
			wantText(t, app.Run(t.Context(), opts), test.says)
			r.want(t, "open file", "connect", "disconnect", "close file")
		})
	}
}

func TestConstructorThatHangsIsNamedAndWhatWasBuiltIsReleasedWhenItReturns(t *testing.T) {
	tests := []struct {
		name string
		kind string
		hang func(release chan struct{}) fx.Option
	}{
		{"a constructor of plain fx", "function", func(release chan struct{}) fx.Option {
			return fx.Options(fx.Provide(func(*conn) *broken { stuck(release); return nil }), fx.Invoke(func(*broken) {}))
		}},
		{"an Invoke", "function", func(release chan struct{}) fx.Option {
			return fx.Invoke(func(*conn) { stuck(release) })
		}},
		{"a constructor of ours", "constructor", func(release chan struct{}) fx.Option {
			return fx.Options(di.Singleton(func(*conn) *broken { stuck(release); return &broken{} }), fx.Invoke(func(*broken) {}))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r record
				release := make(chan struct{})
				began := time.Now()
				err := app.Run(t.Context(), quiet, fx.StartTimeout(time.Second), r.resources(), fx.Module("m", test.hang(release)))
				if took := time.Since(began); took != 1250*time.Millisecond {
					t.Errorf("Run took %v", took)
				}
				wantText(t, err, "start limit of 1s exceeded\n"+test.kind+` "lifecycle_test.TestConstructorThatHangs`, "(lifecycle/fx_test.go:",
					"hangs: it did not return within 1.25s, it is at\n", "lifecycle_test.stuck(")
				r.want(t, "open file", "connect")
				close(release)
				synctest.Wait()
				r.want(t, "disconnect", "close file")
			})
		})
	}
}

func TestFailedStartHookUndoesThoseBeforeItButNotItself(t *testing.T) {
	var r record
	a := app.New(quiet, r.resources(), r.hook("a"),
		r.starting("b", func(context.Context) error { r.add("start b"); return errUnit }), r.hook("c"))
	err := a.Start(t.Context())
	if !errors.Is(err, errUnit) {
		t.Errorf("Start returned %v", err)
	}
	wantText(t, err, `start of hook "lifecycle_test.TestFailedStartHook`, "(lifecycle/record_test.go:", " failed: unit failed")
	r.want(t, "open file", "connect", "start a", "start b", "stop a", "disconnect", "close file")
}

func TestStartThatIsOutOfTimeStopsTheOthers(t *testing.T) {
	honours := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	tests := []struct {
		name  string
		limit func(t *testing.T) (opt fx.Option, ctx context.Context)
		hangs bool
		says  []string
	}{
		{"a hook that honours its context, under fx.StartTimeout", underFx, false, []string{"start limit of 1s exceeded: start of hook", "failed after 1s: context deadline exceeded"}},
		{"a hook that ignores its context, under fx.StartTimeout", underFx, true, []string{"start limit of 1s exceeded: start of hook", "hangs: it did not return within 1.25s, it is at\n", "lifecycle_test.stuck("}},
		{"a hook that honours its context, under the caller's", underContext, false, []string{"start of hook", "failed after 1s: context deadline exceeded"}},
		{"a hook that ignores its context, under the caller's", underContext, true, []string{"start of hook", "hangs: it did not return within 1.25s, it is at\n", "lifecycle_test.stuck("}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r record
				release := make(chan struct{})
				limit, ctx := test.limit(t)
				hook := honours
				if test.hangs {
					hook = func(context.Context) error { stuck(release); return nil }
				}
				a := app.New(quiet, limit, r.resources(),
					hooked("a", fx.Hook{OnStart: r.note("start a"), OnStop: func(ctx context.Context) error {
						r.add("stop a with a live context: %v", ctx.Err() == nil)
						return nil
					}}),
					r.starting("b", hook), r.hook("c"))
				err := a.Start(ctx)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Start returned %v", err)
				}
				wantText(t, err, test.says...)
				r.want(t, "open file", "connect", "start a", "stop a with a live context: true", "disconnect", "close file")
				close(release)
				synctest.Wait()
				if err := a.Stop(t.Context()); err != nil {
					t.Errorf("Stop after a failed start returned %v", err)
				}
				r.want(t)
			})
		})
	}
}

func underFx(t *testing.T) (fx.Option, context.Context) {
	return fx.StartTimeout(time.Second), t.Context()
}

func underContext(t *testing.T) (fx.Option, context.Context) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancel)
	return fx.Options(), ctx
}

// HO-035
func TestStartHasNoLimitUnlessOneIsGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		a := app.New(quiet, r.starting("slow", func(ctx context.Context) error {
			<-time.After(time.Hour)
			return ctx.Err()
		}))
		if err := a.Start(t.Context()); err != nil {
			t.Error(err)
		}
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		r.want(t, "stop slow")
	})
}

func TestStopPastItsDeadlineRunsAllHooksAndJoinsTheirErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		failing := func(name string) fx.Option {
			return hooked(name, fx.Hook{OnStop: func(ctx context.Context) error {
				r.add("stop %s with a live context: %v", name, ctx.Err() == nil)
				return errors.New(name + " failed")
			}})
		}
		release := make(chan struct{})
		a := app.New(quiet, fx.StopTimeout(8*time.Second), failing("a"), r.hook("b"), failing("c"),
			hooked("d", fx.Hook{OnStop: func(context.Context) error { stuck(release); return nil }}), r.hook("e"))
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.want(t, "start b", "start e")
		over, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		err := a.Stop(over)
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("Stop took %v", took)
		}
		r.want(t, "stop e", "stop c with a live context: true", "stop b", "stop a with a live context: true")
		wantText(t, err, `stop of hook "lifecycle_test.TestStopPastItsDeadline`, "hangs: it did not return within ", "lifecycle_test.stuck(",
			"c failed", "a failed")
		if again := a.Stop(t.Context()); again != err { //nolint:errorlint // the very same
			t.Errorf("a second Stop returned %v", again)
		}
		close(release)
		synctest.Wait()
	})
}

func TestHookAppendedDuringStartIsStartedNextAndStopped(t *testing.T) {
	var r record
	a := app.New(quiet, fx.Invoke(func(lc fx.Lifecycle) {
		lc.Append(fx.Hook{OnStart: func(context.Context) error {
			r.add("start a")
			lc.Append(fx.Hook{OnStart: func(context.Context) error {
				r.add("start b")
				lc.Append(fx.StartStopHook(r.note("start c"), r.note("stop c")))
				return nil
			}, OnStop: r.note("stop b")})
			return nil
		}, OnStop: r.note("stop a")})
		lc.Append(fx.Hook{OnStart: r.note("start d"), OnStop: r.note("stop d")})
	}))
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.want(t, "start a", "start b", "start c", "start d", "stop d", "stop c", "stop b", "stop a")
}

func TestHookAppendedAfterTheStartPanicsWithItsPlace(t *testing.T) {
	var lifecycle fx.Lifecycle
	a := app.New(quiet, fx.Populate(&lifecycle))
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		text, _ := recover().(string)
		if !strings.HasPrefix(text, `hook "lifecycle_test.nothing" (lifecycle/fx_test.go:`) ||
			!strings.HasSuffix(text, "is appended after the hooks have been started: append it in a constructor or in a start hook") {
			t.Errorf("Append panicked with %q", text)
		}
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	lifecycle.Append(fx.StartHook(nothing))
}

func TestHooksMayBeAppendedFromManyGoroutines(t *testing.T) {
	var r record
	a := app.New(quiet, fx.Invoke(func(lc fx.Lifecycle) {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { lc.Append(fx.StartHook(r.note("start"))) })
		}
		wg.Wait()
	}))
	if err := errors.Join(a.Start(t.Context()), a.Stop(t.Context())); err != nil {
		t.Error(err)
	}
	if len(r.lines) != 20 {
		t.Errorf("%d hooks started", len(r.lines))
	}
}

func TestHookThatPanicsOrExitsIsAnErrorAndTheRestIsStopped(t *testing.T) {
	panics := func(context.Context) error { panic("secret") }
	exits := func(context.Context) error { runtime.Goexit(); return nil }
	tests := []struct {
		name  string
		hook  fx.Hook
		start bool
		says  string
	}{
		{"panic in the start", fx.Hook{OnStart: panics}, true, " failed: panic with a string at lifecycle/fx_test.go:"},
		{"panic in the stop", fx.Hook{OnStop: panics}, false, " failed: panic with a string at lifecycle/fx_test.go:"},
		{"exit in the start", fx.Hook{OnStart: exits}, true, " failed: goroutine was ended by runtime.Goexit"},
		{"exit in the stop", fx.Hook{OnStop: exits}, false, " failed: goroutine was ended by runtime.Goexit"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r record
			a := app.New(quiet, r.hook("a"), hooked("b", test.hook))
			failed := a.Start(t.Context())
			if !test.start && failed == nil {
				failed = a.Stop(t.Context())
			}
			wantText(t, failed, `of hook "lifecycle_test.TestHookThatPanicsOrExits`, test.says)
			if strings.Contains(failed.Error(), "secret") {
				t.Errorf("the error shows the value: %v", failed)
			}
			r.want(t, "start a", "stop a")
		})
	}
}

func TestContextOfAConstructorOutlivesTheStart(t *testing.T) {
	var ofStart, ofConstructor context.Context
	var cause error
	a := app.New(quiet,
		di.Singleton(func(ctx context.Context) (*conn, func()) {
			ofConstructor = ctx
			return &conn{}, func() { cause = context.Cause(ctx) }
		}),
		lifecycle.OnStart(func(ctx context.Context, _ *conn) { ofStart = ctx }),
	)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ofStart.Err() == nil || ofConstructor.Err() != nil {
		t.Errorf("after the start its context has ended with %v, that of the constructor with %v", ofStart.Err(), ofConstructor.Err())
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(cause, lifecycle.ErrStopping) {
		t.Errorf("when it was released, the cause was %v", cause)
	}
}

func TestUnitsKeepTheOrderOfDeclarationAcrossModules(t *testing.T) {
	var r record
	unit := func(name string) fx.Option { return lifecycle.OnStart(func() { r.add("%s", name) }) }
	a := app.New(quiet, unit("a"), fx.Module("outer", unit("b"), fx.Module("inner", unit("c")), unit("d")), unit("e"))
	if err := errors.Join(a.Start(t.Context()), a.Stop(t.Context())); err != nil {
		t.Error(err)
	}
	r.want(t, "a", "b", "c", "d", "e")
}

func TestWhatFxAcceptsOrRefusesByItselfIsLeftToFx(t *testing.T) {
	tests := []struct {
		name string
		opt  fx.Option
	}{
		{"Replace of what nobody provides", fx.Replace(&file{})},
		{"Decorate of what nobody provides", fx.Decorate(func(f *file) *file { return f })},
		{"StartTimeout inside a module", fx.Module("m", fx.StartTimeout(time.Second))},
		{"StopTimeout inside a module", fx.Module("m", fx.StopTimeout(time.Second))},
		{"RecoverFromPanics inside a module", fx.Module("m", fx.RecoverFromPanics())},
		{"Replace twice", fx.Options(fx.Provide(func() *file { return nil }), fx.Replace(&file{}), fx.Replace(&file{}))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			theirs := fx.New(fx.NopLogger, test.opt).Err()
			ours := app.New(quiet, test.opt).Err()
			if (ours == nil) != (theirs == nil) {
				t.Errorf("error is %v, that of fx %v", ours, theirs)
			}
		})
	}
}

func TestHooksOfEveryModuleTakePart(t *testing.T) {
	var r record
	opening := fx.Annotate(func() *file { r.add("open file"); return &file{} },
		fx.OnStart(func(context.Context, *file) { r.add("start file") }),
		fx.OnStop(func(*file) error { r.add("stop file"); return nil }),
	)
	logged := func(lc fx.Lifecycle) fx.Lifecycle { return appends{lc, &r} }
	opts := fx.Options(quiet,
		r.hook("root"),
		fx.Module("outer",
			fx.Provide(opening, fx.Private),
			fx.Invoke(func(*file) {}),
			fx.Module("inner", fx.Decorate(logged), r.hook("inner")),
		),
		fx.Invoke(func(lc fx.Lifecycle) { lc.Append(fx.StartStopHook(r.note("start last"), r.note("stop last"))) }),
	)
	want := []string{"append inner", "open file", "start root", "start inner", "start file", "start last", "stop last", "stop file", "stop inner", "stop root"}
	a := app.New(opts)
	if err := errors.Join(a.Start(t.Context()), a.Stop(t.Context())); err != nil {
		t.Error(err)
	}
	r.want(t, want...)

	foreign := fx.New(fx.NopLogger, app.Module(opts))
	if err := errors.Join(foreign.Start(t.Context()), foreign.Stop(t.Context())); err != nil {
		t.Error(err)
	}
	r.want(t, want...)
}

// appends is an fx.Lifecycle that a module has decorated.
type appends struct {
	fx.Lifecycle
	r *record
}

func (a appends) Append(h fx.Hook) {
	a.r.add("append inner")
	a.Lifecycle.Append(h)
}

func (*file) Open() error { return errUnit }

func openFile() *file { return &file{} }

func TestHooksAreNamedAsFxNamesThem(t *testing.T) {
	tests := []struct {
		name string
		opt  fx.Option
		want string
	}{
		{"StartHook", fx.Invoke(func(lc fx.Lifecycle) { lc.Append(fx.StartHook((&file{}).Open)) }), `"lifecycle_test.(*file).Open" (lifecycle/fx_test.go:`},
		{"Annotate", fx.Options(fx.Provide(fx.Annotate(openFile, fx.OnStart((*file).Open))), fx.Invoke(func(*file) {})), `"lifecycle_test.openFile" (lifecycle/fx_test.go:`},
		{"Hook", fx.Invoke(func(lc fx.Lifecycle) {
			lc.Append(fx.Hook{OnStart: func(context.Context) error { return errUnit }})
		}), `"lifecycle_test.TestHooksAreNamedAsFxNamesThem.func`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := app.New(quiet, fx.Module("m", test.opt)).Start(t.Context())
			wantText(t, err, "start of hook "+test.want, " failed: unit failed")
			var failed *supervise.FailedError
			if !errors.As(err, &failed) || failed.Op != "start" || failed.Kind != "hook" {
				t.Errorf("error is %#v", err)
			}
		})
	}
}
