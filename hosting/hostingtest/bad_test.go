package hostingtest_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/hostingtest"
	"github.com/berth-go/berth/lifecycle"
)

func TestBadTriggersAreFound(t *testing.T) {
	tests := []struct {
		name, check string
		declare     func(u unit) fx.Option
		want        string
	}{
		{
			"never calls its unit", "returns",
			func(unit) fx.Option { return fx.Options() },
			"was not called within an hour",
		},
		{
			"calls too early", "returns",
			func(u unit) fx.Option { return fx.Invoke(func() error { return u(context.Background()) }) },
			"was called before the start",
		},
		{
			"calls too late", "returns",
			func(u unit) fx.Option {
				return lifecycle.OnStart(func() { time.AfterFunc(time.Minute, func() { _ = u(context.Background()) }) })
			},
			"was called after the application had stopped",
		},
		{
			"gives a context of its own", "waits for the end of its context",
			func(u unit) fx.Option {
				return hosting.Run(func(context.Context) error { return u(context.Background()) })
			},
			"hangs",
		},
		{
			"does not wait", "takes long",
			func(u unit) fx.Option {
				return lifecycle.OnStop(func() { time.AfterFunc(0, func() { _ = u(context.Background()) }); <-time.After(1) })
			},
			"had not returned when the stop was over",
		},
		{
			"hides who hangs", "hangs",
			func(u unit) fx.Option {
				return hosting.Run(func(ctx context.Context) {
					go func() { _ = u(ctx) }()
					<-ctx.Done()
				})
			},
			"does not show the stack of the unit that hangs",
		},
		{
			"fails at its end", "returns",
			func(u unit) fx.Option {
				return hosting.Run(func(ctx context.Context) error {
					_ = u(ctx)
					<-ctx.Done()
					return errors.New("closed")
				})
			},
			"the application returned",
		},
		{
			"does not fit an application", "returns",
			func(unit) fx.Option { return fx.Error(errors.New("bad option")) },
			"bad option",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := &judge{TB: t}
				done := make(chan struct{})
				go func() {
					defer close(done)
					hostingtest.Check(j, test.check, test.declare)
				}()
				<-done
				if found := strings.Join(j.found, "\n"); !strings.Contains(found, test.want) {
					t.Errorf("found %q, want %q", found, test.want)
				}
			})
		})
	}
}

func TestStressFindsWhatIsLeft(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	for name, option := range map[string]fx.Option{
		"goroutine": lifecycle.OnStart(func() { go func() { <-end }() }),
		"error":     lifecycle.OnStop(func() error { return errors.New("no network") }),
	} {
		j := &judge{TB: t}
		hostingtest.Stress(j, func() fx.Option { return option })
		if len(j.found) == 0 {
			t.Errorf("%s: nothing found", name)
		}
	}
}

// A judge is a test that keeps what it fails with.
type judge struct {
	testing.TB

	mu    sync.Mutex
	found []string
}

func (j *judge) Helper() {}

func (j *judge) Error(args ...any) { j.Errorf("%s", fmt.Sprint(args...)) }

func (j *judge) Errorf(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.found = append(j.found, fmt.Sprintf(format, args...))
}

func (j *judge) Fatalf(format string, args ...any) {
	j.Errorf(format, args...)
	runtime.Goexit()
}
