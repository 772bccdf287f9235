package fxgraph_test

import (
	"fmt"
	"slices"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
)

// legalModules are programs of plain fx with modules, private providers, decorators and replacements.
var legalModules = []legal{
	{"an unreached decorator of nothing", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Decorate(func(c *conf) *conf { return c }),
			fx.Replace(&clock{}),
			fx.Invoke(func() { j.note("invoked") }),
		}
	}},
	{"one type private in several modules", func(j *journal) []fx.Option {
		module := func(name string) fx.Option {
			return fx.Module(name,
				fx.Provide(func() *conf { return &conf{name} }, fx.Private),
				fx.Invoke(func(c *conf) { j.note("%v", c) }),
			)
		}
		return []fx.Option{module("a"), module("b"), fx.Module("c", module("d"), fx.Provide(func() *conf { return &conf{"c"} }, fx.Private), fx.Invoke(func(c *conf) { j.note("%v", c) }))}
	}},
	{"a private provider that hides a public one", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Supply(&conf{"public"}),
			fx.Module("m", fx.Provide(func() *conf { return &conf{"private"} }, fx.Private), fx.Invoke(func(c *conf) { j.note("%v", c) }),
				fx.Module("n", fx.Invoke(func(c *conf) { j.note("%v", c) }))),
			fx.Invoke(func(c *conf) { j.note("%v", c) }),
		}
	}},
	{"decorators in modules, one inside another", func(j *journal) []fx.Option {
		tag := func(s string) fx.Option {
			return fx.Decorate(func(c *conf) *conf { return &conf{c.name + s} })
		}
		return []fx.Option{
			fx.Supply(&conf{"c"}),
			fx.Provide(func(c *conf) *clock { return &clock{c} }),
			tag("+root"),
			fx.Module("m", tag("+m"), fx.Invoke(func(c *conf, k *clock) { j.note("%v %v", c, k.conf) }),
				fx.Module("n", tag("+n"), fx.Invoke(func(c *conf) { j.note("%v", c) }))),
			fx.Module("other", fx.Invoke(func(c *conf) { j.note("%v", c) })),
		}
	}},
	{"a decorator with dependencies and results", func(j *journal) []fx.Option {
		type in struct {
			fx.In
			C *conf
			S string `name:"suffix" optional:"true"`
			N int
		}
		type out struct {
			fx.Out
			C *conf
			N int
		}
		return []fx.Option{
			fx.Supply(&conf{"c"}, 2),
			fx.Decorate(func(p in) (out, error) { return out{C: &conf{p.C.name + p.S + "!"}, N: p.N + 1}, nil }),
			fx.Invoke(func(c *conf, n int) { j.note("%v %d", c, n) }),
		}
	}},
	{"a decorated group", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(fx.Annotate(func() int { return 1 }, fx.ResultTags(`group:"g"`))),
			fx.Provide(fx.Annotate(func() int { return 2 }, fx.ResultTags(`group:"g"`))),
			fx.Decorate(fx.Annotate(func(g []int) []int { slices.Sort(g); return append(g, 3) }, fx.ParamTags(`group:"g"`), fx.ResultTags(`group:"g"`))),
			fx.Invoke(fx.Annotate(func(g []int) { j.note("%v", g) }, fx.ParamTags(`group:"g"`))),
		}
	}},
	{"replacements in a module and at the root", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(func() *conf { j.note("not called"); return nil }),
			fx.Replace(&conf{"root"}),
			fx.Module("m", fx.Replace(&conf{"m"}), fx.Invoke(func(c *conf) { j.note("%v", c) })),
			fx.Invoke(func(c *conf) { j.note("%v", c) }),
		}
	}},
	{"a replacement annotated with name and interface", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(fx.Annotate(func() *conf { return &conf{"real"} }, fx.As(new(fmt.Stringer)), fx.ResultTags(`name:"n"`))),
			fx.Replace(fx.Annotate(&conf{"fake"}, fx.As(new(fmt.Stringer)), fx.ResultTags(`name:"n"`))),
			fx.Invoke(fx.Annotate(func(s fmt.Stringer) { j.note("%v", s) }, fx.ParamTags(`name:"n"`))),
		}
	}},
	{"a lifecycle decorated in a module and at the root", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Decorate(func(l fx.Lifecycle) fx.Lifecycle { return &noting{l, j, "root"} }),
			fx.Module("m", fx.Decorate(func(l fx.Lifecycle) fx.Lifecycle { return &noting{l, j, "m"} }),
				fx.Invoke(func(l fx.Lifecycle) { l.Append(fx.StartHook(func() { j.note("start m") })) })),
			fx.Invoke(func(l fx.Lifecycle) { l.Append(fx.StartHook(func() { j.note("start root") })) }),
		}
	}},
	{"invokes before what they need, modules first", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Invoke(func(c *conf) error { j.note("root %v", c); return nil }, func() { j.note("second") }),
			fx.Module("m", fx.Invoke(func(c *conf) { j.note("m %v", c) }), fx.Module("n", fx.Invoke(func(...int) { j.note("n") }))),
			fx.Options(fx.Options(), fx.Options(fx.Supply(&conf{"c"}))),
			fx.Module("m"), // a name may stand twice
		}
	}},
	{"loggers of fx, in a module too", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Supply(&conf{"c"}),
			fx.WithLogger(func(c *conf) fxevent.Logger { j.note("logger %v", c); return fxevent.NopLogger }),
			fx.Module("m", fx.WithLogger(func(c *conf) fxevent.Logger { j.note("logger in m"); return fxevent.NopLogger }),
				fx.Invoke(func() { j.note("m") })),
		}
	}},
	{"a private decorator below a private provider", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Module("m",
				fx.Provide(func() *conf { return &conf{"c"} }, fx.Private),
				fx.Decorate(func(c *conf) *conf { return &conf{c.name + "!"} }),
				fx.Provide(func(c *conf) *clock { return &clock{c} }),
				fx.Provide(fx.Annotate(func(c *conf) *conf { return c }, fx.ResultTags(`name:"out"`))),
			),
			fx.Invoke(fx.Annotate(func(k *clock, c *conf) { j.note("%v %v", k.conf, c) }, fx.ParamTags(``, `name:"out"`))),
		}
	}},
	{"private members of a group", func(j *journal) []fx.Option {
		note := fx.Invoke(fx.Annotate(func(g []int) { slices.Sort(g); j.note("%v", g) }, fx.ParamTags(`group:"g"`)))
		return []fx.Option{
			fx.Provide(fx.Annotated{Group: "g", Target: func() int { return 1 }}),
			fx.Module("m", fx.Provide(fx.Annotated{Group: "g", Target: func() int { return 2 }}, fx.Private), note),
			note,
		}
	}},
	{"a decorator of a type that its own dependency needs", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Supply(&conf{"c"}),
			fx.Provide(func(c *conf) *clock { return &clock{c} }),
			fx.Decorate(func(c *conf, k *clock) *conf { return &conf{k.conf.name + "+" + c.name} }),
			fx.Invoke(func(c *conf) { j.note("%v", c) }),
		}
	}},
	{"a replacement whose original lacks something", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(func(*server) *conf { return nil }, func(c *conf) *clock { return &clock{c} }),
			fx.Replace(&conf{"fake"}),
			fx.Invoke(func(k *clock) { j.note("%v", k.conf) }),
		}
	}},
	{"a decorator of a public type in the module that provides it", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Module("m", fx.Supply(&conf{"c"}), fx.Decorate(func(c *conf) *conf { return &conf{c.name + "!"} }),
				fx.Provide(func(c *conf) *clock { return &clock{c} })),
			fx.Invoke(func(c *conf, k *clock) { j.note("%v %v", c, k.conf) }),
		}
	}},
}

type noting struct {
	fx.Lifecycle
	j    *journal
	name string
}

func (n *noting) Append(h fx.Hook) {
	n.j.note("append by %s", n.name)
	n.Lifecycle.Append(h)
}
