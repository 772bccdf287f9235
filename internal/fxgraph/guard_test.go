package fxgraph_test

import (
	"context"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/scopes"
)

// unreadable makes modules that do not hold their options where they are looked for.
func unreadable(name string, _ ...fx.Option) fx.Option { return fx.Module(name) }

// other makes modules of another type.
func other(name string, opts ...fx.Option) fx.Option { return fx.Options(opts...) }

func compileWith(module func(string, ...fx.Option) fx.Option, opts ...fx.Option) (*supervise.Engine, error) {
	e := supervise.New(nil)
	g, err := fxgraph.CompileWith(opts, fxgraph.Config{Engine: e}, module)
	if err != nil {
		return e, err
	}
	if err := fx.New(fx.Logger(discard{}), fx.NopLogger, fx.Options(g.Options...)).Err(); err != nil {
		return e, g.Failure(err)
	}
	e.Constructed()
	return e, nil
}

func TestWithAnUnknownLayoutModulesOfFxStillWork(t *testing.T) {
	for name, module := range map[string]func(string, ...fx.Option) fx.Option{"fields": unreadable, "type": other} {
		t.Run(name, func(t *testing.T) {
			var r run
			var got *conf
			e, err := compileWith(module,
				fx.Module("theirs",
					fx.Supply(&conf{"theirs"}),
					fx.Provide(fx.Annotate(func() string { return "member" }, fx.ResultTags(`group:"g"`))),
					fx.Invoke(func(k *clock) { got = k.conf }),
				),
				fx.Options(di.Singleton(func(c *conf) *clock { return &clock{c} })),
				di.Scoped(func(k *clock) *server { return &server{k} }),
				di.Singleton(func() string { return "ours" }, di.Group("g")),
				scopes.Bind[run](func(s *server, c *conf, p struct {
					fx.In
					G       []string `group:"g"`
					Nothing *orphan  `optional:"true"`
				},
				) {
					if s.clock.conf != c || len(p.G) != 2 || p.Nothing != nil {
						t.Errorf("got %v, %v and %v", s.clock.conf, p.G, p.Nothing)
					}
				}),
				fx.Populate(&r),
			)
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if err := r(context.Background()); err != nil {
				t.Error(err)
			}
			if got == nil || got.name != "theirs" {
				t.Errorf("got %v", got)
			}
			if err := e.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWithAnUnknownLayoutAnOptionInAModuleNamesItsPlace(t *testing.T) {
	for name, module := range map[string]func(string, ...fx.Option) fx.Option{"fields": unreadable, "type": other} {
		t.Run(name, func(t *testing.T) {
			_, err := compileWith(module, fx.Module("m", di.Scoped(func() *server { return nil })))
			if err == nil || !strings.Contains(err.Error(), "guard_test.go:") {
				t.Fatalf("got %v", err)
			}
			if want := "fx.Module"; !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want it to say %q", err, want)
			}
		})
	}
}
