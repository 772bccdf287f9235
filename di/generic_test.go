package di_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

type Box[T any] struct{ v T }

func NewBox[T any](v T) *Box[T] { return &Box[T]{v} }

// DI-038: a generic constructor serves each instance that is declared.
func TestGenericConstructors(t *testing.T) {
	call(t, 1, func(n *Box[int], s *Box[string], deep *Box[*Box[int]]) error {
		if n.v != 3 || s.v != "s" || deep.v != n {
			return fmt.Errorf("got %v, %v, %v", n.v, s.v, deep.v)
		}
		return nil
	},
		di.Singleton(func() int { return 3 }), fx.Supply("s"),
		di.Scoped(NewBox[int]), di.Singleton(NewBox[string]), di.Transient(NewBox[*Box[int]]),
	)
}

// repo is what a program has for each type that it stores.
type repo[T any] struct {
	db   *DB
	name string
}

// provideRepo declares a family: what a generic registration is elsewhere is a helper function in Go.
func provideRepo[T any](opts ...di.Option) fx.Option {
	return di.Scoped(func(db *DB) *repo[T] { return &repo[T]{db, "family"} }, opts...)
}

// DI-038
func TestGenericHelperDeclaresAFamily(t *testing.T) {
	call(t, 1, func(db *DB, a *repo[Order], b *repo[Mailer]) error {
		if a.db != db || b.db != db {
			return fmt.Errorf("got %v and %v", a.db, b.db)
		}
		return nil
	}, di.Scoped(func() *DB { return &DB{} }), provideRepo[Order](), provideRepo[Mailer]())
}

// DI-041
func TestOwnProviderGoesBeforeThatOfAFamily(t *testing.T) {
	own := di.Singleton(func() *repo[Order] { return &repo[Order]{name: "own"} })
	family := fx.Options(provideRepo[Order](di.Default()), provideRepo[Mailer](di.Default()))
	for name, opts := range map[string][]fx.Option{"before": {own, family}, "behind": {family, own}} {
		t.Run(name, func(t *testing.T) {
			call(t, 1, func(a *repo[Order], b *repo[Mailer]) error {
				if a.name != "own" || b.name != "family" {
					return fmt.Errorf("got %q and %q", a.name, b.name)
				}
				return nil
			}, append(opts, fx.Supply(&DB{}))...)
		})
	}
}

// provideNamer adds T to a group if it is a Namer.
func provideNamer[T any](v T) fx.Option {
	if n, ok := any(v).(Namer); ok {
		return di.Singleton(func() Namer { return n }, di.Group("namers"))
	}
	return fx.Options()
}

type namers struct {
	fx.In
	All []Namer `group:"namers"`
}

// DI-039, DI-040
func TestGenericHelperLeavesOutWhatDoesNotQualify(t *testing.T) {
	want := func(want int) func(namers) error {
		return func(p namers) error {
			if len(p.All) != want {
				return fmt.Errorf("got %d members, want %d", len(p.All), want)
			}
			return nil
		}
	}
	call(t, 1, want(2), provideNamer(1), provideNamer(&Person{"a"}), provideNamer("s"), provideNamer(&Person{"b"}))
	call(t, 1, want(0), provideNamer(1), provideNamer("s"))
}

// DI-042
func TestMembersOfAFamilyAndOthersStandInOrder(t *testing.T) {
	type in struct {
		fx.In
		Repos []*repo[Order] `group:"repos"`
	}
	own := func(name string) fx.Option {
		return di.Singleton(func() *repo[Order] { return &repo[Order]{name: name} }, di.Group("repos"))
	}
	call(t, 1, func(p in) error {
		var names []string
		for _, r := range p.Repos {
			names = append(names, r.name)
		}
		if got := strings.Join(names, " "); got != "first family last" {
			return fmt.Errorf("got %q", got)
		}
		return nil
	}, fx.Supply(&DB{}), own("first"), provideRepo[Order](di.Group("repos")), own("last"))
}

// DI-043, DI-044, DI-109
func TestResultThatDoesNotFitIsRefused(t *testing.T) {
	for name, declare := range lifetimes {
		for _, tt := range []struct {
			name string
			opt  fx.Option
		}{
			{"alone", declare(NewBox[int], di.As[Namer]())},
			{"in a group", declare(NewBox[int], di.As[Namer](), di.Group("namers"))},
			{"under a name", declare(NewBox[int], di.As[Namer](), di.Name("n"))},
			{"a replacement", di.ReplaceFunc(NewBox[int], di.As[Namer]())},
		} {
			t.Run(name+" "+tt.name, func(t *testing.T) {
				e := problem[*di.SignatureError](t, fx.Supply(1, fx.Annotate(&Person{}, fx.As(new(Namer)))), tt.opt, scopes.Bind[Run](func(namers) {}))
				if want := "*di_test.Box[int] does not implement di_test.Namer"; e.What != want {
					t.Errorf("got %q, want %q", e.What, want)
				}
			})
		}
	}
}

// DI-108: there is nothing generic at the start, only instances.
func TestInstancesOfGenericConstructorsAreChecked(t *testing.T) {
	e := problem[*di.MissingError](t, fx.Supply(1), di.Scoped(NewBox[int]), di.Scoped(NewBox[string]))
	if e.Type != reflect.TypeFor[string]() || !strings.Contains(e.Error(), "di_test.NewBox") {
		t.Errorf("got %v", e)
	}
	problem[*di.LifetimeError](t, di.Scoped(func() int { return 1 }), di.Singleton(NewBox[int]))
}

// traced wraps any repo.
func traced[T any](r *repo[T]) *repo[T] { return &repo[T]{r.db, "traced " + r.name} }

// DI-137
func TestGenericDecoratorWrapsEachInstance(t *testing.T) {
	call(t, 1, func(a *repo[Order], b *repo[Mailer], c *repo[Clock]) error {
		if a.name != "traced family" || b.name != "traced family" || c.name != "family" {
			return fmt.Errorf("got %q, %q and %q", a.name, b.name, c.name)
		}
		return nil
	},
		fx.Supply(&DB{}),
		provideRepo[Order](), provideRepo[Mailer](), provideRepo[Clock](),
		di.Decorate(traced[Order]), di.Decorate(traced[Mailer]),
	)
	problem[*di.ReplaceError](t, fx.Supply(&DB{}), provideRepo[Order](), di.Decorate(traced[Mailer]))
}
