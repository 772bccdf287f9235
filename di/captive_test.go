package di_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// DI-102: what opens scopes may be held by anything.
func TestSingletonsMayHoldWhatOpensScopes(t *testing.T) {
	var r Run
	apptest.Start(t,
		di.Scoped(func() *Tx { return &Tx{} }),
		di.Scoped(func(*Tx) *Repo { return &Repo{} }),
		scopes.Bind[Run](func(*Repo) {}),
		di.Singleton(func(f *scopes.Factory, run Run, lazy di.Lazy[Run]) *Cache { r = run; return &Cache{} }),
		fx.Provide(func(run Run) *DB { return &DB{} }),
		fx.Invoke(func(*Cache, *DB, Run) {}),
		hosting.Run(func(ctx context.Context, run Run) error { return run(ctx) }),
		lifecycle.OnStart(func(ctx context.Context, run Run, _ *Repo) error { return run(ctx) }),
	)
	if err := r(t.Context()); err != nil {
		t.Error(err)
	}
}

// DI-104, DI-105, DI-111: only what is needed counts.
func TestWhatOnlyLooksLikeACaptiveIsAccepted(t *testing.T) {
	type in struct {
		fx.In
		Named *DB      `name:"one"`
		Names []string `group:"one"`
	}
	call(t, 1, func(*Cache, *Tx) {},
		di.Singleton(func() *DB { return &DB{} }, di.Name("one")),
		di.Scoped(func() *DB { return &DB{} }),
		di.Singleton(member("a"), di.Group("one")),
		di.Scoped(member("b"), di.Group("other")),
		di.Singleton(func(in) *Cache { return &Cache{} }),
		di.Scoped(func(*Cache) *Tx { return &Tx{} }),
	)
	// A scoped default that gives way, a scoped provider that a singleton hides.
	call(t, 1, func(*Cache) {},
		di.Scoped(func() Text { return newText("scoped") }, di.Default()),
		fx.Supply(fx.Annotate(newText("single"), fx.As(new(Text)))),
		di.Singleton(func(Text) *Cache { return &Cache{} }),
		fx.Module("m",
			di.Singleton(func() *DB { return &DB{} }, di.Private()),
			di.Singleton(func(*DB) *Repo { return &Repo{} }),
		),
		di.Scoped(func() *DB { return &DB{} }),
	)
}

// DI-101: a transient that needs something scoped is fine in a scope, and only there.
func TestTransientOfAScopedTypeBelongsToScopes(t *testing.T) {
	opts := fx.Options(di.Scoped(func() *Tx { return &Tx{} }), di.Transient(func(tx *Tx) *Repo { return &Repo{tx} }))
	call(t, 1, func(a, b *Repo) error {
		if a == b || a.tx != b.tx {
			return errors.New("shared wrongly")
		}
		return nil
	}, opts)
	e := problem[*di.LifetimeError](t, opts, di.Singleton(func(*Repo) *Cache { return nil }))
	if e.Lifetime != "scoped" || len(e.Trace) != 2 || e.Provider.Func == "" {
		t.Errorf("got %+v", e)
	}
}

// A captive is found once for each that holds it, however many ways lead there.
func TestCaptivesAreReportedOnceForEachHolder(t *testing.T) {
	build := refused(t,
		di.Scoped(func() *Tx { return nil }),
		di.Transient(func(*Tx) *Repo { return nil }),
		di.Transient(func(*Repo) Text { return nil }),
		di.Singleton(func(*Repo, Text, *Repo) *Cache { return nil }),
		di.Singleton(func(Text, *Cache) *DB { return nil }),
		di.Singleton(func(*Cache, *DB) *Part { return nil }),
	)
	holders := map[string]int{}
	for _, p := range build.Problems {
		var e *di.LifetimeError
		if !errors.As(p, &e) {
			t.Errorf("got %v", p)
			continue
		}
		holders[e.Trace[len(e.Trace)-1].Func]++
	}
	if len(holders) != 2 {
		t.Errorf("got %v", holders)
	}
}
