package supervise_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
)

func wantOneGoroutine(t *testing.T, stack []byte) {
	t.Helper()
	if n := bytes.Count(append([]byte("\n"), stack...), []byte("\ngoroutine ")); n != 1 {
		t.Errorf("stack shows %d goroutines:\n%s", n, stack)
	}
	if !bytes.Contains(stack, []byte("supervise_test.")) {
		t.Errorf("stack is not that of the test's function:\n%s", stack)
	}
}

func TestDoReturnsWhatTheFunctionReturns(t *testing.T) {
	if err := supervise.Do(t.Context(), "unit", func(context.Context) error { return errBoom }); err != errBoom {
		t.Errorf("error is %v", err)
	}
	if err := supervise.Do(t.Context(), "unit", func(context.Context) error { return nil }); err != nil {
		t.Errorf("error is %v", err)
	}
}

func TestDoRecoversPanics(t *testing.T) {
	err := supervise.Do(t.Context(), "unit", func(context.Context) error { panic("secret") })
	p := as[*supervise.PanicError](t, err)
	if p.Value != "secret" || !strings.Contains(string(p.Stack), "TestDoRecoversPanics") {
		t.Errorf("panic is %v\n%s", p.Value, p.Stack)
	}
	wantText(t, err, "panic with a string at supervise/do_test.go:")
	if strings.Contains(fmt.Sprintf("%v %+v %s %q", err, err, err, err), "secret") {
		t.Errorf("message shows the value: %+v", err)
	}
	if !strings.Contains(fmt.Sprintf("%+v", err), "TestDoRecoversPanics") {
		t.Errorf("%%+v does not show the stack: %+v", err)
	}
}

func TestPanicOfTheRuntimeNamesTheLineOfTheUser(t *testing.T) {
	err := supervise.Do(t.Context(), "unit", func(context.Context) error {
		var p *program
		p.t = t
		return nil
	})
	wantText(t, err, "at supervise/do_test.go:")
}

func TestDoNoticesGoexit(t *testing.T) {
	err := supervise.Do(t.Context(), "unit", func(context.Context) error { runtime.Goexit(); return nil })
	wantIs(t, err, supervise.ErrGoexit)
}

func TestDoGivesUpSoonAfterTheContextHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		release := make(chan struct{})
		defer close(release)
		var err error
		if took := elapsed(func() { err = supervise.Do(ctx, "unit", stuck(release)) }); took != 1250*time.Millisecond {
			t.Errorf("gave up after %v", took)
		}
		wantText(t, err, `"unit" hangs: it did not return within 1.25s`)
		wantIs(t, err, context.DeadlineExceeded)
		wantOneGoroutine(t, as[*supervise.HungError](t, err).Stack)
	})
}

func TestDoLabelsItsGoroutine(t *testing.T) {
	err := supervise.Do(t.Context(), "unit", func(ctx context.Context) error {
		if label, _ := pprof.Label(ctx, "berth"); label != "unit" {
			return fmt.Errorf("label is %q", label)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCleanupHasLiveContextWithLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var c supervise.Cleaner
		defer c.End()
		err := c.Run(ctx, "orders.NewTx", here, 5*time.Second, func(ctx context.Context) error {
			deadline, _ := ctx.Deadline()
			if ctx.Err() != nil || time.Until(deadline) != 5*time.Second {
				t.Errorf("context: %v, until %v", ctx.Err(), time.Until(deadline))
			}
			return errBoom
		})
		wantIs(t, err, errBoom)
		wantText(t, err, `cleanup "orders.NewTx" (orders/module.go:27) failed: boom`)

		release := make(chan struct{})
		defer close(release)
		err = c.Run(ctx, "orders.NewTx", here, 5*time.Second, stuck(release))
		wantText(t, err, `cleanup "orders.NewTx" (orders/module.go:27) hangs`)
		wantOneGoroutine(t, as[*supervise.HungError](t, err).Stack)
	})
}

func TestCleanupsShareAGoroutineUntilOneHangsOrExitsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c supervise.Cleaner
		defer c.End()
		in := func(then func()) supervise.GoroutineID {
			id := make(chan supervise.GoroutineID, 1)
			_ = c.Run(t.Context(), "orders.NewTx", here, time.Second, func(context.Context) error {
				id <- supervise.Current()
				then()
				return nil
			})
			return <-id
		}
		first := in(func() {})
		if id := in(func() { panic("boom") }); id != first {
			t.Error("the second did not run in the goroutine of the first")
		}
		if id := in(runtime.Goexit); id != first {
			t.Error("a panic has ended the goroutine")
		}
		release := make(chan struct{})
		defer close(release)
		second := in(func() { <-release })
		if third := in(func() {}); second == first || third == second || third == first {
			t.Error("a goroutine that has ended, or hangs, is used again")
		}
	})
}

func TestGoexitSaysWhereItWas(t *testing.T) {
	bubble(t, func(t *testing.T, _ *program) {
		err := supervise.Do(t.Context(), "unit", func(context.Context) error {
			defer func() { _ = recover() }() // finds nothing
			runtime.Goexit()
			return nil
		})
		exited := as[*supervise.GoexitError](t, err)
		wantText(t, err, "goroutine was ended by runtime.Goexit at supervise/do_test.go:")
		if stack := string(exited.Stack); !strings.Contains(stack, "TestGoexitSaysWhereItWas") || strings.Contains(stack, "runtime.Goexit") {
			t.Errorf("stack is\n%s", stack)
		}
		if long := fmt.Sprintf("%+v", err); !strings.Contains(long, string(exited.Stack)) {
			t.Errorf("long form is %s", long)
		}
	})
}
