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

// replica declares one more database, which knows its name: what a key is elsewhere.
func replica(j *journal, name string) fx.Option {
	return di.Singleton(func() (*DB, func()) {
		j.note("+%s", name)
		return &DB{name}, func() { j.note("-%s", name) }
	}, di.Name(name))
}

type twoReplicas struct {
	fx.In
	A *DB `name:"a"`
	B *DB `name:"b"`
}

// DI-076, DI-077, DI-084
func TestConstructorMayKnowItsName(t *testing.T) {
	var j journal
	call(t, 2, func(p, q twoReplicas) error {
		if p.A.name != "a" || p.B.name != "b" || p.A != q.A || p.B != q.B {
			return fmt.Errorf("got %v and %v", p, q)
		}
		return nil
	}, replica(&j, "a"), replica(&j, "b"), replica(&j, "nobody asks for it"))
	j.is(t, "+a", "+b")
}

// What has a name is released like anything else.
func TestNamedInstancesAreReleasedInReverse(t *testing.T) {
	var j journal
	var run Run
	a := apptest.Start(t, replica(&j, "a"), replica(&j, "b"), unit(&run, func(twoReplicas) {}))
	if err := errors.Join(run(t.Context()), a.Stop()); err != nil {
		t.Fatal(err)
	}
	j.is(t, "+a", "+b", "-b", "-a")
}

// DI-064
func TestEmptyNameIsNoName(t *testing.T) {
	type in struct {
		fx.In
		DB *DB `name:""`
	}
	call(t, 1, func(db *DB, p in) error {
		if db != p.DB {
			return errors.New("got two instances")
		}
		return nil
	}, di.Scoped(func() *DB { return &DB{} }, di.Name("")))
	problem[*di.DuplicateError](t, di.Scoped(func() *DB { return nil }, di.Name("")), di.Scoped(func() *DB { return nil }))
}

// DI-066
func TestGenericConstructorUnderNames(t *testing.T) {
	type in struct {
		fx.In
		One   *repo[Order]  `name:"one"`
		Two   *repo[Order]  `name:"two"`
		Other *repo[Mailer] `name:"one"`
	}
	call(t, 1, func(p in) error {
		if p.One == p.Two || p.One == nil || p.Two == nil || p.Other == nil {
			return fmt.Errorf("got %v", p)
		}
		return nil
	},
		fx.Supply(&DB{}),
		provideRepo[Order](di.Name("one")), provideRepo[Order](di.Name("two")), provideRepo[Mailer](di.Name("one")),
	)
	e := problem[*di.MissingError](t, fx.Supply(&DB{}), provideRepo[Order](di.Name("one")), scopes.Bind[Run](func(*repo[Order]) {}))
	if !strings.Contains(e.Hint, `named "one"`) {
		t.Errorf("got %v", e)
	}
}

// gathered makes what has a name a member of a group as well.
var gathered = fx.Options(
	di.Singleton(func(p struct {
		fx.In
		DB *DB `name:"b"`
	},
	) *DB {
		return p.DB
	}, di.Group("all")),
	di.Singleton(func(p struct {
		fx.In
		DB *DB `name:"a"`
	},
	) *DB {
		return p.DB
	}, di.Group("all")),
	di.Singleton(func(p struct {
		fx.In
		DB *DB `name:"ready"`
	},
	) *DB {
		return p.DB
	}, di.Group("all")),
)

// DI-068, DI-072, DI-074, DI-075
func TestNamedProvidersGatheredInAGroup(t *testing.T) {
	type group struct {
		fx.In
		All []*DB `group:"all"`
	}
	ready := &DB{"ready"}
	check := func(p twoReplicas, g group) error {
		if got := fmt.Sprint(g.All); got != "[b a ready]" || g.All[0] != p.B || g.All[1] != p.A || g.All[2] != ready {
			return fmt.Errorf("got %v", got)
		}
		return nil
	}
	for name, unit := range map[string]any{
		"names first": func(p twoReplicas, g group) error { return check(p, g) },
		"group first": func(g group, p twoReplicas) error { return check(p, g) },
	} {
		t.Run(name, func(t *testing.T) {
			var j journal
			call(t, 2, unit,
				gathered,
				replica(&j, "a"), replica(&j, "b"),
				di.Singleton(func() *DB { return ready }, di.Name("ready")),
				di.Singleton(func() *DB { t.Error("built"); return nil }), // has no name
			)
			slices.Sort(j)
			j.is(t, "+a", "+b") // each once, by whatever way it was reached
		})
	}
}

// DI-080, DI-092
func TestMissingNameIsReported(t *testing.T) {
	var j journal
	e := problem[*di.MissingError](t, replica(&j, "a"), scopes.Bind[Run](func(twoReplicas) {}))
	if e.Type != reflect.TypeFor[*DB]() || e.Name != "b" || !strings.HasPrefix(e.Error(), `missing *di_test.DB named "b"`) {
		t.Errorf("got %v", e)
	}
	var f *scopes.Factory
	apptest.Start(t, di.Scoped(func() *DB { return nil }, di.Name("a")), fx.Populate(&f))
	s, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = scopes.Get[*DB](s, di.Name("b"))
	if !errors.As(err, &e) || e.Name != "b" || !strings.Contains(e.Error(), `*di_test.DB named "b"`) {
		t.Errorf("got %v", err)
	}
	check(t, s.Close(t.Context()))
}

// DI-087, DI-089, DI-090, DI-091
func TestLifetimesHoldUnderNames(t *testing.T) {
	type in struct {
		fx.In
		First  *DB `name:"n"`
		Second *DB `name:"n"`
	}
	for name, want := range map[string][]int{
		"singleton": {0, 0, 0, 0},
		"scoped":    {0, 0, 2, 2},
		"transient": {0, 1, 2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var all []*DB
			call(t, 2, func(p in) { all = append(all, p.First, p.Second) },
				lifetimes[name](func() *DB { return &DB{} }, di.Name("n")),
			)
			for i, db := range all {
				if got := slices.Index(all, db); got != want[i] {
					t.Errorf("instance %d is that of %d, want %d", i, got, want[i])
				}
			}
		})
	}
}

// DI-088
func TestScopeIsAskedByName(t *testing.T) {
	type router struct{ f *scopes.Factory }
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			var r *router
			apptest.Start(t,
				declare(func() *DB { return &DB{"a"} }, di.Name("a")),
				declare(func() *DB { return &DB{"b"} }, di.Name("b")),
				di.Singleton(func(f *scopes.Factory) *router { return &router{f} }),
				fx.Populate(&r),
			)
			s, err := r.f.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"b", "a"} {
				if db, err := scopes.Get[*DB](s, di.Name(key)); err != nil || db.name != key {
					t.Errorf("got %v, %v", db, err)
				}
			}
			check(t, s.Close(t.Context()))
		})
	}
}

// DI-093: a dependency that follows the name of its consumer is private to a module for that name.
func TestModuleForEachName(t *testing.T) {
	tenant := func(name string) fx.Option {
		return fx.Module(name,
			di.Scoped(func() *DB { return &DB{name} }, di.Private()),
			di.Scoped(func(db *DB) *Tx { return &Tx{db} }, di.Private()),
			di.Scoped(func(tx *Tx) *Repo { return &Repo{tx} }, di.Name(name)),
		)
	}
	call(t, 1, func(p struct {
		fx.In
		A *Repo `name:"a"`
		B *Repo `name:"b"`
	},
	) error {
		if p.A.tx.db.name != "a" || p.B.tx.db.name != "b" {
			return fmt.Errorf("got %v and %v", p.A.tx.db, p.B.tx.db)
		}
		return nil
	}, tenant("a"), tenant("b"))
}

// DI-063, DI-065: a name is a key of its own.
func TestNamesAreKeysOfTheirOwn(t *testing.T) {
	problem[*di.MissingError](t, di.Scoped(func() *DB { return nil }, di.Name("n")), scopes.Bind[Run](func(*DB) {}))
	problem[*di.MissingError](t, di.Scoped(func() *DB { return nil }), scopes.Bind[Run](func(struct {
		fx.In
		DB *DB `name:"n"`
	},
	) {
	}))
	type in struct {
		fx.In
		A *DB `name:"a"`
		B *DB `name:"b"`
		C *DB
	}
	call(t, 1, func(p in, c *Cache) error {
		if got := fmt.Sprint(p.A, p.B, p.C); got != "a b c" {
			return fmt.Errorf("got %v", got)
		}
		return nil
	},
		di.Singleton(func() *DB { return &DB{"a"} }, di.Name("a")),
		di.Transient(func() *DB { return &DB{"b"} }, di.Name("b")),
		di.Scoped(func() *DB { return &DB{"c"} }),
		di.Singleton(func(p struct {
			fx.In
			A *DB `name:"a"`
		},
		) *Cache {
			return &Cache{}
		}),
	)
}

// Checks say the name of what they find.
func TestProblemsOfNamesSayTheName(t *testing.T) {
	type in struct {
		fx.In
		DB *DB `name:"a"`
	}
	captive := problem[*di.LifetimeError](t,
		di.Scoped(func() *DB { return nil }, di.Name("a")), di.Singleton(func(in) *Cache { return nil }))
	missing := problem[*di.MissingError](t, di.Scoped(func(*Tx) *DB { return nil }, di.Name("a")), scopes.Bind[Run](func(in) {}))
	duplicate := problem[*di.DuplicateError](t,
		di.Scoped(func() *DB { return nil }, di.Name("a")), di.Singleton(func() *DB { return nil }, di.Name("a")))
	ring := problem[*di.CycleError](t, di.Scoped(func(in) *DB { return nil }, di.Name("a")))
	for _, err := range []error{captive, missing, duplicate, ring} {
		if !strings.Contains(fmt.Sprintf("%+v", err), `named "a"`) {
			t.Errorf("error does not say the name: %+v", err)
		}
	}
}
