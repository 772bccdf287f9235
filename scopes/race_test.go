package scopes_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// together calls f from many goroutines at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			f(i)
		})
	}
	close(begin)
	wg.Wait()
}

func TestCallsFromManyGoroutinesShareNothingButSingletons(t *testing.T) {
	type square func(context.Context, int) (int, error)
	type number struct{ n int }
	var built, closed atomic.Int64
	var f square
	apptest.Start(t,
		di.Singleton(func() *first { return &first{} }),
		di.Scoped(func(n int, _ *first) (*number, func()) {
			built.Add(1)
			return &number{n}, func() { closed.Add(1) }
		}),
		di.Scoped(func(n *number, _ *first) *order { return &order{n.n} }),
		scopes.Bind[square](scopes.Around(
			func(n int, a *number, b *order) (int, error) {
				if a.n != n || b.id != n {
					return 0, errBoom
				}
				return n * n, nil
			},
			func(ctx context.Context, next scopes.Next, n *number) error { return next(ctx) })),
		fx.Populate(&f),
	)
	together(8, func(i int) {
		for j := range 200 {
			n := i*1000 + j
			if got, err := f(t.Context(), n); got != n*n || err != nil {
				t.Errorf("square(%d) = %d, %v", n, got, err)
				return
			}
		}
	})
	if built.Load() != 1600 || closed.Load() != 1600 {
		t.Errorf("built %d, closed %d, want 1600", built.Load(), closed.Load())
	}
}

func TestGetFromManyGoroutinesBuildsOnce(t *testing.T) {
	var built, closed atomic.Int64
	f := opener(t,
		di.Scoped(func() (*first, func()) { built.Add(1); return &first{}, func() { closed.Add(1) } }),
		di.Scoped(func(*first) *second { return &second{} }),
		di.Scoped(func(*first) *third { return &third{} }),
	)
	for range 50 {
		s, err := f.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var firsts [6]*first
		together(len(firsts), func(i int) {
			_, err1 := scopes.Get[*second](s)
			_, err2 := scopes.Get[*third](s)
			v, err3 := scopes.Get[*first](s)
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Error(err)
			}
			firsts[i] = v
		})
		for _, v := range firsts {
			if v != firsts[0] {
				t.Fatal("two instances in one scope")
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if built.Load() != 50 || closed.Load() != 50 {
		t.Errorf("built %d, closed %d, want 50", built.Load(), closed.Load())
	}
}

func TestLazyFromManyGoroutinesBuildsOnce(t *testing.T) {
	var built atomic.Int64
	var f call
	apptest.Start(t,
		di.Scoped(func() *first { built.Add(1); return &first{} }),
		di.Transient(func(*first) *third { built.Add(1); return &third{} }),
		scopes.Bind[call](func(ctx context.Context, a di.Lazy[*first], b di.Lazy[*third]) {
			together(6, func(int) {
				_, err1 := a.Get(ctx)
				_, err2 := b.Get(ctx)
				if err := errors.Join(err1, err2); err != nil {
					t.Error(err)
				}
			})
		}),
		fx.Populate(&f),
	)
	for range 50 {
		if err := f(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if built.Load() != 100 {
		t.Errorf("built %d, want 100", built.Load())
	}
}

func TestOpenGetAndCloseRaceWithoutLosingAnInstance(t *testing.T) {
	var built, closed atomic.Int64
	lively := func() func() { built.Add(1); return func() { closed.Add(1) } }
	f := opener(t,
		di.Scoped(func() (*first, func()) { return &first{}, lively() }),
		di.Scoped(func(*first) (*second, func()) { return &second{}, lively() }),
		di.Transient(func(*second) (*third, func()) { return &third{}, lively() }),
	)
	for range 300 {
		s, err := f.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		together(4, func(i int) {
			if i == 0 {
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
				return
			}
			if _, err := scopes.Get[*third](s); err != nil && !errors.Is(err, scopes.ErrClosed) {
				t.Error(err)
			}
		})
	}
	if built.Load() != closed.Load() {
		t.Errorf("built %d, closed %d", built.Load(), closed.Load())
	}
}

func TestBuilderThatFindsItsScopeClosedReleasesWhatItBuilt(t *testing.T) {
	tests := map[string]bool{"with a cleanup": true, "without": false}
	for name, cleanup := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var j journal
				goOn := make(chan struct{})
				f := opener(t,
					di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
					di.Scoped(func(*first) (*second, func()) {
						<-goOn
						if !cleanup {
							return &second{}, nil
						}
						return &second{}, j.closing("second")
					}),
				)
				s := open(t, f)
				var building, waiting error
				done := make(chan struct{}, 2)
				go func() { _, building = scopes.Get[*second](s); done <- struct{}{} }()
				synctest.Wait()
				go func() { _, waiting = scopes.Get[*second](s); done <- struct{}{} }()
				synctest.Wait()
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
				j.want(t, "open first", "close first")
				close(goOn)
				<-done
				<-done
				if !errors.Is(building, scopes.ErrClosed) || !errors.Is(waiting, scopes.ErrClosed) {
					t.Errorf("builder got %v, who waited %v, want ErrClosed", building, waiting)
				}
				if cleanup {
					j.want(t, "open second", "close second")
				}
			})
		})
	}
}

// SC-032
func TestCloseFromManyGoroutinesReturnsOneResult(t *testing.T) {
	var runs atomic.Int64
	f := opener(t, di.Scoped(func() (*first, func() error) {
		return &first{}, func() error { runs.Add(1); return errBoom }
	}))
	s := open(t, f)
	get[*first](t, s)
	var results [8]error
	together(len(results), func(i int) { results[i] = s.Close(t.Context()) })
	for _, err := range results {
		if err != results[0] || !errors.Is(err, errBoom) { //nolint:errorlint // the same
			t.Errorf("results %v", results)
		}
	}
	if runs.Load() != 1 {
		t.Errorf("cleanup ran %d times", runs.Load())
	}
}

func TestWaitForABuilderEndsWithTheScopesContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		f := opener(t, di.Scoped(func() *first { <-goOn; return &first{} }))
		ctx, cancel := context.WithCancelCause(t.Context())
		s, err := f.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close(t.Context())
		built := make(chan error, 1)
		go func() { _, err := scopes.Get[*first](s); built <- err }()
		synctest.Wait()
		waited := make(chan error, 1)
		go func() { _, err := scopes.Get[*first](s); waited <- err }()
		synctest.Wait()
		cancel(errBoom)
		if err := <-waited; !errors.Is(err, errBoom) {
			t.Errorf("who waits gets %v, want the cause", err)
		}
		close(goOn)
		if err := <-built; err != nil {
			t.Errorf("who builds gets %v", err)
		}
	})
}

func TestConstructorThatExitsItsGoroutineFailsThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		tries := 0
		f := opener(t, di.Scoped(func() *first {
			if tries++; tries == 1 {
				<-goOn
				runtime.Goexit()
			}
			return &first{}
		}))
		s := open(t, f)
		go func() { _, _ = scopes.Get[*first](s) }()
		synctest.Wait()
		waited := make(chan error, 1)
		go func() { _, err := scopes.Get[*first](s); waited <- err }()
		synctest.Wait()
		close(goOn)
		if err := <-waited; err == nil || !strings.Contains(err.Error(), "Goexit") {
			t.Errorf("who waits gets %v", err)
		}
		get[*first](t, s)
	})
}

func TestStopRacesWithCalls(t *testing.T) {
	for range 20 {
		var f call
		var built, closed atomic.Int64
		a := apptest.Start(t,
			di.Scoped(func() (*second, func()) { built.Add(1); return &second{}, func() { closed.Add(1) } }),
			scopes.Bind[call](func(*second) {}),
			fx.Populate(&f),
		)
		together(4, func(i int) {
			if i == 0 {
				if err := a.Stop(); err != nil {
					t.Error(err)
				}
				return
			}
			for range 50 {
				if err := f(t.Context()); err != nil && !errors.Is(err, scopes.ErrClosed) {
					t.Error(err)
				}
			}
		})
		if built.Load() != closed.Load() {
			t.Errorf("built %d, closed %d", built.Load(), closed.Load())
		}
	}
}
