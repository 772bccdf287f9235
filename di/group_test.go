package di_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

type named struct {
	fx.In
	Names []string `group:"names"`
}

// DI-007, DI-009, DI-067
func TestGroupsHaveEveryMemberInOrder(t *testing.T) {
	for _, order := range [][]string{{"alone"}, {"one", "two"}, {"two", "one"}, {"b", "c", "a", "d"}} {
		for name, declare := range lifetimes {
			t.Run(fmt.Sprint(name, order), func(t *testing.T) {
				opts := []fx.Option{declare(member("of another name"), di.Group("others"))}
				for _, s := range order {
					opts = append(opts, declare(member(s), di.Group("names")))
				}
				call(t, 1, func(p named) error {
					if !slices.Equal(p.Names, order) {
						return fmt.Errorf("got %q, want %q", p.Names, order)
					}
					return nil
				}, opts...)
			})
		}
	}
}

// DI-008
func TestGroupMembersKeepTheirTypes(t *testing.T) {
	type in struct {
		fx.In
		All []fmt.Stringer `group:"all"`
	}
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			call(t, 1, func(p in) error {
				if got := fmt.Sprintf("%T %T", p.All[0], p.All[1]); len(p.All) != 2 || got != "*di_test.DB *di_test.Person" {
					return fmt.Errorf("got %s", got)
				}
				return nil
			},
				declare(func() *DB { return &DB{} }, di.As[fmt.Stringer](), di.Group("all")),
				declare(NewPerson, di.As[fmt.Stringer](), di.Group("all")),
			)
		})
	}
}

// DI-015, DI-036
func TestGroupWithoutMembersIsEmpty(t *testing.T) {
	call(t, 1, func(p named, c *Cache, db *DB) error {
		if len(p.Names) > 0 {
			return fmt.Errorf("got %q", p.Names)
		}
		return nil
	},
		di.Singleton(func(p named) (*Cache, error) { return &Cache{}, empty(p) }),
		di.Scoped(func(p named) (*DB, error) { return &DB{}, empty(p) }),
	)
}

func empty(p named) error {
	if len(p.Names) > 0 {
		return fmt.Errorf("got %q", p.Names)
	}
	return nil
}

// DI-020: a group asks every member for what it needs.
func TestGroupMemberThatLacksSomethingIsReported(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			e := problem[*di.MissingError](t,
				declare(member("fine"), di.Group("names")),
				declare(func(*DB) string { return "" }, di.Group("names")),
				scopes.Bind[Run](func(named) {}),
			)
			if text := fmt.Sprintf("%+v", e); e.Type != reflect.TypeFor[*DB]() || len(e.Trace) == 0 || !strings.Contains(text, "di/group_test.go:") {
				t.Errorf("got %s", text)
			}
		})
	}
}

// DI-025, DI-030
func TestGroupsAndSingleValuesAreKeptApart(t *testing.T) {
	type first struct {
		fx.In
		Names []string `group:"names"`
		Name  string
	}
	type last struct {
		fx.In
		Name  string
		Names []string `group:"names"`
	}
	want := func(name string, names []string) error {
		if name != "single" || !slices.Equal(names, []string{"a", "b"}) {
			return fmt.Errorf("got %q and %q", name, names)
		}
		return nil
	}
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			opts := fx.Options(
				declare(member("a"), di.Group("names")), declare(member("single")), declare(member("b"), di.Group("names")),
			)
			call(t, 2, func(p first) error { return want(p.Name, p.Names) }, opts)
			call(t, 2, func(p last) error { return want(p.Name, p.Names) }, opts)
			call(t, 2, func(p named, name string) error { return want(name, p.Names) }, opts)
			call(t, 2, func(name string, p named) error { return want(name, p.Names) }, opts)
		})
	}
}

// DI-032, DI-055, DI-056, DI-057: one closure declared twice is two members, each with an instance of its own.
func TestEachDeclarationIsAMemberOfItsOwn(t *testing.T) {
	type in struct {
		fx.In
		DBs []*DB `group:"dbs"`
	}
	calls := 0
	build := func() *DB { calls++; return &DB{fmt.Sprint(calls)} }
	var first []*DB
	call(t, 2, func(p in) error {
		if got := fmt.Sprint(p.DBs); got != "[1 2 3]" {
			return fmt.Errorf("got %v", got)
		}
		if first != nil && !slices.Equal(first, p.DBs) {
			return errors.New("instances changed places")
		}
		first = p.DBs
		return nil
	},
		di.Singleton(build, di.Group("dbs")),
		di.Singleton(build, di.Group("dbs")),
		fx.Module("m", di.Singleton(build, di.Group("dbs"))),
	)
}

// Members are released like anything else, in reverse.
func TestGroupMembersAreReleasedInReverse(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			var j journal
			var run Run
			opts := []fx.Option{unit(&run, func(named) { j.note("unit") })}
			for _, s := range []string{"a", "b", "c"} {
				opts = append(opts, declare(func() (string, func()) { return s, func() { j.note("-%s", s) } }, di.Group("names")))
			}
			a := apptest.Start(t, opts...)
			if err := errors.Join(run(t.Context()), a.Stop()); err != nil {
				t.Fatal(err)
			}
			j.is(t, "unit", "-c", "-b", "-a")
		})
	}
}

// A slice that is provided as such is no group.
func TestSliceIsAValueOfItsOwn(t *testing.T) {
	call(t, 1, func(p named, all []string) error {
		if len(p.Names) != 1 || len(all) != 2 {
			return fmt.Errorf("got %q and %q", p.Names, all)
		}
		return nil
	},
		di.Scoped(member("m"), di.Group("names")),
		di.Scoped(func() []string { return []string{"x", "y"} }),
	)
}

// What a consumer does to the slice of a group reaches nobody else.
func TestGroupIsASliceForEachConsumer(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			call(t, 2, func(a named, b named, c *Cache) error {
				if a.Names[0] != "m" {
					return fmt.Errorf("got %q", a.Names)
				}
				a.Names[0] = "changed"
				if b.Names[0] != "m" {
					return errors.New("two parameters share a slice")
				}
				return nil
			},
				declare(member("m"), di.Group("names")),
				di.Scoped(func(p named) *Cache { p.Names[0] = "changed"; return &Cache{} }),
			)
		})
	}
}
