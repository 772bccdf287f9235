package di_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/scopes"
)

// DI-117, DI-120
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
			t.Run("an instance of a generic type that is ready-made", func(t *testing.T) {
				call(t, 1, func(*Link[int]) {}, declare(NewLink[int, string]), fx.Supply(&Link[string]{}))
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

// A Link needs a link of another type.
type Link[T any] struct{ next any }

func NewLink[T, Next any](next *Link[Next]) *Link[T] { return &Link[T]{next} }

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

// DI-118: one ring is one problem, however many ways lead into it, and whoever stands outside.
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

func TestCyclesAreRefused(t *testing.T) { refuses(t, cycles) }

var cycles = []wiring{
	// DI-112
	{"cycle of one", []fx.Option{di.Scoped(func(c *Clock) *Clock { return c })}, &di.CycleError{}},
	// DI-115
	{"cycle of two", []fx.Option{
		di.Singleton(NewMailer), di.Singleton(func(*Mailer) *Renderer { return nil }), hosting.Run(func(context.Context, *Mailer) {}),
	}, &di.CycleError{}},
	// DI-114
	{"cycle through an interface", []fx.Option{
		di.Scoped(NewMailer), di.Transient(NewRenderer), di.Scoped(func(*Mailer) *OrderRepo { return nil }, di.As[Store]()),
	}, &di.CycleError{}},
	{"cycle through a decorator", []fx.Option{
		di.Scoped(func() Store { return nil }), di.Decorate(Traced), di.Scoped(func(Store) *Clock { return nil }),
	}, &di.CycleError{}},
	// DI-113
	{"cycle through a group", []fx.Option{
		di.Singleton(func(struct {
			fx.In
			Names []string `group:"names"`
		},
		) *Clock {
			return nil
		}),
		di.Singleton(func(*Clock) string { return "" }, di.Group("names")),
	}, &di.CycleError{}},
	{"cycle through plain fx", []fx.Option{
		di.Singleton(NewMailer), fx.Provide(func(*Mailer) *Renderer { return nil }),
	}, &di.CycleError{}},
	{"cycle of transients that are held", []fx.Option{
		di.Transient(NewMailer), di.Transient(func(*Mailer) *Renderer { return nil }), di.Singleton(func(*Mailer) *Clock { return nil }),
		di.Singleton(func(*Mailer) *Report { return nil }),
	}, &di.CycleError{}},
	{"cycle of a service", []fx.Option{
		di.Singleton(NewCache), di.Singleton(func(*Cache) Store { return nil }), hosting.Service(func(*Cache) *service { return nil }),
	}, &di.CycleError{}},
	// DI-119
	{"cycle through instances of a generic type", []fx.Option{
		di.Singleton(NewLink[int, string]), di.Singleton(NewLink[string, bool]), di.Singleton(NewLink[bool, string]),
		fx.Invoke(func(*Link[int]) {}),
	}, &di.CycleError{}},
	{"cycle that is long", ring(), &di.CycleError{}},
}

type (
	a struct{}
	b struct{}
	c struct{}
	d struct{}
	e struct{}
	f struct{}
	g struct{}
	h struct{}
	i struct{}
	j struct{}
)

func need[Need, Provided any](Need) (p Provided) { return p }

func ring() []fx.Option {
	return []fx.Option{
		di.Scoped(need[b, a]), di.Scoped(need[c, b]), di.Scoped(need[d, c]), di.Scoped(need[e, d]), di.Scoped(need[f, e]),
		di.Scoped(need[g, f]), di.Scoped(need[h, g]), di.Scoped(need[i, h]), di.Scoped(need[j, i]), di.Scoped(need[a, j]),
	}
}
