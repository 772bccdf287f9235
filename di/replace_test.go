package di_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// never fails the test if a provider is called that was replaced.
func never[T any](t *testing.T) func() T {
	return func() (zero T) {
		t.Error("a replaced provider is called")
		return zero
	}
}

// DI-059: whatever the lifetime, and whichever module holds the provider.
func TestReplaceReachesEveryProvider(t *testing.T) {
	for name, provider := range map[string]func(t *testing.T) fx.Option{
		"singleton": func(t *testing.T) fx.Option { return di.Singleton(never[*DB](t)) },
		"scoped":    func(t *testing.T) fx.Option { return di.Scoped(never[*DB](t)) },
		"transient": func(t *testing.T) fx.Option { return di.Transient(never[*DB](t)) },
		"provide":   func(t *testing.T) fx.Option { return fx.Provide(never[*DB](t)) },
		"annotate":  func(t *testing.T) fx.Option { return fx.Provide(fx.Annotate(never[*DB](t))) },
		"supply":    func(t *testing.T) fx.Option { return fx.Supply(&DB{"real"}) },
		"default":   func(t *testing.T) fx.Option { return di.Scoped(never[*DB](t), di.Default()) },
	} {
		for place, module := range map[string]func(fx.Option) fx.Option{
			"root":   func(o fx.Option) fx.Option { return o },
			"module": func(o fx.Option) fx.Option { return fx.Module("m", fx.Options(fx.Module("n", o))) },
		} {
			t.Run(name+" in "+place, func(t *testing.T) {
				fake := &DB{"fake"}
				check := func(db *DB) error {
					if db != fake {
						return fmt.Errorf("got %v", db)
					}
					return nil
				}
				call(t, 2, check, di.Replace(fake), module(provider(t)))
				call(t, 2, check, module(provider(t)), di.ReplaceFunc(func() *DB { return fake }))
			})
		}
	}
}

func TestReplaceReachesPrivateProviders(t *testing.T) {
	for name, private := range map[string]fx.Option{
		"ours":    di.Scoped(never[*DB](t), di.Private()),
		"provide": fx.Provide(never[*DB](t), fx.Private),
		"supply":  fx.Supply(&DB{"real"}, fx.Private),
	} {
		t.Run(name, func(t *testing.T) {
			if _, known := reflect.TypeOf(fx.Supply()).FieldByName("Private"); !known && name == "supply" {
				t.Skip("this fx is older than 1.22: fx.Supply does not know fx.Private")
			}
			call(t, 1, func(tx *Tx) error {
				if tx.db.name != "fake" {
					return fmt.Errorf("got %v", tx.db)
				}
				return nil
			}, fx.Module("m", private, di.Scoped(func(db *DB) *Tx { return &Tx{db} })), di.Replace(&DB{"fake"}))

			// It does not make the type visible outside.
			problem[*di.MissingError](t, fx.Module("m", private), di.Replace(&DB{}), scopes.Bind[Run](func(*DB) {}))
		})
	}
}

func TestReplaceFuncKeepsTheLifetime(t *testing.T) {
	for name, want := range map[string]int{"singleton": 1, "scoped": 2, "transient": 4} {
		t.Run(name, func(t *testing.T) {
			var j journal
			var run Run
			calls := 0
			a := apptest.Start(t,
				lifetimes[name](never[*DB](t)),
				di.ReplaceFunc(func() (*DB, func(), error) { calls++; return &DB{}, func() { j.note("released") }, nil }),
				unit(&run, func(a, b *DB) {}),
			)
			if err := errors.Join(run(t.Context()), run(t.Context()), a.Stop()); err != nil {
				t.Fatal(err)
			}
			if calls != want || len(j) != want {
				t.Errorf("built %d and released %d, want %d", calls, len(j), want)
			}
		})
	}
}

func TestReplaceFuncStandsWhereTheProviderStood(t *testing.T) {
	call(t, 1, func(r *Repo) error {
		if r.tx.db.name != "private" {
			return fmt.Errorf("got %v", r.tx.db)
		}
		return nil
	},
		fx.Module("m",
			di.Singleton(func() *DB { return &DB{"private"} }, di.Private()),
			di.Scoped(never[*Tx](t)),
			di.Scoped(func(tx *Tx) *Repo { return &Repo{tx} }),
		),
		di.ReplaceFunc(func(db *DB) *Tx { return &Tx{db} }), // sees what is private there
	)
}

// DI-013
func TestLastReplaceWins(t *testing.T) {
	call(t, 1, is("4"),
		di.Replace[Text](newText("1")),
		di.Scoped(never[Text](t)),
		di.ReplaceFunc(func() Text { t.Error("called"); return nil }),
		fx.Replace(fx.Annotate(newText("3"), fx.As(new(Text)))),
		fx.Module("m", di.Replace[Text](newText("4"))),
	)
}

// DI-059
func TestReplaceMatchesTypeAndNameAsProvided(t *testing.T) {
	type in struct {
		fx.In
		Plain Text
		Named Text `name:"named"`
		DB    *DB
	}
	call(t, 1, func(p in) error {
		return errors.Join(is("plain")(p.Plain), is("fake")(p.Named))
	},
		di.Scoped(func() *text { return newText("plain") }, di.As[Text]()),
		di.Scoped(never[*text](t), di.As[Text](), di.Name("named")),
		di.Replace[Text](newText("fake"), di.Name("named")),
		fx.Supply(&DB{}),
	)
	call(t, 1, is("fake"),
		di.Scoped(never[*text](t), di.As[Text]()),
		di.ReplaceFunc(func() *text { return newText("fake") }, di.As[Text]()),
	)
	e := problem[*di.ReplaceError](t, di.Scoped(func() *text { return nil }, di.As[Text]()), di.Replace(newText("concrete")))
	if !strings.Contains(e.Error(), "provided only as di_test.Text") {
		t.Errorf("got %v", e)
	}
}

// A constructor with several results still runs for the others.
func TestReplaceOfOneOfSeveralResults(t *testing.T) {
	for name, declare := range map[string]func(any) fx.Option{
		"scoped":    func(fn any) fx.Option { return di.Scoped(fn) },
		"singleton": func(fn any) fx.Option { return di.Singleton(fn) },
		"provide":   func(fn any) fx.Option { return fx.Provide(fn) },
	} {
		t.Run(name, func(t *testing.T) {
			call(t, 1, func(db *DB, s Text) error {
				if db.name != "fake" {
					return fmt.Errorf("got %v", db)
				}
				return is("real")(s)
			}, declare(func() (*DB, Text, error) { return &DB{"real"}, newText("real"), nil }), di.Replace(&DB{"fake"}))
		})
	}
	call(t, 1, func(db *DB, tx *Tx) error {
		if db.name != "fake" || tx.db != db {
			return fmt.Errorf("got %v and %v", db, tx.db)
		}
		return nil
	}, di.Scoped(never[*DB](t)), di.Scoped(never[*Tx](t)), di.ReplaceFunc(func() (*DB, *Tx) {
		db := &DB{"fake"}
		return db, &Tx{db}
	}))
}

// DI-060: what only a replaced provider needed is not built. A test with a fake never opens the database.
func TestWhatOnlyAReplacedProviderNeededIsNotBuilt(t *testing.T) {
	for name, beside := range map[string]fx.Option{
		"by units":          fx.Options(),
		"by scopes as well": fx.Invoke(func(*scopes.Factory) {}), // which may ask for anything
	} {
		t.Run(name, func(t *testing.T) {
			for lifetime, declare := range lifetimes {
				t.Run(lifetime, func(t *testing.T) {
					call(t, 1, func(r *Repo) {},
						di.Singleton(never[*DB](t)),
						fx.Provide(never[Text](t)),
						declare(func(*DB, Text) *Repo { t.Error("called"); return nil }),
						di.Replace(&Repo{}),
						beside,
					)
				})
			}
		})
	}
}

func TestDecoratorsApplyOnTopOfAReplacement(t *testing.T) {
	for name, provider := range map[string]fx.Option{
		"ours": di.Scoped(never[Text](t)), "singleton": di.Singleton(never[Text](t)), "provide": fx.Provide(never[Text](t)),
	} {
		t.Run(name, func(t *testing.T) {
			call(t, 1, is("fake!"), provider, di.Decorate(add("!")), di.Replace[Text](newText("fake")))
		})
	}
}

func TestReplaceOfABoundFunction(t *testing.T) {
	called := false
	var run Run
	apptest.Start(t,
		fx.Module("m", di.Singleton(never[*DB](t)), scopes.Bind[Run](func(*DB) { t.Error("called") })),
		di.Replace[Run](func(context.Context) error { called = true; return nil }),
		fx.Populate(&run),
	)
	if err := run(t.Context()); err != nil || !called {
		t.Errorf("got %v", err)
	}
}

// DI-058: to replace what is not there is an error.
func TestReplaceOfNothingIsRefused(t *testing.T) {
	for _, opt := range []fx.Option{di.Replace(&DB{}), di.ReplaceFunc(func() *DB { return nil }), di.Replace(&DB{}, di.Name("x"))} {
		e := problem[*di.ReplaceError](t, opt, di.Scoped(func() *DB { return nil }, di.Name("main")))
		if !strings.Contains(e.Hint, `named "main" is provided at di/replace_test.go`) || e.Place.IsZero() {
			t.Errorf("got %v", e)
		}
	}
}

// A fake has a type of its own: what it may stand for is what it implements.
func TestReplaceByAFakeOfItsOwnTypeIsToldWhatItCanReplace(t *testing.T) {
	for _, tt := range []struct {
		name     string
		provider fx.Option
		want     string
	}{
		{"an interface", di.Scoped(func() Text { return nil }), "it implements di_test.Text, provided at di/replace_test.go:"},
		{"the form of it", di.Singleton(func() *text { return nil }, di.As[Text]()), "is di.Replace[di_test.Text] meant?"},
		{"under a name", di.Scoped(func() Text { return nil }, di.Name("n")), `is di.Replace[di_test.Text] meant with di.Name("n")?`},
		{"of plain fx", fx.Provide(func() Text { return nil }), "is di.Replace[di_test.Text] meant?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := problem[*di.ReplaceError](t, tt.provider, di.Replace(&shell{}))
			if !strings.Contains(e.Hint, tt.want) {
				t.Errorf("got %v", e)
			}
		})
	}
}

func TestReplaceFuncStandsForSeveralInterfaces(t *testing.T) {
	calls := 0
	call(t, 1, func(n Namer, s fmt.Stringer) error {
		if n.(*Person) != s.(*Person) || calls != 1 {
			return fmt.Errorf("got %v and %v by %d calls", n, s, calls)
		}
		return nil
	},
		di.Scoped(never[*Person](t), di.As[Namer](), di.As[fmt.Stringer]()),
		di.ReplaceFunc(func() *Person { calls++; return &Person{} }, di.As[Namer](), di.As[fmt.Stringer]()),
	)
}

func TestReplaceFuncThatCannotServeIsRefused(t *testing.T) {
	provided := di.Scoped(func() Text { return nil })
	for name, opt := range map[string]fx.Option{
		"no function":         di.ReplaceFunc("no function"),
		"no result":           di.ReplaceFunc(func() {}),
		"another interface":   di.ReplaceFunc(func() *DB { return nil }, di.As[Text]()),
		"a nil function":      di.ReplaceFunc((func() Text)(nil)),
		"an error in between": di.ReplaceFunc(func() (error, error) { return nil, nil }),
	} {
		t.Run(name, func(t *testing.T) { problem[*di.SignatureError](t, provided, opt) })
	}
}

// A replacement may need what something else lacks.
func TestReplaceFuncThatLacksSomethingIsReported(t *testing.T) {
	e := problem[*di.MissingError](t, di.Scoped(func() Text { return nil }), di.ReplaceFunc(func(*DB) Text { return nil }))
	if len(e.Trace) == 0 || !strings.Contains(e.Trace[0].Role, "scoped") {
		t.Errorf("got %+v", e)
	}
}

// DI-052, DI-053
func TestDefaultGivesWay(t *testing.T) {
	fallback := di.Scoped(func() Text { return newText("default") }, di.Default())
	for name, tt := range map[string]struct {
		opts fx.Option
		want string
	}{
		"alone":           {fx.Options(), "default"},
		"to ours":         {di.Scoped(func() Text { return newText("ours") }), "ours"},
		"to a singleton":  {di.Singleton(func() Text { return newText("single") }), "single"},
		"to plain fx":     {fx.Provide(func() Text { return newText("fx") }), "fx"},
		"to one inside":   {fx.Module("m", fx.Supply(fx.Annotate(newText("module"), fx.As(new(Text))))), "module"},
		"not to a name":   {di.Scoped(func() Text { return newText("named") }, di.Name("n")), "default"},
		"not to a member": {di.Scoped(func() Text { return newText("member") }, di.Group("g")), "default"},
		"not to what is private elsewhere": {
			fx.Module("m", di.Scoped(func() Text { return newText("private") }, di.Private())), "default",
		},
	} {
		t.Run(name, func(t *testing.T) {
			call(t, 1, is(tt.want), fallback, tt.opts)
			call(t, 1, is(tt.want), tt.opts, fx.Module("defaults", fallback))
		})
	}
	t.Run("and what it needs is not asked for", func(t *testing.T) {
		call(t, 1, is("ours"),
			di.Singleton(func(*DB) Text { t.Error("called"); return nil }, di.Default()),
			di.Singleton(func() Text { return newText("ours") }))
	})
}

// DI-054
func TestDefaultGivesWayToAnotherImplementation(t *testing.T) {
	call(t, 1, func(n Namer) error {
		if _, ok := n.(*Person); !ok {
			return fmt.Errorf("got %T", n)
		}
		return nil
	},
		di.Scoped(func() Namer { t.Error("called"); return nil }, di.Default()),
		di.Singleton(NewPerson, di.As[Namer]()),
	)
}

// DI-061
func TestWhatIsLeftOutIsReported(t *testing.T) {
	app := []fx.Option{di.Singleton(func() *DB { return &DB{} }), scopes.Bind[Run](func(*DB) {})}
	if err := newApp(app...).Err(); err != nil {
		t.Error(err)
	}
	problem[*di.MissingError](t, app[1:]...)
}

func TestTwoDefaultsAreDuplicates(t *testing.T) {
	problem[*di.DuplicateError](t,
		di.Scoped(func() Text { return nil }, di.Default()),
		di.Singleton(func() Text { return nil }, di.Default()),
	)
}
