package apptest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

// A fake is a test that records how it fails.
type fake struct {
	testing.TB
	cleanups []func()
	errors   []string

	mu   sync.Mutex
	logs []string
}

func (f *fake) Cleanup(fn func()) { f.cleanups = append(f.cleanups, fn) }
func (f *fake) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}

func (f *fake) Logf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logs = append(f.logs, fmt.Sprintf(format, args...))
}

func (f *fake) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

// run runs a test that may fail, and returns how it did.
func run(t *testing.T, test func(t testing.TB)) *fake {
	t.Helper()
	f := &fake{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := range f.cleanups {
				f.cleanups[len(f.cleanups)-1-i]()
			}
		}()
		test(f)
	}()
	<-done
	return f
}

func (f *fake) want(t *testing.T, errors ...string) {
	t.Helper()
	ok := len(f.errors) == len(errors)
	for i := range min(len(f.errors), len(errors)) {
		ok = ok && strings.Contains(f.errors[i], errors[i])
	}
	if !ok {
		t.Errorf("test failed with %q, want %q", f.errors, errors)
	}
}

type conn struct{}

func TestStartStopsAtTheEndOfTheTest(t *testing.T) {
	var events []string
	f := run(t, func(t testing.TB) {
		apptest.Start(t, di.Singleton(func() (*conn, func()) {
			return &conn{}, func() { events = append(events, "released") }
		}), lifecycle.OnStart(func(*conn) { events = append(events, "started") }))
		events = append(events, "tested")
	})
	f.want(t)
	if got := strings.Join(events, " "); got != "started tested released" {
		t.Errorf("happened: %s", got)
	}
}

func TestStartRunsInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ticks := 0
		apptest.Start(t, hosting.Every(time.Hour, func() { ticks++ }))
		<-time.After(24 * time.Hour)
		synctest.Wait()
		if ticks != 24 {
			t.Errorf("ticked %d times in a day", ticks)
		}
	})
}

func TestSignalsMayBeUsedInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		apptest.Start(t, hosting.Run(func(ctx context.Context) {
			c := make(chan os.Signal, 1)
			signal.Notify(c, os.Interrupt)
			defer signal.Stop(c)
			<-ctx.Done()
		}))
	})
}

type Open func(context.Context) error

func TestWhatGoesWrongFailsTheTest(t *testing.T) {
	tests := []struct {
		name string
		opts []fx.Option
		want string
	}{
		{"wiring", []fx.Option{lifecycle.OnStart(func(*conn) {})}, "missing *apptest_test.conn"},
		{"start", []fx.Option{lifecycle.OnStart(func() error { return errBoom })}, "boom"},
		{"stop", []fx.Option{lifecycle.OnStop(func() error { return errBoom })}, "boom"},
		{"shutdown", []fx.Option{hosting.Run(func(_ context.Context, s *lifecycle.Status, shutdown lifecycle.Shutdown) {
			<-s.Started()
			shutdown(errBoom)
		})}, "boom"},
		{"fault", []fx.Option{hosting.Run(func(_ context.Context, s *lifecycle.Status) error {
			<-s.Started()
			return errBoom
		})}, "boom"},
		{"open scope", []fx.Option{lifecycle.OnStart(func(ctx context.Context, f *scopes.Factory) error {
			_, err := f.Open(ctx)
			return err
		})}, "still open"},
		{"unknown trigger", []fx.Option{apptest.Only("nobody"), hosting.Every(time.Second, func() {}, hosting.Name("somebody"))}, `"nobody"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := run(t, func(t testing.TB) {
					apptest.Start(t, test.opts...)
					synctest.Wait()
				})
				f.want(t, test.want)
			})
		})
	}
}

func TestStuckGoroutineFailsTheTestWithItsStack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		forever := make(chan struct{})
		f := run(t, func(t testing.TB) {
			apptest.Start(t, hosting.Run(func(context.Context) { <-forever }, hosting.Name("stuck")))
		})
		close(forever)
		f.want(t, "apptest_test.TestStuckGoroutine")
	})
}

func TestATestThatCallsStopJudgesTheError(t *testing.T) {
	f := run(t, func(t testing.TB) {
		a := apptest.Start(t, hosting.Run(func(_ context.Context, s *lifecycle.Status) error {
			<-s.Started()
			return errBoom
		}))
		<-a.Done()
		for range 2 {
			if err := a.Stop(); !errors.Is(err, errBoom) {
				t.Errorf("Stop returned %v", err)
			}
		}
	})
	f.want(t)
}

func TestLogsGoToTheTest(t *testing.T) {
	f := run(t, func(t testing.TB) {
		apptest.Start(t, lifecycle.OnStart(func(log *zap.Logger) { log.Debug("hello") }))
	})
	logs := strings.Join(f.logs, "\n")
	if !strings.Contains(logs, "hello") {
		t.Errorf("logged %s", logs)
	}
	if strings.Contains(logs, "invoking") {
		t.Errorf("events of fx were logged: %s", logs)
	}
}

func TestProgramsLoggerIsUsedIfThereIsOne(t *testing.T) {
	f := run(t, func(t testing.TB) { apptest.Start(t, fx.Supply(zap.NewNop())) })
	if len(f.logs) != 0 {
		t.Errorf("logged %q", f.logs)
	}
}

func TestCheckConstructsNothing(t *testing.T) {
	good := fx.Options(
		di.Singleton(func(*zap.Logger) *conn { t.Error("constructed"); return nil }),
		fx.Invoke(func(*conn) { t.Error("invoked") }),
	)
	run(t, func(t testing.TB) { apptest.Check(t, good) }).want(t)
	run(t, func(t testing.TB) { apptest.Check(t, good, lifecycle.OnStart(func(int, string) {})) }).want(t, "2 problems")
}

func TestOnlyStartsTheseTriggers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ticks []string
		tick := func(name string) fx.Option {
			return hosting.Every(time.Second, func() { ticks = append(ticks, name) }, hosting.Name(name))
		}
		var triggers *hosting.Triggers
		a := apptest.Start(t, tick("a"), tick("b"), tick("c"), fx.Module("m", apptest.Only("b")), fx.Populate(&triggers))
		<-time.After(1500 * time.Millisecond)
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		if got := strings.Join(ticks, " "); got != "b" {
			t.Errorf("ticked: %s", got)
		}
		if n := len(triggers.All()); n != 3 {
			t.Errorf("there are %d triggers", n)
		}
	})
}

func TestOnlyWithoutNamesStartsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		apptest.Start(t, apptest.Only(), hosting.Run(func(context.Context) error { return errBoom }), app.RunOnce(func() error { return errBoom }))
		synctest.Wait()
	})
}
