package app_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

func TestStressOfStartAndStopFromManyGoroutines(t *testing.T) {
	type work func(context.Context) error
	const goroutines, times = 10, 500
	var opened, closed, started, succeeded atomic.Int64
	var f work
	var shutdown lifecycle.Shutdown
	a := app.New(quiet,
		di.Singleton(func() (*conn, func()) { opened.Add(1); return &conn{}, func() { closed.Add(1) } }),
		di.Scoped(func(*conn) (*broken, func()) { opened.Add(1); return &broken{}, func() { closed.Add(1) } }),
		lifecycle.OnStart(func(*conn) { started.Add(1) }),
		hosting.Run(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }),
		scopes.Bind[work](func(*broken) {}),
		fx.Populate(&f, &shutdown),
	)
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i := range goroutines {
		wg.Go(func() {
			<-begin
			for n := range times {
				if err := a.Start(t.Context()); err == nil {
					succeeded.Add(1)
				}
				if err := f(t.Context()); err != nil && !errors.Is(err, scopes.ErrClosed) {
					t.Errorf("call: %v", err)
				}
				if i == 0 && n == times/2 {
					shutdown(nil)
				}
				if i > 0 && n < 20 {
					continue // it runs for a while
				}
				if err := a.Stop(t.Context()); err != nil {
					t.Errorf("Stop: %v", err)
				}
			}
		})
	}
	close(begin)
	wg.Wait()
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if opened.Load() != closed.Load() || started.Load() > 1 || succeeded.Load() > 1 {
		t.Errorf("opened %d, closed %d, hook started %d times, Start succeeded %d times",
			opened.Load(), closed.Load(), started.Load(), succeeded.Load())
	}
}

type number int

func TestStressOfReplaceInParallelTestsOfOneModule(t *testing.T) {
	type work func(context.Context) (number, error)
	module := fx.Module("m",
		di.Singleton(func() *conn { t.Error("a replaced provider was called"); return nil }),
		di.Singleton(func(*conn) number { t.Error("a replaced provider was called"); return 0 }, di.Name("one")),
		di.Scoped(func(n struct {
			fx.In
			One number `name:"one"`
		},
		) (number, func()) {
			return n.One, func() {}
		}),
		di.Decorate(func(n number) number { return n * 2 }),
		scopes.Bind[work](func(n number) number { return n }),
		hosting.Run(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }),
	)
	for i := range 100 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			var f work
			apptest.Start(t, module, quiet, di.Replace(number(i), di.Name("one")), fx.Populate(&f))
			for range 10 {
				if n, err := f(t.Context()); n != number(2*i) || err != nil {
					t.Errorf("got %d, %v, want %d", n, err, 2*i)
				}
			}
		})
	}
}
