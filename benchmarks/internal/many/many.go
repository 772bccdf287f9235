// Package many starts applications of a thousand providers. Service i takes the services i-1 and i/2.
package many

import (
	"context"
	"errors"
	"slices"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/lifecycle"
)

//go:generate go run gen.go

// Fx constructs the thousand services in plain fx, each in an fx.Provide of its own.
func Fx() error {
	opts := make([]fx.Option, 0, len(singletons)+2)
	for _, constructor := range singletons {
		opts = append(opts, fx.Provide(constructor))
	}
	var l last
	opts = append(opts, fx.NopLogger, fx.Populate(&l))
	return errors.Join(fx.New(opts...).Err(), built(l))
}

// Singletons constructs them as singletons.
func Singletons() error {
	opts := make([]fx.Option, 0, len(singletons)+3)
	for _, constructor := range singletons {
		opts = append(opts, di.Singleton(constructor))
	}
	var l last
	return errors.Join(constructed(append(opts, fx.Populate(&l))...), built(l))
}

// Plain hands the options of Fx to app.New: an application of plain fx that moves to Berth.
func Plain() error {
	opts := make([]fx.Option, 0, len(singletons)+3)
	for _, constructor := range singletons {
		opts = append(opts, fx.Provide(constructor))
	}
	var l last
	return errors.Join(constructed(append(opts, fx.Populate(&l))...), built(l))
}

// Scoped makes an application of a thousand scoped services and a hundred bound units that reach ten each.
func Scoped() error {
	var w works
	if err := constructed(fx.Options(Unrelated(len(scoped))...), fx.Options(bound()...), fx.Populate(&w)); err != nil {
		return err
	}
	if w.W99 == nil {
		return errors.New("the last bound function was not provided")
	}
	return nil
}

// modules is how many modules FxModules and Modules have.
const modules = 100

// FxModules spreads the thousand services over modules of plain fx, each with something that is invoked.
func FxModules() error {
	var l last
	opts := []fx.Option{fx.NopLogger, fx.Populate(&l)}
	for m := range slices.Chunk(singletons, len(singletons)/modules) {
		opts = append(opts, fx.Module("module", fx.Provide(m...), fx.Invoke(func(*S0) {})))
	}
	return errors.Join(fx.New(opts...).Err(), built(l))
}

// Modules spreads them over modules with a unit each.
func Modules() error {
	var l last
	opts := []fx.Option{fx.Populate(&l)}
	for m := range slices.Chunk(singletons, len(singletons)/modules) {
		parts := []fx.Option{lifecycle.OnStart(func(*S0) {})}
		for _, constructor := range m {
			parts = append(parts, di.Singleton(constructor))
		}
		opts = append(opts, fx.Module("module", parts...))
	}
	return errors.Join(constructed(opts...), built(l))
}

// Unrelated declares n scoped services.
func Unrelated(n int) []fx.Option {
	opts := make([]fx.Option, 0, n)
	for _, constructor := range scoped[:n] {
		opts = append(opts, di.Scoped(constructor))
	}
	return opts
}

// Quiet keeps the log of an application empty.
func Quiet() fx.Option { return app.Logger(zap.NewNop) }

// constructed makes an application and releases it.
func constructed(opts ...fx.Option) error {
	a := app.New(append(opts, fx.NopLogger, Quiet())...)
	return errors.Join(a.Err(), a.Stop(context.Background()))
}

func built(l last) error {
	if l == nil {
		return errors.New("the last service was not built")
	}
	return nil
}
