package di_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

type (
	DB    struct{ name string }
	Tx    struct{ db *DB }
	Repo  struct{ tx *Tx }
	Cache struct{}
)

func (d *DB) String() string { return d.name }

// DI-003: one singleton, one scoped instance a scope.
func TestLifetimesSayWhoShares(t *testing.T) {
	var singles []*DB
	var scoped [][2]*Tx
	call(t, 2, func(db *DB, tx *Tx, r *Repo) {
		singles = append(singles, db)
		scoped = append(scoped, [2]*Tx{tx, r.tx})
	},
		di.Singleton(func() *DB { return &DB{} }),
		di.Scoped(func(db *DB) *Tx { return &Tx{db} }),
		di.Scoped(func(tx *Tx) *Repo { return &Repo{tx} }),
	)
	if singles[0] != singles[1] {
		t.Error("a singleton differs between scopes")
	}
	if scoped[0][0] != scoped[0][1] {
		t.Error("a scoped instance differs inside a scope")
	}
	if scoped[0][0] == scoped[1][0] {
		t.Error("a scoped instance is shared between scopes")
	}
}

func TestCleanupsRunInReverseOfConstruction(t *testing.T) {
	var j journal
	var run Run
	a := apptest.Start(t,
		di.Singleton(func() (*DB, func()) { return &DB{}, func() { j.note("close db") } }),
		di.Scoped(func(*DB) (*Tx, func() error, error) {
			return &Tx{}, func() error { j.note("close tx"); return nil }, nil
		}),
		di.Scoped(func(*Tx) (*Repo, func(context.Context) error) {
			return &Repo{}, func(ctx context.Context) error { j.note("close repo %v", ctx.Err()); return nil }
		}),
		di.Singleton(func(*DB) (*Cache, func(context.Context) error, error) {
			return &Cache{}, func(ctx context.Context) error {
				_, limited := ctx.Deadline()
				j.note("close cache %v %v", ctx.Err(), limited)
				return nil
			}, nil
		}),
		unit(&run, func(*Repo, *Cache) { j.note("unit") }),
	)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // a cleanup gets a live context all the same
	if err := run(ctx); err != nil {
		t.Fatal(err)
	}
	j.is(t, "unit", "close repo <nil>", "close tx")
	j = nil
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	j.is(t, "close cache <nil> true", "close db")
}

func TestNilCleanupIsNoCleanup(t *testing.T) {
	call(t, 1, func(*DB, *Tx, *Repo) {},
		di.Singleton(func() (*DB, func()) { return &DB{}, nil }),
		di.Scoped(func() (*Tx, func() error) { return &Tx{}, nil }),
		di.Transient(func() (*Repo, func(context.Context) error, error) { return &Repo{}, nil, nil }),
	)
}

func TestCleanupReturnedWithAnErrorIsNotCalled(t *testing.T) {
	never := func() { t.Error("called") }
	fail := func() (*DB, func(), error) { return &DB{}, never, io.EOF }

	err := newApp(di.Singleton(fail), fx.Invoke(func(*DB) {})).Err()
	if !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}

	var run Run
	apptest.Start(t, di.Scoped(fail), unit(&run, func(*DB) {}))
	if err := run(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

// A named function type is a value like any other.
type closer func()

func TestOnlyUnnamedFunctionsAfterAResultAreCleanups(t *testing.T) {
	var j journal
	call(t, 1, func(c closer, f func()) { c(); f() },
		di.Scoped(func() (*DB, closer) { return &DB{}, func() { j.note("named") } }),
		di.Scoped(func() func() { return func() { j.note("alone") } }),
	)
	j.is(t, "named", "alone")
}

func TestContextIsThatOfTheOwner(t *testing.T) {
	type key struct{}
	var application, scope context.Context
	var run Run
	a := apptest.Start(t,
		di.Singleton(func(ctx context.Context) *DB { application = ctx; return &DB{} }),
		di.Scoped(func(ctx context.Context, db *DB) *Tx { scope = ctx; return &Tx{} }),
		di.Singleton(func(ctx context.Context) (*Cache, func()) {
			return &Cache{}, func() {
				if !errors.Is(context.Cause(ctx), lifecycle.ErrStopping) {
					t.Errorf("cause is %v", context.Cause(ctx))
				}
			}
		}),
		fx.Supply(fx.Annotate(context.WithValue(context.Background(), key{}, "fx"), fx.As(new(context.Context)))),
		fx.Provide(func(ctx context.Context) string { return ctx.Value(key{}).(string) }), // one supplied is for plain fx
		unit(&run, func(ctx context.Context, _ *Tx, _ *Cache, s string) error {
			if ctx.Value(key{}) != "unit" || s != "fx" {
				return fmt.Errorf("got %v and %v", ctx.Value(key{}), s)
			}
			return nil
		}),
	)
	if err := run(context.WithValue(t.Context(), key{}, "unit")); err != nil {
		t.Error(err)
	}
	if scope.Value(key{}) != "unit" {
		t.Error("a scoped constructor gets another context")
	}
	if application.Value(key{}) != nil || application.Err() != nil {
		t.Errorf("context of a singleton is %v", application)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	if !errors.Is(context.Cause(application), lifecycle.ErrStopping) {
		t.Errorf("cause is %v", context.Cause(application))
	}
}

type params struct {
	fx.In

	Main    *DB
	Replica *DB `name:"replica"`
	Absent  *DB `name:"absent" optional:"true"`
	Nested  struct {
		fx.In
		Names []string `group:"names"`
	}
}

type results struct {
	fx.Out

	Main    *DB
	Replica *DB      `name:"replica"`
	One     string   `group:"names"`
	More    []string `group:"names,flatten"`
	Nested  struct {
		fx.Out
		Count int `name:"count"`
	}
}

// DI-079
func TestStructsAreTakenApart(t *testing.T) {
	for _, declare := range []func(any, ...di.Option) fx.Option{di.Singleton, di.Scoped, di.Transient} {
		call(t, 1, func(p params, count struct {
			fx.In
			N int `name:"count"`
		},
		) error {
			if p.Main.name != "main" || p.Replica.name != "replica" || p.Absent != nil || count.N != 7 {
				return fmt.Errorf("got %v, %v, %v, %d", p.Main, p.Replica, p.Absent, count.N)
			}
			if got := strings.Join(p.Nested.Names, " "); got != "one two three" {
				return fmt.Errorf("got %q", got)
			}
			return nil
		}, declare(func() (results, error) {
			r := results{Main: &DB{"main"}, Replica: &DB{"replica"}, One: "one", More: []string{"two", "three"}}
			r.Nested.Count = 7
			return r, nil
		}))
	}
}

func TestVariadicParametersAreLeftEmpty(t *testing.T) {
	call(t, 1, func(db *DB, more ...string) error {
		if db.name != "0" || len(more) > 0 {
			return fmt.Errorf("got %v and %q", db, more)
		}
		return nil
	},
		di.Scoped(func(more ...string) *DB { return &DB{fmt.Sprint(len(more))} }),
		di.Singleton(func() []string { return []string{"not this"} }),
	)
}

func TestSeveralResultsComeFromOneCall(t *testing.T) {
	calls := 0
	call(t, 1, func(db *DB, tx *Tx, r *Repo) error {
		if tx.db != db || r.tx != tx || calls != 1 {
			return fmt.Errorf("got %v, %v, %v by %d calls", db, tx, r, calls)
		}
		return nil
	}, di.Scoped(func() (*DB, *Tx, *Repo, func(), error) {
		calls++
		db := &DB{}
		tx := &Tx{db}
		return db, tx, &Repo{tx}, func() {}, nil
	}))
}

type Namer interface{ Name() string }

type Person struct{ first string }

func (p *Person) Name() string   { return p.first }
func (p *Person) String() string { return "person " + p.first }

func NewPerson() *Person { return &Person{"Ann"} }

func TestAsHidesTheConcreteType(t *testing.T) {
	call(t, 1, func(n Namer, s fmt.Stringer) error {
		if n.(*Person) != s.(*Person) {
			return errors.New("two interfaces of one provider are two instances")
		}
		return nil
	}, di.Scoped(NewPerson, di.As[Namer](), di.As[fmt.Stringer]()))

	e := problem[*di.MissingError](t, di.Scoped(NewPerson, di.As[Namer]()), scopes.Bind[Run](func(*Person) {}))
	if !strings.Contains(e.Error(), "di.As[*di_test.Person]()") {
		t.Errorf("got %v", e)
	}

	call(t, 1, func(n Namer, p *Person) error {
		if n.(*Person) != p {
			return errors.New("got another instance")
		}
		return nil
	}, di.Singleton(NewPerson, di.As[Namer](), di.As[*Person]()))
}

// DI-009
func TestGroupsKeepTheOrderOfDeclaration(t *testing.T) {
	type in struct {
		fx.In
		Names []string `group:"names"`
		Empty []string `group:"nobody"`
		One   []int    `group:"one"`
		Name  string
	}
	member := func(s string) func() string { return func() string { return s } }
	check := func(p in) error {
		if got := strings.Join(p.Names, " "); got != "1 2 3 4 5 fx" || len(p.Empty) != 0 || len(p.One) != 1 || p.Name != "alone" {
			return fmt.Errorf("got %q, %q, %v, %q", got, p.Empty, p.One, p.Name)
		}
		return nil
	}
	names := fx.Options(
		fx.Provide(fx.Annotated{Group: "names", Target: member("fx")}), // last, wherever it stands
		di.Singleton(member("1"), di.Group("names")),
		fx.Module("m", di.Singleton(member("2"), di.Group("names"))),
		di.Singleton(func() (o struct {
			fx.Out
			Names []string `group:"names,flatten"`
		},
		) {
			o.Names = []string{"3", "4"}
			return o
		}),
		di.Singleton(member("5"), di.Group("names")),
		di.Singleton(member("alone")),
		di.Singleton(func() int { return 1 }, di.Group("one")),
	)
	call(t, 1, check, names)
	call(t, 1, func(*DB) {}, names, di.Singleton(func(p in) (*DB, error) { return &DB{}, check(p) }))
}

func TestGroupsMixLifetimes(t *testing.T) {
	var groups [][]*DB
	type in struct {
		fx.In
		DBs []*DB `group:"dbs"`
	}
	call(t, 2, func(a in, b in, c *Cache) error {
		for i, share := range []bool{true, true, false, true} {
			if (a.DBs[i] == b.DBs[i]) != share {
				return fmt.Errorf("member %d shared: %v", i, !share)
			}
		}
		groups = append(groups, a.DBs)
		return nil
	},
		fx.Provide(fx.Annotated{Group: "dbs", Target: func() *DB { return &DB{"fx"} }}),
		di.Singleton(func() *DB { return &DB{"singleton"} }, di.Group("dbs")),
		di.Scoped(func() *DB { return &DB{"scoped"} }, di.Group("dbs")),
		di.Transient(func() *DB { return &DB{"transient"} }, di.Group("dbs")),
		di.Scoped(func(p in) *Cache { return &Cache{} }),
	)
	if got := fmt.Sprint(groups[0]); got != "[singleton scoped transient fx]" {
		t.Errorf("got %v", got)
	}
	for i, share := range []bool{true, false, false, true} {
		if (groups[0][i] == groups[1][i]) != share {
			t.Errorf("member %v shared between scopes: %v", groups[0][i], !share)
		}
	}
}
