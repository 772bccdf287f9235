package di_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

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

// DI-104, DI-111: only what is needed counts.
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

// DI-105: what stands where a default was.
func TestProviderThatDefaultsGaveWayToIsChecked(t *testing.T) {
	problem[*di.LifetimeError](t,
		di.Transient(func() *DB { return nil }, di.Default()),
		di.Scoped(func() *DB { return nil }),
		di.Singleton(func(*DB) *Cache { return nil }),
	)
}

// DI-100
func TestRefusalIsTheSameEachTime(t *testing.T) {
	opts := fx.Options(di.Scoped(func() *DB { return nil }), fx.Invoke(func(*DB) {}), di.Singleton(func(*DB) *Cache { return nil }))
	first := refused(t, opts)
	for range 10 {
		if again := refused(t, opts); again.Error() != first.Error() {
			t.Errorf("got %v, then %v", first, again)
		}
	}
}

// DI-103
func TestGroupWithAScopedMemberIsForScopes(t *testing.T) {
	type mixed struct {
		fx.In
		Names []string `group:"mixed"`
	}
	type singletons struct {
		fx.In
		Names []string `group:"singletons"`
	}
	opts := fx.Options(
		di.Scoped(member("scoped"), di.Group("mixed")), di.Singleton(member("one"), di.Group("mixed")),
		di.Singleton(member("two"), di.Group("singletons")),
	)
	got := 0
	call(t, 1, func(m mixed, s singletons) { got += len(m.Names) + len(s.Names) }, opts,
		fx.Invoke(func(s singletons) { got += len(s.Names) }))
	if got != 4 {
		t.Errorf("got %d members, want 4", got)
	}
	e := problem[*di.LifetimeError](t, opts, fx.Invoke(func(mixed, singletons) {}))
	if !strings.Contains(e.Error(), "scoped") || e.Provider.Func == "" {
		t.Errorf("got %+v", e)
	}
}

// DI-110
func TestCaptivesAreFoundInAnyOrder(t *testing.T) {
	opts := []fx.Option{
		di.Singleton(func(*Tx) *Cache { return nil }),
		di.Transient(func(*DB) *Tx { return nil }),
		di.Scoped(func() *DB { return nil }),
	}
	for range opts {
		opts = append(opts[1:], opts[0])
		problem[*di.LifetimeError](t, opts...)
		problem[*di.LifetimeError](t, append(slices.Clone(opts), fx.Invoke(func(*Cache) {}))...)
		reversed := slices.Clone(opts)
		slices.Reverse(reversed)
		problem[*di.LifetimeError](t, reversed...)
	}
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
	problem[*di.LifetimeError](t, opts, fx.Invoke(func(*Repo) {}))
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

func TestCaptivesAreRefused(t *testing.T) { refuses(t, captives) }

var captives = []wiring{
	// DI-095
	{"captive directly", []fx.Option{
		di.Singleton(NewCache), di.Scoped(func() Store { return nil }),
	}, &di.LifetimeError{}},
	// DI-096, DI-097
	{"captive through singletons and transients", []fx.Option{
		di.Singleton(NewMailer), di.Transient(NewRenderer), di.Scoped(func() Store { return nil }), di.Singleton(func(*Mailer) *Report { return nil }),
	}, &di.LifetimeError{}},
	{"captive in each that holds it", []fx.Option{
		di.Transient(NewRenderer), di.Scoped(func() Store { return nil }),
		di.Singleton(NewMailer), di.Singleton(func(*Renderer) *Report { return nil }),
	}, &di.LifetimeError{}},
	{"captive through a decorator", []fx.Option{
		di.Singleton(func() Store { return nil }), di.Decorate(Traced), di.Scoped(NewClock),
	}, &di.LifetimeError{}},
	{"captive through a group and a struct", []fx.Option{
		di.Singleton(func(struct {
			fx.In
			Nested struct {
				fx.In
				Names []string `group:"names"`
			}
		},
		) *Report {
			return nil
		}),
		di.Singleton(member("one"), di.Group("names")),
		di.Scoped(member("two"), di.Group("names")),
	}, &di.LifetimeError{}},
	{"captive through a Lazy", []fx.Option{
		di.Singleton(func(di.Lazy[Store]) *Report { return nil }),
		di.Singleton(func(di.Lazy[*Renderer]) *Mailer { return nil }),
		di.Transient(NewRenderer),
		di.Scoped(func() Store { return nil }),
	}, &di.LifetimeError{}},
	{"captive through plain fx", []fx.Option{
		di.Singleton(NewMailer), fx.Provide(func(*Cache) *Renderer { return nil }), di.Singleton(NewCache), di.Scoped(func() Store { return nil }),
	}, &di.LifetimeError{}},
	{"captive in units without a scope", []fx.Option{
		di.Scoped(func() Store { return nil }),
		hosting.Run(Watch),
		hosting.Service(func(Store) *service { return nil }),
		hosting.Every(time.Minute, func(context.Context) {}, hosting.With(func(Store) hosting.Option { return hosting.Delay(0) })),
	}, &di.LifetimeError{}},
	{"hosted but scoped", []fx.Option{
		di.Scoped(func() *service { return nil }), hosting.Host[*service](),
	}, &di.LifetimeError{}},
	{"scope of a singleton", []fx.Option{
		di.Singleton(func(*scopes.Scope) *Clock { return nil }),
	}, &di.SignatureError{}},
}

// DI-099, SC-008: something scoped is not for who has no scope.
func TestPlainFxGetsSingletonsOnly(t *testing.T) { refuses(t, plainFx) }

var plainFx = []wiring{
	{"scoped for plain fx", []fx.Option{
		di.Scoped(func() Store { return nil }),
		fx.Provide(NewCache),
		fx.Invoke(UseStore),
		fx.Populate(new(Store)),
		fx.Decorate(func(c *Clock, _ Store) *Clock { return c }), fx.Supply(&Clock{}),
		fx.WithLogger(func(Store) fxevent.Logger { return nil }),
	}, &di.LifetimeError{}},
	{"transient for plain fx", []fx.Option{
		di.Transient(func() Store { return nil }), fx.Provide(NewCache), fx.Invoke(func(struct {
			fx.In
			S Store `optional:"true"`
		},
		) {
		}),
	}, &di.LifetimeError{}},
	{"group with a scoped member for plain fx", []fx.Option{
		di.Scoped(member("m"), di.Group("names")),
		fx.Invoke(fx.Annotate(func([]string) {}, fx.ParamTags(`group:"names"`))),
	}, &di.LifetimeError{}},
	{"scoped decorated by plain fx", []fx.Option{
		di.Scoped(func() Store { return nil }), fx.Module("m", fx.Decorate(func(s Store) Store { return s })),
	}, &di.LifetimeError{}},
}
