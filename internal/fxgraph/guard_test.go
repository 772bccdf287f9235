package fxgraph_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/scopes"
)

// Modules of versions of fx that there are not.
type (
	typed   []any // options, of another type
	bagged  struct{ fx.Option }
	unnamed struct {
		fx.Option
		options []fx.Option
	}
	retyped struct {
		fx.Option
		name    string
		options typed
	}
	reordered struct { // something else is where the options are looked for
		fx.Option
		name              string
		children, options []fx.Option
	}
	relabelled struct { // something else is where the name is looked for
		fx.Option
		path, name string
		options    []fx.Option
	}
	wrapped struct {
		fx.Option
		name    string
		options []fx.Option
	}
)

type layout struct {
	module  func(name string, opts ...fx.Option) fx.Option
	targets string // the field with the functions of an fx.Provide and its like
}

// unreadable are layouts with which what is in a module cannot be seen.
var unreadable = map[string]layout{
	"the field of a module is not set":     {func(name string, _ ...fx.Option) fx.Option { return fx.Module(name) }, "Targets"},
	"a module is a group":                  {func(_ string, opts ...fx.Option) fx.Option { return fx.Options(opts...) }, "Targets"},
	"a module has no field of either kind": {func(string, ...fx.Option) fx.Option { return bagged{} }, "Targets"},
	"a module is a pointer":                {func(string, ...fx.Option) fx.Option { return &bagged{} }, "Targets"},
	"a module has no name":                 {func(_ string, opts ...fx.Option) fx.Option { return unnamed{nil, opts} }, "Targets"},
	"a module has another name first":      {func(name string, opts ...fx.Option) fx.Option { return relabelled{nil, "/", name, opts} }, "Targets"},
	"the options of a module have a type":  {func(name string, _ ...fx.Option) fx.Option { return retyped{nil, name, nil} }, "Targets"},
	"a module has other options first":     {func(name string, opts ...fx.Option) fx.Option { return reordered{nil, name, nil, opts} }, "Targets"},
	"the options of a module are inside one": {func(name string, opts ...fx.Option) fx.Option {
		return wrapped{nil, name, []fx.Option{fx.Module("", opts...)}}
	}, "Targets"},
	"functions are elsewhere as well": {func(name string, _ ...fx.Option) fx.Option { return fx.Module(name) }, "Functions"},
}

// readable are layouts with which what is in a module is seen, and perhaps functions are not.
var readable = map[string]layout{
	"this fx's own":                         {fx.Module, "Targets"},
	"an option has its functions elsewhere": {fx.Module, "Functions"},
	"their field has another type":          {fx.Module, "Stack"},
}

// layouts are all of them.
func layouts() map[string]layout {
	all := maps.Clone(unreadable)
	maps.Copy(all, readable)
	return all
}

func compileWith(l layout, opts ...fx.Option) (*supervise.Engine, error) {
	e := supervise.New(nil)
	g, err := fxgraph.CompileWith(opts, fxgraph.Config{Engine: e}, l.module, l.targets)
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
	for name, layout := range layouts() {
		t.Run(name, func(t *testing.T) {
			var r run
			var got *conf
			e, err := compileWith(layout,
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

func TestWithAnUnknownLayoutPlainOptionsAtTheRootStillWork(t *testing.T) {
	for name, layout := range layouts() {
		t.Run(name, func(t *testing.T) {
			var got *server
			var j journal
			e, err := compileWith(layout,
				fx.Provide(func() *conf { return &conf{"c"} }),
				fx.Supply(fx.Annotated{Name: "n", Target: "supplied"}),
				di.Singleton(func(c *conf) *clock { return &clock{c} }),
				fx.Provide(func(k *clock) *server { return &server{k} }),
				fx.Decorate(func(k *clock) *clock { return &clock{&conf{k.conf.name + "!"}} }),
				fx.Replace(fx.Annotate("replaced", fx.ResultTags(`name:"n"`))),
				fx.Invoke(fx.Annotate(func(s string) { j.note("%s", s) }, fx.ParamTags(`name:"n"`))),
				fx.Invoke(func(l fx.Lifecycle) { l.Append(fx.StartHook(func() { j.note("started") })) }),
				fx.Populate(&got),
			)
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if err := e.Start(context.Background()); err != nil {
				t.Error(err)
			}
			if got == nil || got.clock.conf.name != "c!" || j.String() != `["replaced" "started"]` {
				t.Errorf("got %v and %v", got, j)
			}
			if err := e.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWithAnUnknownLayoutAnOptionInAModuleNamesItsPlace(t *testing.T) {
	for name, layout := range unreadable {
		t.Run(name, func(t *testing.T) {
			_, err := compileWith(layout, fx.Module("m", di.Scoped(func() *server { return nil })))
			if err == nil || !strings.Contains(err.Error(), "guard_test.go:") {
				t.Fatalf("got %v", err)
			}
			if want := "fx.Module"; !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want it to say %q", err, want)
			}
		})
	}
}

func TestWithFunctionsElsewhereOursWorkInAModule(t *testing.T) {
	for name, layout := range readable {
		t.Run(name, func(t *testing.T) {
			var r run
			var got *conf
			e, err := compileWith(layout,
				fx.Module("m", di.Scoped(func(c *conf) *server { return &server{&clock{c}} }), fx.Supply(&conf{"c"})),
				scopes.Bind[run](func(s *server) { got = s.clock.conf }),
				fx.Populate(&r),
			)
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if err := errors.Join(r(context.Background()), e.Stop(context.Background())); err != nil {
				t.Error(err)
			}
			if got == nil || got.name != "c" {
				t.Errorf("got %v", got)
			}
		})
	}
}
