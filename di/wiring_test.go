package di_test

import (
	"context"
	"errors"
	"fmt"
	html "html/template"
	"io"
	"slices"
	"strings"
	"testing"
	tmpl "text/template"
	"time"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/golden"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// A small shop, for errors that read as they do in a program.
type (
	Order       struct{ ID int }
	Store       interface{ Save(Order) error }
	OrderRepo   struct{}
	Mailer      struct{}
	Renderer    struct{}
	Audit       struct{}
	Report      struct{}
	Clock       struct{}
	HandleOrder func(context.Context, Order) error
)

func (*OrderRepo) Save(Order) error { return nil }

func NewDB() (*DB, func() error, error)                       { return nil, nil, nil }
func NewTx(*DB) (*Tx, func(), error)                          { return nil, nil, nil }
func NewOrderRepo(*Tx) *OrderRepo                             { return nil }
func NewMailer(*Renderer) *Mailer                             { return nil }
func NewRenderer(Store) *Renderer                             { return nil }
func NewAudit(Order) *Audit                                   { return nil }
func NewReport(*Audit) *Report                                { return nil }
func NewClock() *Clock                                        { return nil }
func NewCache(Store) *Cache                                   { return nil }
func Traced(s Store, _ *Clock) Store                          { return s }
func PlaceOrder(Order, Store) error                           { return nil }
func SendReports(*Report) error                               { return nil }
func Watch(context.Context, Store) error                      { return nil }
func UseStore(Store)                                          { panic("called") }
func InTx(ctx context.Context, next scopes.Next, _ *Tx) error { return next(ctx) }

// A wiring is a program that cannot work.
type wiring struct {
	name string
	opts []fx.Option
	want error // one of the type that must be found
}

func TestWiringProblems(t *testing.T) {
	for _, tt := range slices.Concat(missing, given, duplicates, captives, plainFx, cycles, nothings, signatures) {
		t.Run(tt.name, func(t *testing.T) {
			err := refused(t, append(tt.opts, canary(t))...)
			if !holds(err, tt.want) {
				t.Errorf("got %v, want a %T", err, tt.want)
			}
			if s := err.Error(); strings.Contains(s, "\n") {
				t.Errorf("%%v has several lines: %q", s)
			}
			for _, s := range []string{"reflect.", "berth.", "0x"} {
				if strings.Contains(fmt.Sprintf("%v %+v", err, err), s) {
					t.Errorf("it shows %q", s)
				}
			}
			text := golden.Scrub(fmt.Sprintf("%v\n\n%+v", err, err))
			golden.Check(t, "wiring/"+strings.ReplaceAll(tt.name, " ", "-"), text)
		})
	}
}

// holds reports whether errors.As finds an error of want's type.
func holds(err, want error) bool {
	switch want.(type) {
	case *di.MissingError:
		return errors.As(err, new(*di.MissingError))
	case *di.LifetimeError:
		return errors.As(err, new(*di.LifetimeError))
	case *di.DuplicateError:
		return errors.As(err, new(*di.DuplicateError))
	case *di.CycleError:
		return errors.As(err, new(*di.CycleError))
	case *di.ReplaceError:
		return errors.As(err, new(*di.ReplaceError))
	case *di.SignatureError:
		return errors.As(err, new(*di.SignatureError))
	}
	return false
}

// canary fails the test if anything is constructed.
func canary(t *testing.T) fx.Option {
	type bird struct{}
	return fx.Options(
		di.Singleton(func() *bird { t.Error("a constructor runs"); return nil }),
		fx.Provide(func() bird { t.Error("a constructor runs"); return bird{} }),
		fx.Invoke(func(*bird, bird) {}),
	)
}

func member(s string) func() string { return func() string { return s } }

var missing = []wiring{
	{"missing at the end of a chain", []fx.Option{
		di.Scoped(NewTx),
		di.Scoped(NewOrderRepo, di.As[Store]()),
		scopes.Bind[HandleOrder](PlaceOrder),
		lifecycle.OnStart(UseStore),
	}, &di.MissingError{}},
	{"missing in a provider that nothing reaches", []fx.Option{
		di.Singleton(NewMailer), di.Transient(NewRenderer),
	}, &di.MissingError{}},
	{"missing for several", []fx.Option{
		di.Singleton(NewCache), di.Scoped(NewRenderer), di.Transient(NewMailer),
		hosting.Run(Watch), lifecycle.OnStop(UseStore),
	}, &di.MissingError{}},
	{"missing through plain fx", []fx.Option{
		fx.Provide(NewRenderer), di.Singleton(NewMailer),
	}, &di.MissingError{}},
	{"missing in a decorator", []fx.Option{
		di.Scoped(func() *OrderRepo { return nil }, di.As[Store]()), di.Decorate(Traced),
	}, &di.MissingError{}},
	{"missing in a wrapper", []fx.Option{
		lifecycle.OnStart(scopes.Around(func() {}, InTx)),
	}, &di.MissingError{}},
	{"missing for a Lazy and in a struct", []fx.Option{
		lifecycle.OnStart(func(struct {
			fx.In
			Mailer di.Lazy[*Mailer]
			Clock  *Clock `name:"utc"`
			DBs    []*DB  `group:"empty"`
		},
		) {
		}),
		hosting.Run(func(context.Context, di.Lazy[*Mailer]) {}),
	}, &di.MissingError{}},
	{"missing for a member of a group", []fx.Option{
		di.Singleton(func(*Clock) string { return "" }, di.Group("names")),
		hosting.Run(func(_ context.Context, _ struct {
			fx.In
			Names []string `group:"names"`
		},
		) {
		}),
	}, &di.MissingError{}},
	{"missing for a service and its settings", []fx.Option{
		hosting.Service(func(Store) *service { return nil }, hosting.With(func(*Clock) hosting.Option { return hosting.Delay(0) })),
		hosting.Host[*Mailer](),
	}, &di.MissingError{}},
	{"missing but there with a name", []fx.Option{
		di.Singleton(NewClock, di.Name("utc")), hosting.Run(func(context.Context, *Clock) {}),
	}, &di.MissingError{}},
	{"missing but there without the name", []fx.Option{
		di.Singleton(NewClock), di.Scoped(func(struct {
			fx.In
			C *Clock `name:"utc"`
		},
		) *Mailer {
			return nil
		}),
	}, &di.MissingError{}},
	{"missing but there in a group", []fx.Option{
		di.Singleton(NewClock, di.Group("clocks")), lifecycle.OnStart(func(*Clock) {}),
	}, &di.MissingError{}},
	{"missing but implemented", []fx.Option{
		di.Scoped(NewTx), fx.Provide(NewDB0), di.Scoped(NewOrderRepo), lifecycle.OnStart(UseStore),
	}, &di.MissingError{}},
	{"missing but implemented behind As", []fx.Option{
		di.Singleton(func() *OrderRepo { return nil }, di.As[Store]()), lifecycle.OnStart(func(*OrderRepo) {}),
	}, &di.MissingError{}},
	{"missing but there as a pointer", []fx.Option{
		di.Singleton(NewClock), lifecycle.OnStart(func(Clock) {}), fx.Supply(Mailer{}), lifecycle.OnStart(func(*Mailer) {}),
	}, &di.MissingError{}},
	{"missing but private to a module", []fx.Option{
		fx.Module("clocks", di.Singleton(NewClock, di.Private())), lifecycle.OnStart(func(*Clock) {}),
	}, &di.MissingError{}},
	{"missing but another type has its name", []fx.Option{
		di.Singleton(func() *html.Template { return nil }), lifecycle.OnStart(func(*tmpl.Template) {}),
	}, &di.MissingError{}},
	{"missing context by name", []fx.Option{
		di.Scoped(func(struct {
			fx.In
			Ctx context.Context `name:"mine"`
		},
		) *Clock {
			return nil
		}),
	}, &di.MissingError{}},
}

type service struct{}

func (*service) Run(context.Context) error { return nil }

func NewDB0() *DB { return nil }

var given = []wiring{
	{"given only elsewhere", []fx.Option{
		di.Scoped(NewAudit), di.Scoped(NewReport),
		hosting.Every(time.Minute, SendReports),
		scopes.Bind[HandleOrder](func(Order, *Report) error { return nil }),
	}, &di.MissingError{}},
	{"given elsewhere and needed by a singleton", []fx.Option{
		di.Singleton(NewAudit), scopes.Bind[HandleOrder](func(Order) error { return nil }),
	}, &di.MissingError{}},
	{"given elsewhere and taken lazily", []fx.Option{
		di.Scoped(func(di.Lazy[Order]) *Audit { return nil }),
		scopes.Bind[HandleOrder](func(*Audit) error { return nil }),
		lifecycle.OnStart(func(*Audit) {}),
	}, &di.MissingError{}},
	{"given and provided", []fx.Option{
		di.Scoped(func() Order { return Order{} }), scopes.Bind[HandleOrder](func(Order) error { return nil }),
	}, &di.DuplicateError{}},
	{"given and provided by plain fx", []fx.Option{
		fx.Supply(Order{}), scopes.Bind[HandleOrder](func(Order) error { return nil }),
	}, &di.DuplicateError{}},
}

var duplicates = []wiring{
	{"provided twice", []fx.Option{
		di.Singleton(NewClock), fx.Module("m", di.Scoped(NewClock)),
	}, &di.DuplicateError{}},
	{"provided by ours and by plain fx", []fx.Option{
		fx.Provide(NewClock), di.Singleton(NewClock), fx.Supply(&Clock{}),
	}, &di.DuplicateError{}},
	{"provided twice under a name", []fx.Option{
		di.Singleton(NewClock, di.Name("utc")),
		fx.Provide(fx.Annotate(NewClock, fx.ResultTags(`name:"utc"`))),
	}, &di.DuplicateError{}},
	{"provided twice as an interface", []fx.Option{
		di.Singleton(func() *OrderRepo { return nil }, di.As[Store]()), di.Scoped(func() Store { return nil }),
	}, &di.DuplicateError{}},
	{"provided twice by one constructor", []fx.Option{
		di.Singleton(func() (*Clock, *Clock) { return nil, nil }),
	}, &di.DuplicateError{}},
	{"provided twice privately", []fx.Option{
		fx.Module("m", di.Singleton(NewClock, di.Private()), fx.Provide(NewClock, fx.Private)),
	}, &di.DuplicateError{}},
	{"bound twice", []fx.Option{
		scopes.Bind[HandleOrder](func(Order) error { return nil }), scopes.Bind[HandleOrder](func() {}),
	}, &di.DuplicateError{}},
}

// DI-095, DI-096, DI-097, DI-103, DI-110.
var captives = []wiring{
	{"captive directly", []fx.Option{
		di.Singleton(NewCache), di.Scoped(func() Store { return nil }),
	}, &di.LifetimeError{}},
	{"captive through singletons and transients", []fx.Option{
		di.Singleton(NewMailer), di.Transient(NewRenderer), di.Scoped(func() Store { return nil }), di.Singleton(func(*Mailer) *Report { return nil }),
	}, &di.LifetimeError{}},
	{"captive in each that holds it", []fx.Option{
		di.Transient(NewRenderer), di.Scoped(func() Store { return nil }),
		di.Singleton(NewMailer), di.Singleton(func(*Renderer) *Report { return nil }),
	}, &di.LifetimeError{}},
	{"captive through a decorator", []fx.Option{
		di.Singleton(func() Store { return nil }), di.Decorate(Traced), di.Scoped(NewClock),
	}, &di.LifetimeError{}},
	{"captive through a group and a struct", []fx.Option{
		di.Singleton(func(struct {
			fx.In
			Nested struct {
				fx.In
				Names []string `group:"names"`
			}
		},
		) *Report {
			return nil
		}),
		di.Singleton(member("one"), di.Group("names")),
		di.Scoped(member("two"), di.Group("names")),
	}, &di.LifetimeError{}},
	{"captive through a Lazy", []fx.Option{
		di.Singleton(func(di.Lazy[Store]) *Report { return nil }),
		di.Singleton(func(di.Lazy[*Renderer]) *Mailer { return nil }),
		di.Transient(NewRenderer),
		di.Scoped(func() Store { return nil }),
	}, &di.LifetimeError{}},
	{"captive through plain fx", []fx.Option{
		di.Singleton(NewMailer), fx.Provide(func(*Cache) *Renderer { return nil }), di.Singleton(NewCache), di.Scoped(func() Store { return nil }),
	}, &di.LifetimeError{}},
	{"captive in units without a scope", []fx.Option{
		di.Scoped(func() Store { return nil }),
		hosting.Run(Watch),
		hosting.Service(func(Store) *service { return nil }),
		hosting.Every(time.Minute, func(context.Context) {}, hosting.With(func(Store) hosting.Option { return hosting.Delay(0) })),
	}, &di.LifetimeError{}},
	{"hosted but scoped", []fx.Option{
		di.Scoped(func() *service { return nil }), hosting.Host[*service](),
	}, &di.LifetimeError{}},
	{"scope of a singleton", []fx.Option{
		di.Singleton(func(*scopes.Scope) *Clock { return nil }),
	}, &di.SignatureError{}},
}

var plainFx = []wiring{
	{"scoped for plain fx", []fx.Option{
		di.Scoped(func() Store { return nil }),
		fx.Provide(NewCache),
		fx.Invoke(UseStore),
		fx.Populate(new(Store)),
		fx.Decorate(func(c *Clock, _ Store) *Clock { return c }), fx.Supply(&Clock{}),
		fx.WithLogger(func(Store) fxevent.Logger { return nil }),
	}, &di.LifetimeError{}},
	{"transient for plain fx", []fx.Option{
		di.Transient(func() Store { return nil }), fx.Provide(NewCache), fx.Invoke(func(struct {
			fx.In
			S Store `optional:"true"`
		},
		) {
		}),
	}, &di.LifetimeError{}},
	{"group with a scoped member for plain fx", []fx.Option{
		di.Scoped(member("m"), di.Group("names")),
		fx.Invoke(fx.Annotate(func([]string) {}, fx.ParamTags(`group:"names"`))),
	}, &di.LifetimeError{}},
	{"scoped decorated by plain fx", []fx.Option{
		di.Scoped(func() Store { return nil }), fx.Module("m", fx.Decorate(func(s Store) Store { return s })),
	}, &di.LifetimeError{}},
}

// DI-112, DI-113, DI-114, DI-115, DI-118.
var cycles = []wiring{
	{"cycle of one", []fx.Option{di.Scoped(func(c *Clock) *Clock { return c })}, &di.CycleError{}},
	{"cycle of two", []fx.Option{
		di.Singleton(NewMailer), di.Singleton(func(*Mailer) *Renderer { return nil }), hosting.Run(func(context.Context, *Mailer) {}),
	}, &di.CycleError{}},
	{"cycle through an interface", []fx.Option{
		di.Scoped(NewMailer), di.Transient(NewRenderer), di.Scoped(func(*Mailer) *OrderRepo { return nil }, di.As[Store]()),
	}, &di.CycleError{}},
	{"cycle through a decorator", []fx.Option{
		di.Scoped(func() Store { return nil }), di.Decorate(Traced), di.Scoped(func(Store) *Clock { return nil }),
	}, &di.CycleError{}},
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

var nothings = []wiring{
	{"replace of nothing", []fx.Option{
		di.Replace(&Clock{}), di.ReplaceFunc(NewMailer), di.Replace[Store](nil, di.Name("main")), di.Singleton(func() Store { return nil }),
	}, &di.ReplaceError{}},
	{"decorate of nothing", []fx.Option{
		di.Decorate(Traced), di.Decorate(func(s string) string { return s }, di.Group("names")), di.Singleton(NewClock),
	}, &di.ReplaceError{}},
}

var signatures = []wiring{
	{"constructors that cannot be used", []fx.Option{
		di.Singleton("text"),
		di.Singleton(nil),
		di.Scoped((func() *DB)(nil)),
		di.Scoped(func() {}),
		di.Scoped(func() error { return nil }),
		di.Scoped(func() (error, error) { return nil, nil }),
		di.Scoped(func() context.Context { return nil }),
		di.Scoped(func() (a struct {
			fx.Out
			hidden *DB
		},
		) {
			return a
		}),
		di.Scoped(func(struct {
			fx.In
			hidden *DB
		},
		) *DB {
			return nil
		}),
		di.Scoped(func(struct {
			fx.In
			DB *DB `optional:"perhaps"`
		},
		) *DB {
			return nil
		}),
		di.Scoped(func(struct {
			fx.In
			DB *DB `group:"dbs"`
		},
		) *DB {
			return nil
		}),
	}, &di.SignatureError{}},
	{"types and values that cannot be provided", []fx.Option{
		di.Scoped(func() *scopes.Scope { return nil }),
		di.Singleton(func() *scopes.Factory { return nil }),
		di.Transient(func() scopes.Next { return nil }),
		di.Scoped(func() (l di.Lazy[*DB]) { return l }),
		di.Singleton(fx.Annotate(NewClock)),
		di.Singleton(di.Scoped(NewClock)),
		di.Singleton(NewClock, di.Group("one,flatten")),
		di.Replace[Store](nil), di.Singleton(func() Store { return nil }),
	}, &di.SignatureError{}},
	{"options that do not fit", []fx.Option{
		di.Scoped(NewClock, di.As[Store]()),
		di.Scoped(NewClock, di.As[Mailer]()),
		di.Scoped(NewClock, di.Close()),
		di.Scoped(NewClock, di.Name("n"), di.Group("g")),
		di.Scoped(func() (*Clock, *Mailer) { return nil, nil }, di.As[io.Reader]()),
		di.Scoped(func() (*Clock, *Mailer) { return nil, nil }, di.Name("n")),
		di.Decorate(func(*Clock) {}),
		di.Decorate(func(*Clock) (*Clock, *Mailer) { return nil, nil }),
		di.ReplaceFunc(func() {}),
	}, &di.SignatureError{}},
	{"units that cannot be used", []fx.Option{
		scopes.Bind[int](func() {}),
		scopes.Bind[func(context.Context) error](func() {}),
		scopes.Bind[returnsNothing](func() {}),
		scopes.Bind[variadic](func() {}),
		scopes.Bind[twice](func() {}),
		scopes.Bind[returnsClock](func() {}),
		scopes.Bind[returnsClock](func() *Mailer { return nil }),
		scopes.Bind[HandleOrder](func() func() { return nil }),
		scopes.Bind[HandleOrder]("text"),
		scopes.Bind[HandleOrder](scopes.Around(func() {}, func() {})),
		scopes.Bind[HandleOrder](scopes.Around(func() {}, func(context.Context, scopes.Next) {})),
		lifecycle.OnStart(func() (*DB, func()) { return nil, nil }),
		hosting.Run(func() {}),
		hosting.Loop(func() {}),
		hosting.Service(func() *DB { return nil }),
		hosting.Service(func() (*service, *DB) { return nil, nil }),
		hosting.Host[*Clock](), di.Singleton(NewClock),
		hosting.Every(0, func(context.Context) {}),
		hosting.Every(time.Minute, func() {}, hosting.With(func() {})),
	}, &di.SignatureError{}},
}

type (
	returnsNothing func(context.Context)
	variadic       func(context.Context, ...int) error
	twice          func(context.Context, Order, Order) error
	returnsClock   func(context.Context) (*Clock, error)
)

func TestAllWiringProblemsAreReportedTogether(t *testing.T) {
	var opts []fx.Option
	want := 0
	for _, w := range []wiring{missing[0], captives[8], cycles[8], nothings[1], signatures[0], duplicates[0]} {
		opts = append(opts, fx.Module("m", w.opts...))
		want++
	}
	err := refused(t, append(opts, canary(t))...)
	for _, kind := range []error{
		&di.MissingError{}, &di.LifetimeError{}, &di.CycleError{}, &di.ReplaceError{}, &di.SignatureError{}, &di.DuplicateError{},
	} {
		if !holds(err, kind) {
			t.Errorf("no %T among them", kind)
		}
	}
	if len(err.Problems) < want {
		t.Errorf("got %d problems", len(err.Problems))
	}
}
