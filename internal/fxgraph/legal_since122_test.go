//go:build !before_fx122

package fxgraph_test

import (
	"fmt"
	"slices"
	"strings"

	"go.uber.org/fx"
)

// legalSince122 are programs of what is new in fx 1.22: fx.Self, and values that are supplied privately. And fx 1.20 refuses
// one constructor in several modules: a fault of its dig.
var legalSince122 = []legal{
	{"an interface beside the type itself", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(fx.Annotate(func() *conf { return &conf{"a"} }, fx.As(new(fmt.Stringer)), fx.As(fx.Self()))),
			fx.Invoke(func(s fmt.Stringer, c *conf) { j.note("%v %v", s, c) }),
		}
	}},
	{"values supplied privately", func(j *journal) []fx.Option {
		module := func(name string) fx.Option {
			return fx.Module(name, fx.Supply(fx.Private, &conf{name}), fx.Supply(name, fx.Private),
				fx.Invoke(func(c *conf, s string) { j.note("%v %s", c, s) }))
		}
		return []fx.Option{
			fx.Supply(&conf{"public"}),
			module("a"), module("b"), fx.Module("c", module("d"), fx.Supply(&conf{"c"}, fx.Private), fx.Invoke(func(c *conf) { j.note("%v", c) })),
			fx.Invoke(func(c *conf) { j.note("%v", c) }),
		}
	}},
	{"one constructor in several modules", func(j *journal) []fx.Option {
		module := func(name, value string) fx.Option {
			return fx.Module(name, fx.Provide(fx.Private, func() string { return value }), fx.Provide(fx.Private, newBox[string]),
				fx.Provide(fx.Annotate(func(b *box[string]) *box[string] { return b }, fx.ResultTags(`group:"boxes"`))))
		}
		return []fx.Option{module("a", "1"), module("b", "2"), fx.Invoke(fx.Annotate(func(all []*box[string]) {
			slices.SortFunc(all, func(a, b *box[string]) int { return strings.Compare(a.v, b.v) })
			j.note("%v %v", all[0].v, all[1].v)
		}, fx.ParamTags(`group:"boxes"`)))}
	}},
}
