package di_test

import (
	"context"
	"errors"
	"fmt"
	html "html/template"
	"strings"
	"testing"
	tmpl "text/template"
	"time"

	"go.uber.org/fx"

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

func TestMissingIsRefused(t *testing.T) { refuses(t, missing) }

func TestGivenElsewhereIsRefused(t *testing.T) { refuses(t, given) }

func TestActingOnNothingIsRefused(t *testing.T) { refuses(t, nothings) }

// refuses compares what is said about each wiring with its golden file. Nothing may be constructed.
func refuses(t *testing.T, wirings []wiring) {
	t.Helper()
	for _, tt := range wirings {
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

var nothings = []wiring{
	{"replace of nothing", []fx.Option{
		di.Replace(&Clock{}), di.ReplaceFunc(NewMailer), di.Replace[Store](nil, di.Name("main")), di.Singleton(func() Store { return nil }),
	}, &di.ReplaceError{}},
	{"decorate of nothing", []fx.Option{
		di.Decorate(Traced), di.Decorate(func(s string) string { return s }, di.Group("names")), di.Singleton(NewClock),
	}, &di.ReplaceError{}},
}

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
