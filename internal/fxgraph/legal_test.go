package fxgraph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/dig"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

type (
	conf       struct{ name string }
	clock      struct{ conf *conf }
	server     struct{ clock *clock }
	orphan     struct{}
	names      []string
	greet      func() string
	box[T any] struct{ v T }

	run func(context.Context) error
)

func (c *conf) String() string { return c.name }

func newBox[T any](v T) *box[T] { return &box[T]{v} }

// legal are programs of plain fx, odd ones too. Each notes what it got.
var legal = []struct {
	name    string
	program func(j *journal) []fx.Option
}{
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
	{"an unreached decorator of nothing", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Decorate(func(c *conf) *conf { return c }),
			fx.Replace(&clock{}),
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
	{"one type private in several modules", func(j *journal) []fx.Option {
		module := func(name string) fx.Option {
			return fx.Module(name,
				fx.Provide(func() *conf { return &conf{name} }, fx.Private),
				fx.Invoke(func(c *conf) { j.note("%v", c) }),
			)
		}
		return []fx.Option{module("a"), module("b"), fx.Module("c", module("d"), fx.Supply(&conf{"c"}, fx.Private), fx.Invoke(func(c *conf) { j.note("%v", c) }))}
	}},
	{"a private provider that hides a public one", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Supply(&conf{"public"}),
			fx.Module("m", fx.Supply(&conf{"private"}, fx.Private), fx.Invoke(func(c *conf) { j.note("%v", c) }),
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
				fx.Annotate(func() *conf { return &conf{"a"} }, fx.As(new(fmt.Stringer)), fx.As(fx.Self())),
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
	{"a lifecycle decorated in a module and at the root", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Decorate(func(l fx.Lifecycle) fx.Lifecycle { return &noting{l, j, "root"} }),
			fx.Module("m", fx.Decorate(func(l fx.Lifecycle) fx.Lifecycle { return &noting{l, j, "m"} }),
				fx.Invoke(func(l fx.Lifecycle) { l.Append(fx.StartHook(func() { j.note("start m") })) })),
			fx.Invoke(func(l fx.Lifecycle) { l.Append(fx.StartHook(func() { j.note("start root") })) }),
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
	{"invokes before what they need, modules first", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Invoke(func(c *conf) error { j.note("root %v", c); return nil }, func() { j.note("second") }),
			fx.Module("m", fx.Invoke(func(c *conf) { j.note("m %v", c) }), fx.Module("n", fx.Invoke(func(...int) { j.note("n") }))),
			fx.Options(fx.Options(), fx.Options(fx.Supply(&conf{"c"}))),
			fx.Module("m"), // a name may stand twice
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
	{"loggers of fx, in a module too", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Supply(&conf{"c"}),
			fx.WithLogger(func(c *conf) fxevent.Logger { j.note("logger %v", c); return fxevent.NopLogger }),
			fx.Module("m", fx.WithLogger(func(c *conf) fxevent.Logger { j.note("logger in m"); return fxevent.NopLogger }),
				fx.Invoke(func() { j.note("m") })),
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
	{"a private decorator below a private provider", func(j *journal) []fx.Option {
		return []fx.Option{
			fx.Module("m",
				fx.Supply(&conf{"c"}, fx.Private),
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
	{"one constructor in several modules", func(j *journal) []fx.Option {
		module := func(name, value string) fx.Option {
			return fx.Module(name, fx.Supply(fx.Private, value), fx.Provide(fx.Private, newBox[string]),
				fx.Provide(fx.Annotate(func(b *box[string]) *box[string] { return b }, fx.ResultTags(`group:"boxes"`))))
		}
		return []fx.Option{module("a", "1"), module("b", "2"), fx.Invoke(fx.Annotate(func(all []*box[string]) {
			slices.SortFunc(all, func(a, b *box[string]) int { return strings.Compare(a.v, b.v) })
			j.note("%v %v", all[0].v, all[1].v)
		}, fx.ParamTags(`group:"boxes"`)))}
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

type noting struct {
	fx.Lifecycle
	j    *journal
	name string
}

func (n *noting) Append(h fx.Hook) {
	n.j.note("append by %s", n.name)
	n.Lifecycle.Append(h)
}

type failing struct{ j *journal }

func (f failing) HandleError(err error) { f.j.note("%v", err) }

func TestWhatFxAcceptsIsAccepted(t *testing.T) {
	type extra struct{ n int }
	type scoped struct{}
	variants := []struct {
		name   string
		module bool
		opts   []fx.Option
	}{
		{"alone", false, nil},
		{"in a module", true, nil},
		{"beside ours", false, []fx.Option{
			di.Singleton(func() *extra { return &extra{1} }),
			di.Scoped(func(*extra, context.Context) *scoped { return &scoped{} }),
			scopes.Bind[run](func(*scoped) {}),
			fx.Invoke(func(*extra, run) {}),
		}},
	}
	for _, tt := range legal {
		for _, v := range variants {
			t.Run(tt.name+"/"+v.name, func(t *testing.T) {
				var want, got journal
				program := func(j *journal) []fx.Option {
					if v.module && tt.name != "other options" { // fx wants those at the root
						return []fx.Option{fx.Module("outer", tt.program(j)...)}
					}
					return tt.program(j)
				}
				plain := fx.New(fx.NopLogger, fx.Options(program(&want)...))
				if err := plain.Err(); err != nil {
					t.Fatalf("plain fx refuses it: %v", err)
				}
				ctx := context.Background()
				if err := errors.Join(plain.Start(ctx), plain.Stop(ctx)); err != nil {
					t.Fatalf("plain fx: %v", err)
				}

				e, err := compile(append(program(&got), v.opts...)...)
				if err != nil {
					t.Fatalf("refused: %+v", err)
				}
				if err := errors.Join(e.Start(ctx), e.Stop(ctx)); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, want) {
					t.Errorf("got %v, plain fx %v", got, want)
				}
			})
		}
	}
}

func TestWhatFxRefusesIsExplained(t *testing.T) {
	t.Run("cycle", func(t *testing.T) {
		_, err := compile(
			fx.Provide(func(*clock) *conf { return nil }, func(*conf) *clock { return nil }),
			fx.Invoke(func() {}), // what makes fx look for cycles
		)
		var cycle *di.CycleError
		if !errors.As(err, &cycle) || len(cycle.Trace) != 2 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("missing", func(t *testing.T) {
		_, err := compile(
			fx.Provide(func(*clock) *conf { return nil }, func(*server) *orphan { return nil }),
			di.Decorate(func(c *conf) *conf { return c }), // so that a helper of ours stands there
			fx.Invoke(func(*conf) {}),
		)
		var missing *di.MissingError
		if !errors.As(err, &missing) || missing.Type != reflect.TypeFor[*clock]() || len(missing.Trace) != 2 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what looks like a cycle to dig", func(t *testing.T) {
		program := []fx.Option{
			fx.Provide(func() *conf { return &conf{"public"} }, func(c *conf) *clock { return &clock{c} }),
			fx.Module("m",
				fx.Provide(func(k *clock) *conf { return k.conf }, fx.Private),
				fx.Invoke(func(*conf) {}),
			),
		}
		if fx.New(fx.Logger(discard{}), fx.NopLogger, fx.Options(program...)).Err() == nil {
			t.Error("fx accepts it: so must we")
		}
		_, err := compile(append(program, di.Decorate(func(k *clock) *clock { return k }))...)
		if err == nil || strings.Contains(err.Error(), "reflect") || !strings.Contains(err.Error(), "give one of the two a name") {
			t.Errorf("got %v", err)
		}
	})
}
