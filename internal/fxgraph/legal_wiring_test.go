package fxgraph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.uber.org/dig"
	"go.uber.org/fx"
)

// legalWiring are programs of plain fx that provide and ask in all its ways.
var legalWiring = []legal{
	{"an optional dependency that is missing", func(j *journal) []fx.Option {
		type in struct {
			fx.In
			C *conf  `optional:"true"`
			S string `name:"s" optional:"true"`
		}
		return []fx.Option{fx.Invoke(func(p in) { j.note("%v %q", p.C == nil, p.S) })}
	}},
	{"an optional dependency whose own dependency is missing", func(j *journal) []fx.Option {
		type in struct {
			fx.In
			C *clock `optional:"true"`
		}
		return []fx.Option{
			fx.Provide(func(c *conf) *clock { return &clock{c} }),
			fx.Invoke(func(p in) { j.note("%v", p.C == nil) }),
		}
	}},
	{"an unreached provider whose dependency is missing", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(func(*conf) *clock { return nil }),
			fx.Invoke(func() { j.note("invoked") }),
		}
	}},
	{"a soft group", func(j *journal) []fx.Option {
		type out struct {
			fx.Out
			S string `group:"g"`
			N int
		}
		type in struct {
			fx.In
			G []string `group:"g,soft"`
			N int
		}
		return []fx.Option{
			fx.Provide(func() out { return out{S: "with", N: 1} }),
			fx.Provide(fx.Annotate(func() string { j.note("built"); return "alone" }, fx.ResultTags(`group:"g"`))),
			fx.Invoke(func(p in) { j.note("%v %v", p.G, p.N) }),
		}
	}},
	{"a group with flattened members", func(j *journal) []fx.Option {
		type out struct {
			fx.Out
			G []int `group:"g,flatten"`
		}
		return []fx.Option{
			fx.Provide(func() out { return out{G: []int{1, 2}} }),
			fx.Provide(fx.Annotated{Group: "g,flatten", Target: func() []int { return []int{3} }}),
			fx.Provide(fx.Annotate(func() []int { return []int{4} }, fx.ResultTags(`group:"g,flatten"`))),
			fx.Provide(fx.Annotated{Group: "g", Target: func() int { return 5 }}),
			fx.Invoke(fx.Annotate(func(g []int) { slices.Sort(g); j.note("%v", g) }, fx.ParamTags(`group:"g"`))),
		}
	}},
	{"an empty group", func(j *journal) []fx.Option {
		return []fx.Option{fx.Invoke(fx.Annotate(func(g []int) { j.note("%d", len(g)) }, fx.ParamTags(`group:"g"`)))}
	}},
	{"a context supplied", func(j *journal) []fx.Option {
		type key struct{}
		ctx := context.WithValue(context.Background(), key{}, "value")
		return []fx.Option{
			fx.Supply(fx.Annotate(ctx, fx.As(new(context.Context)))),
			fx.Provide(func(ctx context.Context) *conf { return &conf{ctx.Value(key{}).(string)} }),
			fx.Invoke(func(ctx context.Context, c *conf) { j.note("%v %v", ctx.Value(key{}), c) }),
		}
	}},
	{"functions as values", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(
				func() (*conf, func()) { return &conf{"c"}, func() { j.note("called") } },
				func() (greet, func() error) { return func() string { return "hi" }, func() error { return io.EOF } },
			),
			fx.Invoke(func(c *conf, f func(), g greet, e func() error) { f(); j.note("%v %s %v", c, g(), e()) }),
		}
	}},
	{"a constructor that returns a nil interface", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(func() fmt.Stringer { return nil }),
			fx.Invoke(func(s fmt.Stringer) { j.note("%v", s == nil) }),
		}
	}},
	{"names, groups and interfaces by annotation", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(
				func() *conf { return &conf{"a"} },
				fx.Annotate(func(c *conf) *conf { return c }, fx.As(new(fmt.Stringer))),
				fx.Annotated{Name: "b", Target: func() *conf { return &conf{"b"} }},
				fx.Annotate(func(c *conf, rest ...int) *clock { j.note("%d rest", len(rest)); return &clock{c} }, fx.ParamTags(`name:"b"`)),
				fx.Annotate(func(s fmt.Stringer) (string, int) { return s.String(), 7 }, fx.ResultTags(`name:"s"`, `group:"n"`), fx.From(new(*conf))),
			),
			fx.Invoke(fx.Annotate(func(s fmt.Stringer, c *clock, n []int, str string) { j.note("%v %v %v %v", s, c.conf, n, str) },
				fx.ParamTags(``, ``, `group:"n"`, `name:"s"`))),
		}
	}},
	{"hooks by annotation and by lifecycle", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(fx.Annotate(func() *conf { return &conf{"c"} },
				fx.OnStart(func(_ context.Context, c *conf) error { j.note("start %v", c); return nil }),
				fx.OnStop(func(c *conf) { j.note("stop %v", c) }),
			)),
			fx.Invoke(func(l fx.Lifecycle, c *conf) {
				l.Append(fx.StartStopHook(func() { j.note("start 2") }, func(context.Context) error { j.note("stop 2"); return nil }))
				l.Append(fx.StopHook(func() { j.note("stop 3") }))
			}),
		}
	}},
	{"result structs with everything", func(j *journal) []fx.Option {
		type nested struct {
			fx.In
			G []string `group:"g"`
		}
		type in struct {
			fx.In
			C      *conf
			Nested nested
			S      string
		}
		type out struct {
			fx.Out
			Inner struct {
				fx.Out
				S string
			}
			C *conf
			G []string `group:"g,flatten"`
			H string   `group:"g"`
		}
		return []fx.Option{
			fx.Provide(func() (out, error) {
				o := out{C: &conf{"c"}, G: []string{"1", "2"}, H: "3"}
				o.Inner.S = "s"
				return o, nil
			}),
			fx.Invoke(func(p in) { slices.Sort(p.Nested.G); j.note("%v %v %s", p.C, p.Nested.G, p.S) }),
		}
	}},
	{"unexported fields that are ignored", func(j *journal) []fx.Option {
		type in struct {
			fx.In `ignore-unexported:"true"`
			C     *conf
			n     int
		}
		return []fx.Option{fx.Supply(&conf{"c"}), fx.Invoke(func(p in) { j.note("%v %d", p.C, p.n) })}
	}},
	{"the structs of dig", func(j *journal) []fx.Option {
		type in struct {
			dig.In
			C *conf `name:"c"`
		}
		type out struct {
			dig.Out
			C *conf `name:"c"`
		}
		return []fx.Option{fx.Provide(func() out { return out{C: &conf{"c"}} }), fx.Invoke(func(p in) { j.note("%v", p.C) })}
	}},
	{"generic constructors and values of odd types", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Supply("s", 3, [2]bool{true, false}, map[string]int{"a": 1}, struct{ X int }{4}, names{"n"}),
			fx.Provide(newBox[string], newBox[int], func() chan<- int { return nil }),
			fx.Invoke(func(s *box[string], n *box[int], a [2]bool, m map[string]int, x struct{ X int }, list names, c chan<- int) {
				j.note("%v %v %v %v %v %v %v", s.v, n.v, a, m, x, list, c == nil)
			}),
		}
	}},
	{"values populated", func(j *journal) []fx.Option {
		var c *conf
		var s string
		return []fx.Option{
			fx.Supply(&conf{"c"}, fx.Annotated{Name: "s", Target: "named"}),
			fx.Populate(&c, fx.Annotate(&s, fx.ParamTags(`name:"s"`))),
			fx.Invoke(func() { j.note("%v %s", c, s) }),
		}
	}},
	{"what fx provides itself", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(func(l fx.Lifecycle, s fx.Shutdowner, g fx.DotGraph) *conf {
				return &conf{fmt.Sprint(l != nil, s != nil)}
			}),
			fx.Invoke(func(c *conf, g fx.DotGraph) { j.note("%v %v", c, strings.HasPrefix(string(g), "digraph")) }),
		}
	}},
	{"other options", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.RecoverFromPanics(),
			fx.ErrorHook(failing{j}),
			fx.StartTimeout(1e12),
			fx.StopTimeout(1e12),
			fx.Invoke(func() { j.note("invoked") }),
		}
	}},
	{"one name and one group of several types", func(j *journal) []fx.Option {
		type out struct {
			fx.Out
			A int    `name:"x"`
			B string `name:"x"`
			C int    `group:"x"`
			D string `group:"x"`
		}
		type in struct {
			fx.In
			A int      `name:"x" optional:"false" json:"a"`
			B string   `name:"x"`
			C []int    `group:"x"`
			D []string `group:"x"`
		}
		return []fx.Option{
			fx.Provide(func() out { return out{A: 1, B: "b", C: 2, D: "d"} }),
			fx.Invoke(func(p in) { j.note("%d %s %v %v", p.A, p.B, p.C, p.D) }),
		}
	}},
	{"empty interfaces and anonymous structs", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(func() any { return "any" }, func(v any) struct{ V any } { return struct{ V any }{v} }),
			fx.Provide(func() []fx.Option { return nil }, func() [0]int { return [0]int{} }),
			fx.Invoke(func(v struct{ V any }, o []fx.Option, a [0]int) { j.note("%v %d %d", v.V, len(o), len(a)) }),
		}
	}},
	{"functions that nobody may call and nobody does", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Decorate(func(*orphan, *server) *orphan { panic("called") }),
			fx.Provide(func(*orphan) *server { panic("called") }),
			fx.Module("m", fx.Provide(func() *orphan { panic("called") }, fx.Private)),
			fx.Invoke(func() { j.note("invoked") }),
		}
	}},
	{"an error of a constructor that nothing needs", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Provide(func() (*orphan, error) { return nil, errors.New("never called") }),
			fx.Invoke(func() { j.note("invoked") }),
		}
	}},
}

type failing struct{ j *journal }

func (f failing) HandleError(err error) { f.j.note("%v", err) }
