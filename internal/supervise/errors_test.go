package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestErrorsSayWhatWhereAndHowLong(t *testing.T) {
	src := event.Source{Kind: "Service", Name: "orders.Relay", Place: here}
	tests := []struct {
		err  error
		want string
	}{
		{&supervise.FailedError{Source: src, Op: "stop", Err: errBoom}, `stop of Service "orders.Relay" (orders/module.go:27) failed: boom`},
		{&supervise.FailedError{Source: src, Op: "stop", Took: 12 * time.Second, Err: errBoom}, `stop of Service "orders.Relay" (orders/module.go:27) failed after 12s: boom`},
		{&supervise.FaultError{Source: src, Err: errBoom}, `Service "orders.Relay" (orders/module.go:27) failed: boom`},
		{&supervise.HungError{Source: src, Op: "run", Took: time.Second}, `run of Service "orders.Relay" (orders/module.go:27) hangs: it did not return within 1s`},
		{&supervise.HungError{Source: src, Took: time.Second, Stack: []byte("goroutine 7 [select]:\nmain.f()\n")}, "Service \"orders.Relay\" (orders/module.go:27) hangs: it did not return within 1s, it is at\n\tgoroutine 7 [select]:\n\tmain.f()"},
		{&supervise.ScopesError{Source: src, Count: 1}, `1 scope of Service "orders.Relay" (orders/module.go:27) is still open`},
		{&supervise.LimitError{Limit: time.Second, Err: errBoom}, `start limit of 1s exceeded: boom`},
		{&supervise.ExitError{Code: 3}, `exit code 3`},
		{&supervise.FailedError{Source: event.Source{Name: "f"}, Err: errBoom}, `"f" failed: boom`},
		{&supervise.PanicError{Value: 1, Name: "orders.NewTx", Place: here, At: here}, `panic with a int at orders/module.go:27 in "orders.NewTx" (orders/module.go:27)`},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("error is:\n%s\nwant:\n%s", got, test.want)
		}
	}
}

func TestPlusShowsTheStackOfAPanicThroughAllErrors(t *testing.T) {
	panicked := supervise.Do(t.Context(), "unit", func(context.Context) error { panic("secret") })
	joined := errors.Join(errBoom, panicked)
	for _, err := range []error{
		panicked,
		&supervise.FailedError{Err: panicked},
		&supervise.FaultError{Err: joined},
		&supervise.LimitError{Err: &supervise.FailedError{Err: joined}},
	} {
		long, short := fmt.Sprintf("%+v", err), fmt.Sprintf("%v", err)
		if !strings.Contains(long, "errors_test.go") || strings.Contains(short, "goroutine") || strings.Contains(long, "secret") {
			t.Errorf("%%v: %s\n%%+v: %s", short, long)
		}
		if fmt.Sprintf("%q", err) != fmt.Sprintf("%q", err.Error()) || fmt.Sprintf("%s", err) != err.Error() {
			t.Errorf("%%q: %q", err)
		}
	}
}
