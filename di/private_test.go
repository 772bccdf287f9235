package di_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

func TestPrivateHidesThePublicOneInsideItsModule(t *testing.T) {
	for outside, public := range lifetimes {
		for inside, private := range lifetimes {
			t.Run(inside+" hides "+outside, func(t *testing.T) {
				type Inner Run
				var inner Inner
				var outer Run
				apptest.Start(t,
					public(func() Text { return newText("public") }),
					fx.Module("m",
						private(func() Text { return newText("private") }, di.Private()),
						fx.Module("n", scopes.Bind[Inner](is("private"))),
						fx.Populate(&inner),
					),
					unit(&outer, is("public")),
				)
				if err := errors.Join(inner(t.Context()), outer(t.Context())); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func TestPrivateTypesOfModulesDoNotMeet(t *testing.T) {
	module := func(name string) fx.Option {
		return fx.Module(name,
			di.Singleton(func() *DB { return &DB{name} }, di.Private()),
			di.Scoped(func(db *DB) *Tx { return &Tx{db} }, di.Private()),
			di.Scoped(func(tx *Tx) *Repo { return &Repo{tx} }, di.Group("repos")),
			di.Singleton(func(db *DB) string { return db.name }, di.Group("names")),
		)
	}
	type in struct {
		fx.In
		Repos []*Repo  `group:"repos"`
		Names []string `group:"names"`
	}
	call(t, 1, func(p in) error {
		if got := fmt.Sprint(p.Names, p.Repos[0].tx.db, p.Repos[1].tx.db, p.Repos[0].tx != p.Repos[1].tx); got != "[a b] a b true" {
			return fmt.Errorf("got %v", got)
		}
		return nil
	}, module("a"), module("b"))
}

func TestPrivateIsNotSeenOutside(t *testing.T) {
	e := problem[*di.MissingError](t,
		fx.Module("hidden", di.Scoped(func() *DB { return nil }, di.Private())),
		scopes.Bind[Run](func(*DB) {}),
	)
	if !strings.Contains(e.Error(), `private to module "hidden"`) {
		t.Errorf("got %v", e)
	}
}

// A private one may be made of a public one of another type that needs the public one of its own.
func TestPrivateBuiltFromWhatNeedsThePublicOne(t *testing.T) {
	for name, declare := range map[string]func(any, ...di.Option) fx.Option{"singleton": di.Singleton, "scoped": di.Scoped} {
		t.Run(name, func(t *testing.T) {
			type Inner Run
			var inner Inner
			apptest.Start(t,
				declare(func() Text { return newText("public") }),
				declare(func(s Text) *DB { return &DB{s.Text()} }),
				fx.Module("m",
					declare(func(db *DB) Text { return newText("private of " + db.name) }, di.Private()),
					scopes.Bind[Inner](is("private of public")),
					fx.Populate(&inner),
				),
			)
			if err := inner(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPrivateMembersOfAGroupStayInTheirModule(t *testing.T) {
	type in struct {
		fx.In
		Names []string `group:"names"`
	}
	type Inner Run
	var inner Inner
	var outer Run
	want := func(want string) func(in) error {
		return func(p in) error {
			if got := strings.Join(p.Names, " "); got != want {
				return fmt.Errorf("got %q, want %q", got, want)
			}
			return nil
		}
	}
	for _, declare := range lifetimes {
		apptest.Start(t,
			declare(func() string { return "public" }, di.Group("names")),
			fx.Module("m",
				declare(func() string { return "private" }, di.Group("names"), di.Private()),
				scopes.Bind[Inner](want("public private")),
				fx.Populate(&inner),
			),
			unit(&outer, want("public")),
		)
		if err := errors.Join(inner(t.Context()), outer(t.Context())); err != nil {
			t.Error(err)
		}
	}
}
