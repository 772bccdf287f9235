package di_test

import (
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// DI-013, DI-073: no provider is ignored because another one came later.
func TestProvidedTwiceIsRefused(t *testing.T) { refuses(t, duplicates) }

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
