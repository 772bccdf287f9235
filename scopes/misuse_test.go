package scopes_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// A lease is released with its scope.
type lease struct{ held bool }

func newLease() (*lease, func()) {
	l := &lease{held: true}
	return l, func() { l.held = false }
}

// What a unit keeps beyond its end is released and closed: it cannot be built with, and the application does not
// wait for who still has it. SC-050.
func TestWhatAUnitKeepsIsClosed(t *testing.T) {
	type Work func(context.Context) error
	var (
		work   Work
		kept   *lease
		lazy   di.Lazy[*lease]
		scope  *scopes.Scope
		twice  scopes.Next
		leases int
	)
	a := apptest.Start(t,
		di.Scoped(newLease),
		di.Decorate(func(l *lease) *lease { leases++; return l }),
		scopes.Bind[Work](scopes.Around(
			func(l *lease, later di.Lazy[*lease], s *scopes.Scope) { kept, lazy, scope = l, later, s },
			func(ctx context.Context, next scopes.Next) error { twice = next; return next(ctx) },
		)),
		fx.Populate(&work),
	)
	if err := work(t.Context()); err != nil {
		t.Fatal(err)
	}

	if kept.held {
		t.Error("lease is held after its unit")
	}
	if _, err := lazy.Get(t.Context()); !errors.Is(err, scopes.ErrClosed) {
		t.Errorf("Lazy: %v", err)
	}
	if _, err := scopes.Get[*lease](scope); !errors.Is(err, scopes.ErrClosed) {
		t.Errorf("Get: %v", err)
	}
	if err := twice(t.Context()); !errors.Is(err, scopes.ErrNextTwice) {
		t.Errorf("next: %v", err)
	}
	if err := scope.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if leases != 1 {
		t.Errorf("%d leases were made", leases)
	}

	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	if err := work(t.Context()); !errors.Is(err, scopes.ErrClosed) {
		t.Errorf("bound function: %v", err)
	}
}

// A goroutine that outlives its unit is nobody's: the application does not wait for it, and what it asks of
// the application after the end is refused.
func TestGoroutineLeftBehindByAUnitIsRefused(t *testing.T) {
	type (
		Spawn func(context.Context) error
		Work  func(context.Context) error
	)
	var spawn Spawn
	stopped, refused := make(chan struct{}), make(chan error)
	a := apptest.Start(t,
		di.Scoped(newLease),
		scopes.Bind[Work](func(*lease) {}),
		scopes.Bind[Spawn](func(ctx context.Context, l *lease, s *scopes.Scope, work Work, f *scopes.Factory) {
			go func() {
				<-stopped
				_, got := scopes.Get[*lease](s)
				_, opened := f.Open(ctx)
				refused <- errors.Join(got, opened, work(ctx))
			}()
		}),
		fx.Populate(&spawn),
	)
	if err := spawn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	close(stopped)
	err := <-refused
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // it was joined above
	if !ok || len(joined.Unwrap()) != 3 {
		t.Fatalf("got %v, want three errors", err)
	}
	for _, err := range joined.Unwrap() {
		if !errors.Is(err, scopes.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
}

// The application does not know the goroutine that calls a bound function, and looks for it when the unit does not end.
func TestUnitThatHangsIsNamedWithItsStackOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type Hang func(context.Context) error
		var hang Hang
		free := make(chan struct{})
		a := apptest.Start(t, scopes.Bind[Hang](func() { <-free }), fx.Populate(&hang))
		go hang(t.Context())
		synctest.Wait()
		err := a.Stop()
		if err == nil {
			t.Fatal("the stop says nothing of it")
		}
		text := err.Error()
		for _, part := range []string{"1 scope of ", "scopes/misuse_test.go:", "scopes_test.TestUnitThatHangsIsNamedWithItsStackOnly.func", "[chan receive"} {
			if !strings.Contains(text, part) {
				t.Errorf("error does not say %q: %s", part, text)
			}
		}
		if strings.Count(text, "goroutine ") != 1 {
			t.Errorf("error has other goroutines: %s", text)
		}
		close(free)
		synctest.Wait()
	})
}

func TestZeroValuesSayWhatTheyLack(t *testing.T) {
	var lazy di.Lazy[*lease]
	_, got := lazy.Get(t.Context())
	errs := map[string]error{"Lazy": got}
	for name, s := range map[string]*scopes.Scope{"nil": nil, "zero": {}} {
		_, got := scopes.Get[*lease](s)
		errs[name+" Get"], errs[name+" Close"] = got, s.Close(t.Context())
	}
	for name, f := range map[string]*scopes.Factory{"nil": nil, "zero": {}} {
		_, errs[name+" Open"] = f.Open(t.Context())
	}
	for name, err := range errs {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The scope's context is the caller's: it outlives the scope.
func TestContextOfAScopeEndsWithItsCallersAndNotBefore(t *testing.T) {
	type Work func(context.Context) error
	var work Work
	var kept context.Context
	apptest.Start(t,
		di.Scoped(func(ctx context.Context) *lease { kept = ctx; return &lease{} }),
		scopes.Bind[Work](func(*lease) {}),
		fx.Populate(&work),
	)
	ctx, cancel := context.WithCancel(t.Context())
	if err := work(ctx); err != nil || kept.Err() != nil {
		t.Errorf("error is %v, the context has ended with %v", err, kept.Err())
	}
	cancel()
	if kept.Err() == nil {
		t.Error("the context goes on when the caller's has ended")
	}
}
