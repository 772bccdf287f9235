package di_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
)

type (
	closes       struct{ j *journal }
	closesErr    struct{ j *journal }
	closesCtx    struct{ j *journal }
	shutsDown    struct{ j *journal }
	shutsDownCtx struct{ j *journal }
	closesOddly  struct{ j *journal } // Close does not fit, Shutdown does
	closesBoth   struct{ j *journal }
	closesWrong  struct{}
)

func (c *closes) Close()                               { c.j.note("close") }
func (c *closesErr) Close() error                      { c.j.note("close err"); return nil }
func (c *closesCtx) Close(ctx context.Context) error   { c.j.note("close ctx %v", ctx.Err()); return nil }
func (c *shutsDown) Shutdown()                         { c.j.note("shutdown") }
func (c *shutsDownCtx) Shutdown(context.Context) error { c.j.note("shutdown ctx"); return nil }
func (c *closesOddly) Close(force bool)                {}
func (c *closesOddly) Shutdown() error                 { c.j.note("oddly"); return nil }
func (c *closesWrong) Close(force bool) error          { return nil }
func (c *closesBoth) Close() error                     { c.j.note("both"); return nil }
func (c *closesBoth) Shutdown(context.Context) error   { c.j.note("both, again"); return nil }

// SC-029
func TestCloseReleasesByTheMethodOfTheValue(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			var j journal
			var run Run
			a := apptest.Start(t,
				declare(func() *closes { return &closes{&j} }, di.Close()),
				declare(func(*closes) *closesErr { return &closesErr{&j} }, di.Close()),
				declare(func(*closesErr) (*closesCtx, error) { return &closesCtx{&j}, nil }, di.Close()),
				declare(func(*closesCtx) *shutsDown { return &shutsDown{&j} }, di.Close()),
				declare(func(*shutsDown) *shutsDownCtx { return &shutsDownCtx{&j} }, di.Close()),
				declare(func(*shutsDownCtx) *closesOddly { return &closesOddly{&j} }, di.Close()),
				declare(func(*closesOddly) io.Closer { return &closesErr{&j} }, di.Close()),
				unit(&run, func(io.Closer) {}),
			)
			if err := errors.Join(run(t.Context()), a.Stop()); err != nil {
				t.Fatal(err)
			}
			j.is(t, "close err", "oddly", "shutdown ctx", "shutdown", "close ctx <nil>", "close err", "close")
		})
	}
}

// SC-028
func TestCloseCallsOneMethodOfAValueThatHasTwo(t *testing.T) {
	var j journal
	var run Run
	apptest.Start(t, di.Scoped(func() *closesBoth { return &closesBoth{&j} }, di.Close()), unit(&run, func(*closesBoth) {}))
	if err := run(t.Context()); err != nil {
		t.Fatal(err)
	}
	j.is(t, "both")
}

// We release what a constructor hands us, never what merely has a Close method.
func TestWithoutCloseNothingIsClosed(t *testing.T) {
	var j journal
	var run Run
	a := apptest.Start(t,
		di.Singleton(func() *closes { return &closes{&j} }),
		di.Scoped(func() *closesErr { return &closesErr{&j} }),
		fx.Supply(&closesCtx{&j}),
		unit(&run, func(*closes, *closesErr, *closesCtx) {}),
	)
	if err := errors.Join(run(t.Context()), a.Stop()); err != nil {
		t.Fatal(err)
	}
	j.is(t)
}

// The value itself is closed, not what decorators or interfaces make of it.
func TestCloseWithAsAndDecorators(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			var j journal
			var run Run
			a := apptest.Start(t,
				declare(func() *closesErr { return &closesErr{&j} }, di.Close(), di.As[io.Closer]()),
				di.Decorate(func(io.Closer) io.Closer { return io.NopCloser(nil) }),
				unit(&run, func(io.Closer) {}),
			)
			if err := errors.Join(run(t.Context()), a.Stop()); err != nil {
				t.Fatal(err)
			}
			j.is(t, "close err")
		})
	}
}

// Beside a cleanup, the cleanup comes first: it was handed over for this value.
func TestCloseBesideACleanup(t *testing.T) {
	var j journal
	call(t, 1, func(*closes) {}, di.Scoped(func() (*closes, func()) {
		return &closes{&j}, func() { j.note("cleanup") }
	}, di.Close()))
	j.is(t, "close", "cleanup")
}

func TestCloseOfAValueThatWasReplaced(t *testing.T) {
	var j journal
	call(t, 1, func(*closes) {}, di.Scoped(func() *closes { return nil }, di.Close()), di.Replace(&closes{&j}))
	j.is(t)
}

func TestCloseOfNil(t *testing.T) {
	provider := di.Scoped(func() (*closes, error) { return nil, nil }, di.Close())
	call(t, 1, func(*closes) {}, provider)
	call(t, 1, func(ctx context.Context, c di.Lazy[*closes]) error { _, err := c.Get(ctx); return err }, provider)
}

// SC-030
func TestCloseWithoutAMethodIsRefused(t *testing.T) {
	for _, opt := range []fx.Option{
		di.Singleton(func() *DB { return nil }, di.Close()),
		di.Scoped(func() *closesWrong { return nil }, di.Close()),
		di.Scoped(func() closes { return closes{} }, di.Close()), // the pointer has it
	} {
		e := problem[*di.SignatureError](t, opt)
		if !strings.Contains(e.What, "di.Close needs a method Close or Shutdown") || e.Place.IsZero() || e.Func == "" {
			t.Errorf("got %v", e)
		}
	}
}
