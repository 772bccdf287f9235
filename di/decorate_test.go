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

// Text is decorated by appending to it.
type Text interface{ Text() string }

type text string

func (s *text) Text() string { return string(*s) }

func newText(s string) *text { t := text(s); return &t }

func add(s string) func(Text) Text {
	return func(in Text) Text { return newText(in.Text() + s) }
}

func is(want string) func(Text) error {
	return func(got Text) error {
		if got.Text() != want {
			return fmt.Errorf("got %q, want %q", got.Text(), want)
		}
		return nil
	}
}

var lifetimes = map[string]func(any, ...di.Option) fx.Option{
	"singleton": di.Singleton, "scoped": di.Scoped, "transient": di.Transient,
}

// DI-123, DI-139: later decorators are outermost, wherever the provider stands.
func TestDecoratorsWrapInTheOrderOfDeclaration(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			call(t, 2, is("t+1+2+3+4"),
				di.Decorate(add("+1")), // before the provider
				fx.Module("m",
					di.Decorate(add("+2")),
					fx.Module("n", declare(func() *text { return newText("t") }, di.As[Text]())),
				),
				fx.Options(di.Decorate(add("+3"))),
				fx.Module("other", di.Decorate(add("+4"))), // for all consumers
			)
		})
	}
}

// shell holds what it wraps.
type shell struct{ inner Text }

func (s *shell) Text() string { return s.inner.Text() }

// DI-122, DI-125
func TestDecoratorHoldsTheOriginal(t *testing.T) {
	original := newText("t")
	declared := map[string]fx.Option{
		"supplied": fx.Supply(fx.Annotate(original, fx.As(new(Text)))),
		"replaced": fx.Options(di.Scoped(never[Text](t)), di.Replace[Text](original)),
	}
	for name, declare := range lifetimes {
		declared[name] = declare(func() *text { return original }, di.As[Text]())
	}
	for name, opt := range declared {
		t.Run(name, func(t *testing.T) {
			call(t, 1, func(got Text) error {
				s, ok := got.(*shell)
				if !ok || s.inner != Text(original) || *original != "t" {
					return fmt.Errorf("got %T of %v", got, got)
				}
				return nil
			}, opt, di.Decorate(func(inner Text) Text { return &shell{inner} }))
		})
	}
}

// DI-129, DI-132, DI-133, DI-134
func TestDecoratorHasTheLifetimeOfWhatItWraps(t *testing.T) {
	for name, want := range map[string]int{"singleton": 1, "scoped": 2, "transient": 4} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			call(t, 2, func(a, b *DB) {},
				lifetimes[name](func() *DB { return &DB{} }),
				di.Decorate(func(db *DB) *DB { calls++; return db }),
			)
			if calls != want {
				t.Errorf("decorator was called %d times, want %d", calls, want)
			}
		})
	}
}

// DI-126, DI-127, DI-135
func TestDecoratorTakesOtherThings(t *testing.T) {
	var j journal
	call(t, 2, func(r *Repo) error {
		if r.tx.db.name != "db" {
			return fmt.Errorf("got %v", r.tx.db)
		}
		return nil
	},
		di.Singleton(func() *DB { j.note("db"); return &DB{"db"} }),
		di.Scoped(func(db *DB) *Tx { j.note("tx"); return &Tx{db} }),
		di.Scoped(func() *Repo { return &Repo{} }),
		di.Decorate(func(p struct {
			fx.In
			Inner *Repo
			Tx    *Tx
			Name  string `name:"absent" optional:"true"`
		},
		) *Repo {
			return &Repo{p.Tx}
		}),
	)
	j.is(t, "db", "tx", "tx")
}

func TestDecoratorMayReturnACleanupAndAnError(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			var j journal
			var run Run
			fail := false
			a := apptest.Start(t,
				declare(func() (*DB, func()) { return &DB{}, func() { j.note("inner") } }),
				di.Decorate(func(db *DB) (*DB, func() error, error) {
					return db, func() error { j.note("outer"); return nil }, nil
				}),
				di.Scoped(func() *Tx { return &Tx{} }),
				di.Decorate(func(tx *Tx) (*Tx, error) {
					if fail {
						return nil, io.EOF
					}
					return tx, nil
				}),
				unit(&run, func(*DB, *Tx) { j.note("unit") }),
			)
			if err := run(t.Context()); err != nil {
				t.Error(err)
			}
			fail = true
			if err := run(t.Context()); !errors.Is(err, io.EOF) {
				t.Errorf("got %v", err)
			}
			if err := a.Stop(); err != nil {
				t.Error(err)
			}
			if name == "singleton" {
				j.is(t, "unit", "outer", "inner")
			} else {
				j.is(t, "unit", "outer", "inner", "outer", "inner")
			}
		})
	}
}

// DI-138: with Group each member is wrapped by itself.
func TestDecoratorOfAGroupWrapsEveryMember(t *testing.T) {
	type in struct {
		fx.In
		Texts []Text `group:"texts"`
	}
	check := func(p in) error {
		var all []string
		for _, s := range p.Texts {
			all = append(all, s.Text())
		}
		if got := strings.Join(all, " "); got != "a! b! c! fx!" {
			return fmt.Errorf("got %q", got)
		}
		return nil
	}
	opts := fx.Options(
		fx.Provide(fx.Annotate(func() Text { return newText("fx") }, fx.ResultTags(`group:"texts"`))),
		di.Singleton(func() Text { return newText("a") }, di.Group("texts")),
		di.Decorate(add("!"), di.Group("texts")),
		di.Singleton(func() Text { return newText("b") }, di.Group("texts")),
	)
	t.Run("mixed lifetimes", func(t *testing.T) {
		call(t, 1, check, opts, di.Scoped(func() Text { return newText("c") }, di.Group("texts")))
	})
	t.Run("singletons", func(t *testing.T) {
		c := di.Singleton(func() Text { return newText("c") }, di.Group("texts"))
		call(t, 1, check, opts, c)
		call(t, 1, func(*DB) {}, opts, c, di.Singleton(func(p in) (*DB, error) { return &DB{}, check(p) }))
		call(t, 1, func(*DB) {}, opts, c, fx.Invoke(func(p in) error {
			if len(p.Texts) != 4 || !strings.HasSuffix(p.Texts[0].Text(), "!") {
				return fmt.Errorf("plain fx got %v", p.Texts)
			}
			return nil
		}), fx.Supply(&DB{}))
	})
}

// DI-140: a name is decorated by itself.
func TestDecoratorOfAName(t *testing.T) {
	type in struct {
		fx.In
		Plain Text
		Named Text `name:"named"`
	}
	call(t, 1, func(p in) error {
		return errors.Join(is("t")(p.Plain), is("t!")(p.Named))
	},
		di.Scoped(func() Text { return newText("t") }),
		di.Singleton(func() Text { return newText("t") }, di.Name("named")),
		di.Decorate(add("!"), di.Name("named")), // its parameter is what it wraps
	)
	type both struct {
		fx.In
		Inner Text `name:"named"`
		Other Text
	}
	call(t, 1, func(p in) error { return is("named by plain")(p.Named) },
		di.Scoped(func() Text { return newText("plain") }),
		di.Scoped(func() Text { return newText("named") }, di.Name("named")),
		di.Decorate(func(p both) Text { return newText(p.Inner.Text() + " by " + p.Other.Text()) }, di.Name("named")),
	)
}

// Values too.
func TestDecoratorOfAPlainProvider(t *testing.T) {
	for name, opt := range map[string]fx.Option{
		"provide": fx.Provide(func() Text { return newText("t") }),
		"supply":  fx.Supply(fx.Annotate(newText("t"), fx.As(new(Text)))),
		"module":  fx.Module("m", fx.Provide(fx.Annotate(func() *text { return newText("t") }, fx.As(new(Text))))),
	} {
		t.Run(name, func(t *testing.T) {
			var j journal
			call(t, 1, is("t+1+2"), opt,
				di.Decorate(add("+1")),
				di.Decorate(func(in Text, db *DB) (Text, func()) {
					return newText(in.Text() + "+2"), func() { j.note("released") }
				}),
				di.Singleton(func() *DB { return &DB{} }),
				fx.Invoke(is("t+1+2")), // plain consumers see it too
				fx.Module("other", fx.Invoke(is("t+1+2"))),
			)
		})
	}
}

// fx.Decorate applies on top, in its module.
func TestFxDecorateGoesOnTop(t *testing.T) {
	var inner, outer Run
	type Inner Run
	var in Inner
	apptest.Start(t,
		di.Singleton(func() Text { return newText("t") }),
		fx.Decorate(add("+fx")),
		di.Decorate(add("+di")),
		fx.Module("m", fx.Decorate(add("+m")), scopes.Bind[Inner](is("t+di+fx+m")), fx.Invoke(is("t+di+fx+m"))),
		unit(&outer, is("t+di+fx")),
		fx.Populate(&in),
	)
	inner = Run(in)
	if err := errors.Join(inner(t.Context()), outer(t.Context())); err != nil {
		t.Error(err)
	}
}

// A decorator sees what its module sees, and decorates the provider that its module sees.
func TestDecoratorOfAPrivateProvider(t *testing.T) {
	module := func(name string) fx.Option {
		return fx.Module(name,
			di.Scoped(func() Text { return newText(name) }, di.Private()),
			fx.Provide(func() string { return "+" + name }, fx.Private),
			di.Decorate(func(in Text, s string) Text { return newText(in.Text() + s) }),
			di.Scoped(func(s Text) *DB { return &DB{s.Text()} }, di.Name(name)),
		)
	}
	type in struct {
		fx.In
		A *DB `name:"a"`
		B *DB `name:"b"`
		T Text
	}
	call(t, 1, func(p in) error {
		if got := p.A.name + " " + p.B.name + " " + p.T.Text(); got != "a+a b+b public" {
			return fmt.Errorf("got %q", got)
		}
		return nil
	}, module("a"), module("b"), di.Scoped(func() Text { return newText("public") }))
}

// One constructor, several results: each is decorated by itself.
func TestDecoratorOfOneOfSeveralResults(t *testing.T) {
	calls := 0
	call(t, 1, func(s Text, db *DB) error {
		if db.name != "db!" || calls != 1 {
			return fmt.Errorf("got %v after %d calls", db, calls)
		}
		return is("t")(s)
	},
		di.Scoped(func() (Text, *DB) { calls++; return newText("t"), &DB{"db"} }),
		di.Decorate(func(db *DB) *DB { return &DB{db.name + "!"} }),
	)
}

// DI-130, DI-131, DI-136
func TestDecoratorOfNothingIsRefused(t *testing.T) {
	e := problem[*di.ReplaceError](t, di.Decorate(func(db *DB) *DB { return db }), di.Scoped(func() DB { return DB{} }))
	if e.Verb != "decorate" || !strings.Contains(e.Hint, "is the value meant?") {
		t.Errorf("got %v", e)
	}
	problem[*di.ReplaceError](t, di.Decorate(traced[Order]), fx.Supply(&repo[Mailer]{}))
	problem[*di.ReplaceError](t, di.Decorate(add("!"), di.Group("texts")))
	problem[*di.ReplaceError](t, di.Decorate(add("!"), di.Name("n")), di.Scoped(func() Text { return nil }))
	problem[*di.ReplaceError](t, fx.Module("m", di.Scoped(func() Text { return nil }, di.Private())), di.Decorate(add("!")))
}

func TestDecoratorThatTakesNothingToWrapIsRefused(t *testing.T) {
	e := problem[*di.SignatureError](t, di.Scoped(func() *Repo { return nil }), di.Decorate(func(*DB) *Repo { return nil }), fx.Supply(&DB{}))
	if !strings.Contains(e.Error(), "di.ReplaceFunc") {
		t.Errorf("got %v", e)
	}
}

// DI-141
func TestDecoratorThatLacksSomethingIsReported(t *testing.T) {
	e := problem[*di.MissingError](t, di.Scoped(func() *Repo { return nil }), di.Decorate(func(r *Repo, tx *Tx) *Repo { return r }))
	if !strings.HasPrefix(e.Trace[0].Role, "decorator of *di_test.Repo") {
		t.Errorf("got %+v", e)
	}
}

// What the application and scopes.Bind provide is decorated like anything else.
func TestDecoratorOfABoundFunctionAndOfABuiltin(t *testing.T) {
	for name, decorate := range map[string]func(any) fx.Option{
		"ours": func(fn any) fx.Option { return di.Decorate(fn) },
		"fx":   func(fn any) fx.Option { return fx.Decorate(fn) },
	} {
		t.Run(name, func(t *testing.T) {
			var j journal
			var run, again Run
			var plain lifecycle.Shutdown
			type Other func(context.Context) error
			var other Other
			a := apptest.Start(t,
				scopes.Bind[Run](func() { j.note("unit") }),
				decorate(func(inner Run) Run {
					return func(ctx context.Context) error { j.note("before"); return inner(ctx) }
				}),
				decorate(func(inner lifecycle.Shutdown) lifecycle.Shutdown {
					return func(cause error) { j.note("shutdown"); inner(cause) }
				}),
				scopes.Bind[Other](func(ctx context.Context, r Run, stop lifecycle.Shutdown) error {
					stop(nil)
					return r(ctx)
				}),
				di.Singleton(func(r Run) *DB { again = r; return &DB{} }),
				fx.Populate(&run, &other, &plain),
				fx.Invoke(func(*DB) {}),
			)
			for _, f := range []Run{run, again, Run(other)} {
				if err := f(t.Context()); err != nil {
					t.Error(err)
				}
			}
			plain(nil)
			if err := a.Stop(); err != nil {
				t.Error(err)
			}
			j.is(t, "before", "unit", "before", "unit", "shutdown", "before", "unit", "shutdown")
		})
	}
}

// A group that fx.Decorate changes is taken as decorated.
func TestGroupDecoratedByFxIsTakenAsItIs(t *testing.T) {
	type in struct {
		fx.In
		Names []string `group:"names"`
	}
	sorted := fx.Decorate(fx.Annotate(func(names []string) []string { return []string{fmt.Sprint(len(names))} },
		fx.ParamTags(`group:"names"`), fx.ResultTags(`group:"names"`)))
	check := func(want string) func(in) error {
		return func(p in) error {
			if got := strings.Join(p.Names, " "); got != want {
				return fmt.Errorf("got %q, want %q", got, want)
			}
			return nil
		}
	}
	type Inner Run
	var inner Inner
	var outer Run
	apptest.Start(t,
		di.Singleton(member("a"), di.Group("names")),
		fx.Provide(fx.Annotated{Group: "names", Target: member("b")}),
		fx.Module("m", sorted, scopes.Bind[Inner](check("2")), di.Singleton(func(p in) (*DB, error) { return &DB{}, check("2")(p) })),
		fx.Populate(&inner),
		unit(&outer, check("a b")),
		fx.Invoke(func(*DB) {}),
	)
	if err := errors.Join(inner(t.Context()), outer(t.Context())); err != nil {
		t.Error(err)
	}
	// With a member that is scoped it could only be ignored.
	problem[*di.LifetimeError](t, di.Scoped(member("c"), di.Group("names")), sorted)
	problem[*di.LifetimeError](t, di.Scoped(member("c"), di.Group("names")),
		fx.Decorate(fx.Annotate(func() []string { return nil }, fx.ResultTags(`group:"names"`))))
}
