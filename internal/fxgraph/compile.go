// Package fxgraph reads a tree of fx options and emits the rewritten one. It is the only package that
// knows how fx and dig are built.
package fxgraph

import (
	"sync/atomic"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// Config is what the application adds to a graph.
type Config struct {
	Engine *supervise.Engine
	// Adapt changes values for those who take them (a *zap.Logger), by type.
	Adapt decl.Adapters
	// Builtins are what the application provides itself, declared at the root.
	Builtins []fx.Option
	// CheckOnly reads and checks, but prepares and emits nothing.
	CheckOnly bool
	// Outer, where set, is given fx's own Lifecycle and Shutdowner when fx constructs them: for app.Module,
	// where fx starts and stops the application.
	Outer func(own any)
}

// A Graph is a checked application, ready for fx.
type Graph struct {
	Options  []fx.Option    // for fx.New
	Settings []decl.Setting // in order of declaration, also those in modules

	// StartTimeout and StopTimeout are those of fx.StartTimeout and fx.StopTimeout, or 0.
	StartTimeout, StopTimeout time.Duration

	plan    *plan.Graph
	invoked *funcs.Func // the last Invoke of plain fx that may fail

	// For the loggers of fx's events: what stands behind the stubs that fx is given, and behind the one that was
	// called last; the program's own logger, if it has one; and why the start has failed.
	stubs       stubs
	called      any
	events      atomic.Pointer[Events]
	startFailed atomic.Pointer[error]
}

// Compile reads and checks the options, and emits what fx is to be given in their place. The error is a
// *plan.BuildError that holds everything that is wrong.
func Compile(opts []fx.Option, cfg Config) (*Graph, error) {
	return compile(opts, cfg, fx.Module, targetsField)
}

// compile takes the function that makes a module, and the name of the field with the functions of an option, so that
// a test can fake a layout.
func compile(opts []fx.Option, cfg Config, module func(string, ...fx.Option) fx.Option, targets string) (*Graph, error) {
	g := plan.NewGraph(cfg.Engine)
	g.Adapt = cfg.Adapt
	r := &reader{g: g, targetsField: targets}
	r.modules, r.readable = probe(module)
	fxItself(g)
	root := &tree{mod: g.Root}
	r.options(root, cfg.Builtins)
	r.options(root, opts)

	graph := &Graph{Settings: g.Settings(), StartTimeout: r.startTime, StopTimeout: r.stopTime, plan: g}
	err := g.Check()
	if !cfg.CheckOnly {
		err = g.Prepare(err)
	}
	if err != nil || cfg.CheckOnly {
		return graph, err
	}
	e := newEmitter(graph)
	graph.Options = append(e.hooks(root, cfg), e.tree(root)...)
	graph.Options = append(graph.Options, e.last())
	graph.stubs = e.stubs[root]
	if cfg.Outer == nil {
		cfg.Engine.Listen(event.Source{Kind: "listener", Name: "fx"}, graph.tell)
	}
	return graph, nil
}

// fxItself declares what every fx.New provides.
func fxItself(g *plan.Graph) {
	for _, fn := range []any{
		func() (l fx.Lifecycle) { return l }, func() (s fx.Shutdowner) { return s }, func() (d fx.DotGraph) { return d },
	} {
		if f, err := funcs.Of(fn); err == nil {
			f.Name = "fx.New"
			g.ProvideForeign(g.Root, f, place.Place{}, false)
		}
	}
}
