package lifecycle_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
)

// quiet keeps an application from logging.
var quiet = app.Logger(zap.NewNop)

// A record is what has happened, in order. Safe for goroutines.
type record struct {
	mu    sync.Mutex
	lines []string
}

func (r *record) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

// want compares what has happened since the last call.
func (r *record) want(t *testing.T, lines ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.lines, lines) {
		t.Errorf("happened:\n\t%s\nwant:\n\t%s", strings.Join(r.lines, "\n\t"), strings.Join(lines, "\n\t"))
	}
	r.lines = nil
}

// note is a function of a hook.
func (r *record) note(line string) func(context.Context) error {
	return func(context.Context) error { r.add("%s", line); return nil }
}

// hook is a module of plain fx with a hook.
func (r *record) hook(name string) fx.Option {
	return hooked(name, fx.Hook{OnStart: r.note("start " + name), OnStop: r.note("stop " + name)})
}

func hooked(name string, hook fx.Hook) fx.Option {
	return fx.Module(name, fx.Invoke(func(lc fx.Lifecycle) { lc.Append(hook) }))
}

// starting is a module of plain fx with a hook that starts in that way, and is recorded when it stops.
func (r *record) starting(name string, start func(context.Context) error) fx.Option {
	return hooked(name, fx.Hook{OnStart: start, OnStop: r.note("stop " + name)})
}

type (
	file struct{}
	conn struct{}
)

// resources are a file that plain fx opens and closes, and a conn of ours.
func (r *record) resources() fx.Option {
	return fx.Options(
		fx.Provide(func(lc fx.Lifecycle) *file {
			r.add("open file")
			lc.Append(fx.StopHook(func() { r.add("close file") }))
			return &file{}
		}),
		di.Singleton(func(*file) (*conn, func()) {
			r.add("connect")
			return &conn{}, func() { r.add("disconnect") }
		}),
		fx.Module("resources", fx.Invoke(func(*conn) {})),
	)
}

// wantText expects parts in the text of an error, in that order.
func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", parts)
		return
	}
	rest := err.Error()
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("error is\n\t%v\nwant %q in it, in that order", err, parts)
			return
		}
		rest = after
	}
}
