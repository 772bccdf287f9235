package di_test

import (
	"errors"
	"fmt"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
)

// Part is a transient that says when it is built and released.
type Part struct{ n int }

func parts(j *journal) fx.Option {
	built := 0
	return di.Transient(func() (*Part, func()) {
		built++
		n := built
		j.note("+%d", n)
		return &Part{n}, func() { j.note("-%d", n) }
	})
}

// DI-002
func TestTransientIsNewForEachParameter(t *testing.T) {
	var j journal
	call(t, 2, func(a, b *Part, p struct {
		fx.In
		C *Part
		D *Part `optional:"true"`
	},
	) {
		j.note("%d %d %d %d", a.n, b.n, p.C.n, p.D.n)
	}, parts(&j))
	j.is(t, "+1", "+2", "+3", "+4", "1 2 3 4", "-4", "-3", "-2", "-1", "+5", "+6", "+7", "+8", "5 6 7 8", "-8", "-7", "-6", "-5")
}

type Machine struct{ a, b *Part }

func NewMachine(a, b *Part) *Machine { return &Machine{a, b} }

// DI-005: the application holds several.
func TestTransientIsReleasedWithItsOwner(t *testing.T) {
	var j journal
	var run Run
	a := apptest.Start(t,
		parts(&j),
		di.Singleton(NewMachine),
		di.Scoped(func(p *Part) (*Tx, func()) { j.note("+tx"); return &Tx{}, func() { j.note("-tx") } }),
		unit(&run, func(m *Machine, _ *Tx) { j.note("%d %d", m.a.n, m.b.n) }),
	)
	if err := errors.Join(run(t.Context()), run(t.Context()), a.Stop()); err != nil {
		t.Fatal(err)
	}
	j.is(t, "+1", "+2", "+3", "+tx", "1 2", "-tx", "-3", "+4", "+tx", "1 2", "-tx", "-4", "-2", "-1")
}

// DI-012: a transient in the middle of a graph builds what it needs with that one's lifetime.
func TestTransientOfTransients(t *testing.T) {
	var j journal
	call(t, 1, func(a, b *Machine, db *DB) error {
		if a == b || a.a == b.a || a.a == a.b {
			return errors.New("a transient is shared")
		}
		j.note("%v", db)
		return nil
	},
		parts(&j),
		di.Transient(func(a, b *Part, db *DB) (*Machine, func(), error) {
			return &Machine{a, b}, func() { j.note("-machine of %v", db) }, nil
		}),
		di.Scoped(func() *DB { return &DB{"db"} }),
	)
	j.is(t, "+1", "+2", "+3", "+4", "db", "-machine of db", "-4", "-3", "-machine of db", "-2", "-1")
}

func TestTransientInAGroupAndInADecorator(t *testing.T) {
	var j journal
	type in struct {
		fx.In
		Parts []*Part `group:"parts"`
	}
	call(t, 1, func(p, q in, m *Machine) {
		j.note("%d %d %d", p.Parts[0].n, q.Parts[0].n, m.b.n)
	},
		parts(&j),
		di.Transient(func(p *Part) *Part { return p }, di.Group("parts")),
		di.Singleton(func() *Machine { return &Machine{} }),
		di.Decorate(func(_ *Machine, p *Part) *Machine { return &Machine{b: p} }),
	)
	j.is(t, "+1", "+2", "+3", "2 3 1", "-3", "-2") // 1 is the application's
}

// What one module cannot see is built for it all the same.
func TestTransientOfAnotherModuleUsesWhatIsPrivateThere(t *testing.T) {
	module := func(name string) fx.Option {
		return fx.Module(name,
			di.Singleton(func() *DB { return &DB{name} }, di.Private()),
			di.Scoped(func(db *DB) *Tx { return &Tx{db} }, di.Private()),
			di.Transient(func(tx *Tx, db *DB) *Repo { return &Repo{tx} }, di.Name(name)),
			di.Transient(func(db *DB) *DB { return db }, di.Name(name)),
		)
	}
	type in struct {
		fx.In
		A  *Repo `name:"a"`
		B  *Repo `name:"b"`
		DB *DB   `name:"b"`
	}
	call(t, 1, func(p in, held *Cache) error {
		if got := fmt.Sprint(p.A.tx.db, p.B.tx.db, p.DB); got != "a b b" {
			return fmt.Errorf("got %v", got)
		}
		return nil
	}, module("a"), module("b"), di.Singleton(func(p struct {
		fx.In
		DB *DB `name:"a"`
	},
	) (*Cache, error) {
		if p.DB.name != "a" {
			return nil, fmt.Errorf("got %v", p.DB)
		}
		return &Cache{}, nil
	}))
}

// A singleton is built while the application starts, once something reaches it.
func TestOnlyWhatIsReachedIsBuilt(t *testing.T) {
	var j journal
	note := func(s string) { j.note("%s", s) }
	apptest.Start(t,
		di.Singleton(func() *DB { note("db"); return &DB{} }),
		di.Singleton(func(*DB) *Tx { note("tx"); return &Tx{} }),
		di.Singleton(func() *Repo { t.Error("built"); return nil }),
		di.Scoped(func() *Cache { t.Error("built"); return nil }),
		fx.Provide(func() string { t.Error("built"); return "" }),
		fx.Invoke(func(*Tx) { note("invoked") }),
	)
	j.is(t, "db", "tx", "invoked")
}
