package di_test

import (
	"context"
	"io"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// DI-022: what can never be built is refused before anything is.
func TestUnusableFunctionsAreRefused(t *testing.T) { refuses(t, signatures) }

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
	{"structs of parameters and results out of place", []fx.Option{
		di.Singleton(func(*params) *DB { return nil }),
		di.Scoped(func(results) *DB { return nil }),
		di.Transient(func() params { panic("called") }),
		di.Scoped(func() *params { return nil }),
		di.Scoped(func() (*results, error) { return nil, nil }),
		di.Decorate(func(*DB, *params) *DB { return nil }),
		hosting.Run(func(context.Context, *params) {}),
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
