package di_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// Letter is provided by nobody: it is built on demand, by a constructor that is bound.
type Letter struct {
	db   *DB
	to   string
	size int
}

type WriteLetter func(ctx context.Context, size int, to string) (*Letter, error)

func NewLetter(to string, db *DB, size int) *Letter { return &Letter{db, to, size} }

// DI-045, DI-046: what the caller gives and what is provided are told apart by type, in any order.
func TestBoundConstructorBuildsOnDemand(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			var write WriteLetter
			apptest.Start(t, declare(func() *DB { return &DB{"db"} }), scopes.Bind[WriteLetter](NewLetter), fx.Populate(&write))
			a, err := write(t.Context(), 3, "Ada")
			b, err2 := write(t.Context(), 4, "Bob")
			if err := errors.Join(err, err2); err != nil {
				t.Fatal(err)
			}
			if a == b || a.to != "Ada" || a.size != 3 || b.to != "Bob" || b.size != 4 || a.db.name != "db" {
				t.Errorf("got %+v and %+v", a, b)
			}
		})
	}
}

// DI-047
func TestBoundConstructorMayLeaveOutWhatIsGiven(t *testing.T) {
	var write WriteLetter
	apptest.Start(t, scopes.Bind[WriteLetter](func(to string) *Letter { return &Letter{to: to} }), fx.Populate(&write))
	if l, err := write(t.Context(), 3, "Ada"); err != nil || l.to != "Ada" {
		t.Errorf("got %+v, %v", l, err)
	}
}

// DI-048
func TestBoundConstructorReturnsItsErrorUnchanged(t *testing.T) {
	mine := errors.New("mine")
	var write WriteLetter
	apptest.Start(t, scopes.Bind[WriteLetter](func(string) (*Letter, error) { return nil, mine }), fx.Populate(&write))
	if l, err := write(t.Context(), 3, "Ada"); err != mine || l != nil { //nolint:errorlint // the same
		t.Errorf("got %v, %v", l, err)
	}
}

// DI-051
func TestBoundConstructorThatLacksSomethingIsReported(t *testing.T) {
	e := problem[*di.MissingError](t, scopes.Bind[WriteLetter](NewLetter))
	if e.Type != reflect.TypeFor[*DB]() || !strings.Contains(e.Error(), "di_test.NewLetter") {
		t.Errorf("got %v", e)
	}
}

// DI-083
func TestBoundConstructorTakesNames(t *testing.T) {
	var write WriteLetter
	apptest.Start(t,
		di.Singleton(func() *DB { return &DB{"main"} }),
		di.Singleton(func() *DB { return &DB{"archive"} }, di.Name("archive")),
		scopes.Bind[WriteLetter](func(to string, p struct {
			fx.In
			DB *DB `name:"archive"`
		},
		) *Letter {
			return &Letter{db: p.DB, to: to}
		}),
		fx.Populate(&write),
	)
	if l, err := write(t.Context(), 3, "Ada"); err != nil || l.db.name != "archive" || l.to != "Ada" {
		t.Errorf("got %+v, %v", l, err)
	}
}

// DI-049, DI-050
func TestGetOrCreateIsADefaultTransient(t *testing.T) {
	create := di.Transient(func() *DB { return &DB{"created"} }, di.Default())
	var created, registered []*DB
	call(t, 2, func(a, b *DB) { created = append(created, a, b) }, create)
	call(t, 2, func(a, b *DB) { registered = append(registered, a, b) }, create, fx.Supply(&DB{"registered"}))
	for i, db := range created {
		if db.name != "created" || slices.Index(created, db) != i {
			t.Errorf("created %v, one of them twice", created)
		}
	}
	for _, db := range registered {
		if db != registered[0] || db.name != "registered" {
			t.Errorf("got %v, want one that is registered", registered)
		}
	}
}
