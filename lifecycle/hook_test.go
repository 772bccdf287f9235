package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errUnit = errors.New("unit failed")

func nothing(context.Context) error { return nil }

func unitOf(o fx.Option) *decl.Unit { return o.(decl.Option).Decl.(*decl.Unit) }

// install installs a hook as a compiled application does.
func install(t *testing.T, e *supervise.Engine, o fx.Option, unit func(context.Context) error) {
	t.Helper()
	u := unitOf(o)
	err := u.Install(e, decl.Bound{
		Name:  "test.Unit",
		Place: u.Here.Place(),
		Call:  func(ctx context.Context, _ ...decl.Value) ([]decl.Value, error) { return nil, unit(ctx) },
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHooksRunInOrderAndStopInReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := supervise.New(nil)
		var calls []string
		note := func(call string) func(context.Context) error {
			return func(context.Context) error { calls = append(calls, call); return nil }
		}
		e.Append(supervise.Hook{Name: "fx", Start: note("fx start"), Stop: note("fx stop")})
		install(t, e, lifecycle.OnStart(nothing), note("start a"))
		install(t, e, lifecycle.OnStop(nothing), note("stop b"))
		install(t, e, lifecycle.OnStart(nothing), note("start c"))
		install(t, e, lifecycle.OnStop(nothing), note("stop d"))
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := e.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"fx start", "start a", "start c", "stop d", "stop b", "fx stop"}; !slices.Equal(calls, want) {
			t.Errorf("calls are %q, want %q", calls, want)
		}
	})
}

func TestOnStopRunsIfTheStartCameAsFarAsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := supervise.New(nil)
		var stopped []string
		stop := func(name string) func(context.Context) error {
			return func(context.Context) error { stopped = append(stopped, name); return nil }
		}
		install(t, e, lifecycle.OnStop(nothing), stop("before"))
		install(t, e, lifecycle.OnStart(nothing), func(context.Context) error { return errUnit })
		install(t, e, lifecycle.OnStop(nothing), stop("after"))
		err := e.Start(t.Context())
		if !errors.Is(err, errUnit) || !strings.Contains(err.Error(), `"test.Unit"`) || !strings.Contains(err.Error(), "lifecycle/hook_test.go:") {
			t.Errorf("Start returns %v, want the error with name and place", err)
		}
		if want := []string{"before"}; !slices.Equal(stopped, want) {
			t.Errorf("stopped are %q, want %q", stopped, want)
		}
	})
}

func TestOnStopErrorIsJoinedAndTheRestRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := supervise.New(nil)
		ran := false
		install(t, e, lifecycle.OnStop(nothing), func(context.Context) error { ran = true; return nil })
		install(t, e, lifecycle.OnStop(nothing), func(context.Context) error { return errUnit })
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := e.Stop(t.Context()); !errors.Is(err, errUnit) || !ran {
			t.Errorf("Stop returns %v and ran the rest: %v, want the error and true", err, ran)
		}
	})
}

func TestTimeoutNamesAHookThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := supervise.New(nil)
		hang := make(chan struct{})
		install(t, e, lifecycle.OnStart(nothing, lifecycle.Timeout(time.Second)), func(ctx context.Context) error {
			<-hang
			return nil
		})
		began := time.Now()
		err := e.Start(t.Context())
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("Start took %v, want about 1s", took)
		}
		var hung *supervise.HungError
		if !errors.As(err, &hung) || !strings.Contains(err.Error(), "lifecycle/hook_test.go:") || !strings.Contains(string(hung.Stack), "hook_test.go") {
			t.Errorf("Start returns %v, want the hook's name, place and stack", err)
		}
		close(hang)
	})
}

func TestTimeoutEndsTheContextOfAHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := supervise.New(nil)
		install(t, e, lifecycle.OnStop(nothing, lifecycle.Timeout(time.Second)), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := e.Stop(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("Stop returns %v after %v, want the timeout after 1s", err, time.Since(began))
		}
	})
}

func TestTimeoutMustBePositive(t *testing.T) {
	o := lifecycle.OnStop(nothing, lifecycle.Timeout(0))
	if err := unitOf(o).Check(); err == nil || err.Error() != "option Timeout must be positive, is 0s" {
		t.Errorf("Check returns %v, want what is wrong", err)
	}
}

// HO-030, HO-048
func TestStatusFollowsTheApplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := supervise.New(nil)
		s := lifecycle.NewStatus(e)
		var during lifecycle.Phase
		install(t, e, lifecycle.OnStart(nothing), func(context.Context) error { during = s.Phase(); return nil })
		var stopping lifecycle.Phase
		install(t, e, lifecycle.OnStop(nothing), func(context.Context) error { stopping = s.Phase(); return nil })
		if s.Phase() != lifecycle.New {
			t.Errorf("phase is %v, want New", s.Phase())
		}
		if err := e.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-s.Starting()
		<-s.Started()
		if during != lifecycle.Starting || s.Phase() != lifecycle.Running {
			t.Errorf("phases are %v and %v, want Starting and Running", during, s.Phase())
		}
		if err := e.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-s.Stopping()
		<-s.Stopped()
		if stopping != lifecycle.Stopping || s.Phase() != lifecycle.Stopped {
			t.Errorf("phases are %v and %v, want Stopping and Stopped", stopping, s.Phase())
		}
	})
}
