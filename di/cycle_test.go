package di_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// DI-117, DI-119, DI-120.
func TestWhatOnlyLooksLikeACycleIsAccepted(t *testing.T) {
	for name, declare := range lifetimes {
		t.Run(name, func(t *testing.T) {
			t.Run("one type many times", func(t *testing.T) {
				call(t, 1, func(a *Repo, b *Tx, c *DB, d *Repo) {},
					declare(func() *DB { return &DB{} }),
					declare(func(db *DB, _ *DB) *Tx { return &Tx{db} }),
					declare(func(db *DB, tx *Tx, _ *DB) *Repo { return &Repo{tx} }),
				)
			})
			t.Run("instances of one generic type", func(t *testing.T) {
				call(t, 1, func(*Box[*Box[*Box[int]]]) {},
					declare(NewBox[int]), declare(NewBox[*Box[int]]), declare(NewBox[*Box[*Box[int]]]), fx.Supply(1))
			})
			t.Run("a name made of the type without", func(t *testing.T) {
				call(t, 1, func(p struct {
					fx.In
					DB *DB `name:"second"`
				},
				) error {
					if p.DB.name != "first+" {
						return fmt.Errorf("got %v", p.DB)
					}
					return nil
				},
					declare(func() *DB { return &DB{"first"} }),
					declare(func(db *DB) *DB { return &DB{db.name + "+"} }, di.Name("second")),
				)
			})
			t.Run("a group made of a member of another", func(t *testing.T) {
				type in struct {
					fx.In
					Names []string `group:"a"`
				}
				call(t, 1, func(p struct {
					fx.In
					Names []string `group:"b"`
				},
				) error {
					if len(p.Names) != 1 || p.Names[0] != "x+" {
						return fmt.Errorf("got %q", p.Names)
					}
					return nil
				},
					declare(member("x"), di.Group("a")),
					declare(func(p in) string { return p.Names[0] + "+" }, di.Group("b")),
				)
			})
		})
	}
}

// Who takes a bound function may be needed by its unit.
func TestBoundFunctionsMayStandInARing(t *testing.T) {
	type Client struct{ handle Run }
	var j journal
	var run Run
	apptest.Start(t,
		di.Singleton(func(handle Run) *Client { j.note("client"); return &Client{handle} }),
		di.Scoped(func(c *Client) *Tx { return &Tx{} }),
		scopes.Bind[Run](func(ctx context.Context, c *Client, _ *Tx) error {
			if c.handle == nil {
				return errors.New("no client")
			}
			j.note("unit")
			return nil
		}),
		fx.Populate(&run),
	)
	if err := run(t.Context()); err != nil {
		t.Error(err)
	}
	j.is(t, "client", "unit")
}

// One ring is one problem, however many ways lead into it, and whoever stands outside.
func TestRingIsReportedOnce(t *testing.T) {
	e := problem[*di.CycleError](t,
		di.Transient(func(*Tx) *DB { return nil }),
		di.Transient(func(*Repo) *Tx { return nil }),
		di.Transient(func(*DB) *Repo { return nil }),
		di.Singleton(func(*Tx, *DB) *Part { return nil }),
		di.Singleton(func(*Repo, *Part) *Machine { return nil }),
		di.Scoped(func(*Repo) *Person { return nil }),
		scopes.Bind[Run](func(*DB) {}),
		fx.Invoke(func(*Machine) {}),
	)
	if len(e.Trace) != 3 {
		t.Errorf("got %+v", e)
	}
}
