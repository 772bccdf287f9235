package di_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
)

// DI-001
func TestInterfaceIsServedByWhatIsDeclaredForIt(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			call(t, 1, func(n Namer) error {
				if p, ok := n.(*Person); !ok || p.first != "Ann" {
					return fmt.Errorf("got %T", n)
				}
				return nil
			}, declare(NewPerson, di.As[Namer]()))
		})
	}
}

// DI-004
func TestReadyMadeValuesAreHandedOutAsTheyAre(t *testing.T) {
	value := &DB{"ready"}
	for name, opt := range map[string]fx.Option{
		"supplied":     fx.Supply(value),
		"in a closure": di.Singleton(func() *DB { return value }),
		"replaced":     fx.Options(di.Singleton(never[*DB](t)), di.Replace(value)),
	} {
		t.Run(name, func(t *testing.T) {
			call(t, 2, func(db *DB, tx *Tx) error {
				if db != value || tx.db != value {
					return fmt.Errorf("got %p and %p, want %p", db, tx.db, value)
				}
				return nil
			}, opt, di.Scoped(func(db *DB) *Tx { return &Tx{db} }))
		})
	}
}

// DI-006: what the application itself holds, scopes and plain fx share one.
func TestSingletonIsOneForPlainFxToo(t *testing.T) {
	var a, b, invoked, inUnit *DB
	calls := 0
	call(t, 1, func(db *DB) { inUnit = db },
		di.Singleton(func() *DB { calls++; return &DB{} }),
		fx.Populate(&a), fx.Populate(&b),
		fx.Invoke(func(db *DB) { invoked = db }),
	)
	if a == nil || a != b || a != invoked || a != inUnit || calls != 1 {
		t.Errorf("got %p, %p, %p and %p by %d calls", a, b, invoked, inUnit, calls)
	}
}

// DI-010
func TestConstructorsGetWhatUnitsGet(t *testing.T) {
	type in struct {
		fx.In
		One *DB
		All []*Tx `group:"txs"`
	}
	type holder struct{ p in }
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			call(t, 1, func(h *holder, p in) error {
				if h.p.One == nil || h.p.One != p.One || len(p.All) != 2 || !slices.Equal(h.p.All, p.All) {
					return fmt.Errorf("constructor got %v, unit %v", h.p, p)
				}
				return nil
			},
				di.Singleton(func() *DB { return &DB{"one"} }),
				di.Singleton(func(db *DB) *Tx { return &Tx{db} }, di.Group("txs")),
				di.Singleton(func() *Tx { return &Tx{} }, di.Group("txs")),
				declare(func(p in) *holder { return &holder{p} }),
			)
		})
	}
}

// DI-011, DI-012
func TestClosuresAreConstructors(t *testing.T) {
	for name, want := range map[string]int{"singleton": 1, "scoped": 2, "transient": 4} {
		t.Run(name, func(t *testing.T) {
			prefix, calls := "made by a closure", 0
			call(t, 2, func(r *Repo, tx *Tx) error {
				if r.tx.db.name != prefix || tx.db.name != prefix {
					return fmt.Errorf("got %v and %v", r.tx.db, tx.db)
				}
				return nil
			},
				lifetimes[name](func() *DB { calls++; return &DB{prefix} }),
				di.Transient(func(db *DB) *Tx { return &Tx{db} }), // two in each scope
				di.Scoped(func(tx *Tx) *Repo { return &Repo{tx} }),
			)
			if calls != want {
				t.Errorf("closure was called %d times, want %d", calls, want)
			}
		})
	}
}

// DI-016
func TestSingletonOutlivesTheScopesThatUseIt(t *testing.T) {
	var j journal
	var run Run
	a := apptest.Start(t,
		di.Singleton(func() (*DB, func()) { j.note("+db"); return &DB{}, func() { j.note("-db") } }),
		di.Scoped(func(db *DB) (*Tx, func()) { j.note("+tx"); return &Tx{db}, func() { j.note("-tx") } }),
		unit(&run, func(*Tx, *DB) { j.note("unit") }),
	)
	if err := errors.Join(run(t.Context()), run(t.Context())); err != nil {
		t.Fatal(err)
	}
	j.is(t, "+db", "+tx", "unit", "-tx", "+tx", "unit", "-tx")
	j = nil
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	j.is(t, "-db")
}

// What one scope has released, another one builds anew: nothing of a scope is kept.
func TestReleasedInstanceIsNotHandedOutAgain(t *testing.T) {
	type resource struct{ released bool }
	call(t, 3, func(r *resource) error {
		if r.released {
			return errors.New("got one that was released")
		}
		return nil
	}, di.Scoped(func() (*resource, func()) {
		r := &resource{}
		return r, func() { r.released = true }
	}))
}

// One instance behind two interfaces is built and released once, as is one under its type and an interface.
func TestInstanceBehindSeveralInterfacesIsReleasedOnce(t *testing.T) {
	for name, declare := range lifetimes {
		if name == "transient" {
			continue // two parameters, two instances
		}
		t.Run(name, func(t *testing.T) {
			var j journal
			var run Run
			a := apptest.Start(t,
				declare(func() (*Person, func()) { j.note("+"); return &Person{}, func() { j.note("-") } },
					di.As[Namer](), di.As[fmt.Stringer](), di.As[*Person]()),
				unit(&run, func(n Namer, s fmt.Stringer, p *Person) error {
					if n.(*Person) != p || s.(*Person) != p {
						return errors.New("got several instances")
					}
					return nil
				}),
			)
			if err := errors.Join(run(t.Context()), a.Stop()); err != nil {
				t.Fatal(err)
			}
			j.is(t, "+", "-")
		})
	}
}

// DI-021
func TestErrorOfASingletonReachesTheCaller(t *testing.T) {
	mine := errors.New("mine")
	err := newApp(
		di.Singleton(func() (*DB, error) { return nil, mine }),
		di.Singleton(func(*DB) *Tx { return nil }),
		fx.Invoke(func(*Tx) {}),
	).Err()
	var failed *di.ConstructError
	if !errors.Is(err, mine) || !errors.As(err, &failed) || failed.Err != mine { //nolint:errorlint // the same
		t.Errorf("got %v", err)
	}
}

// DI-023
func TestValuesOfEveryKindAreProvided(t *testing.T) {
	type point struct{ x, y int }
	type celsius float64
	type in struct {
		fx.In
		Number   int
		Wait     time.Duration
		Point    point
		Degrees  celsius
		Array    [2]string
		Map      map[string]int
		Func     func() string
		Channel  chan int
		Yes      bool
		Nil      *Repo
		NilSlice []byte
	}
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			call(t, 1, func(p in) error {
				if p.Number != 7 || p.Wait != time.Second || p.Point != (point{1, 2}) || p.Degrees != 36.6 || p.Array[1] != "b" ||
					p.Map["k"] != 3 || p.Func() != "called" || cap(p.Channel) != 4 || !p.Yes || p.Nil != nil || p.NilSlice != nil {
					return fmt.Errorf("got %+v", p)
				}
				return nil
			},
				declare(func() int { return 7 }),
				declare(func(int) time.Duration { return time.Second }),
				declare(func() point { return point{1, 2} }),
				declare(func() celsius { return 36.6 }),
				declare(func() [2]string { return [2]string{"a", "b"} }),
				declare(func() map[string]int { return map[string]int{"k": 3} }),
				declare(func() func() string { return func() string { return "called" } }),
				declare(func() chan int { return make(chan int, 4) }),
				declare(func() bool { return true }),
				declare(func() *Repo { return nil }), // only a nil interface is refused
				declare(func() []byte { return nil }),
			)
		})
	}
}

// DI-024: many members, each with a graph of its own below it.
func TestWideScopes(t *testing.T) {
	const width, depth = 300, 20
	type in struct {
		fx.In
		All []*Repo `group:"wide"`
	}
	built := 0
	opts := []fx.Option{di.Transient(func() *DB { built++; return &DB{} })}
	for range width {
		opts = append(opts, di.Scoped(func(first *DB, rest [depth]*Tx) *Repo { return &Repo{rest[depth-1]} }, di.Group("wide")))
	}
	opts = append(opts, di.Transient(func(db *DB) (all [depth]*Tx) {
		for i := range all {
			all[i] = &Tx{db}
		}
		return all
	}))
	call(t, 2, func(p in) error {
		if len(p.All) != width || built%(2*width) != 0 || p.All[width-1].tx == nil {
			return fmt.Errorf("got %d members and %d transients", len(p.All), built)
		}
		return nil
	}, opts...)
}
