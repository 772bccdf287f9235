package scopes_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noContext is what a caller must not pass, and what must not panic.
var noContext context.Context

// A journal is what has happened in a test, in order. Safe for goroutines.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf(format, args...))
}

// closing notes the construction of something and returns its cleanup.
func (j *journal) closing(name string) func() {
	j.add("open %s", name)
	return func() { j.add("close %s", name) }
}

func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	lines := j.lines
	j.lines = nil
	return lines
}

// want compares what has happened since the last call.
func (j *journal) want(t testing.TB, lines ...string) {
	t.Helper()
	if got := j.take(); !slices.Equal(got, lines) {
		t.Errorf("happened:\n\t%q\nwant:\n\t%q", got, lines)
	}
}

// failures notes the cleanups that the application reports as failed.
func failures(j *journal) fx.Option {
	return lifecycle.Listen(func(e event.Event) {
		if e, ok := e.(event.CleanupFailed); ok {
			j.add("event %v: %v", e.Name, e.Err)
		}
	})
}

// buildError is what is wrong with an application.
func buildError(t testing.TB, opts ...fx.Option) *di.BuildError {
	t.Helper()
	var build *di.BuildError
	if err := app.New(opts...).Err(); !errors.As(err, &build) {
		t.Fatalf("error = %v, want a *di.BuildError", err)
	}
	return build
}

// apart runs f in a goroutine that it may exit.
func apart(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}
