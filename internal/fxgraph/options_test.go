package fxgraph_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/scopes"
)

// theirs is an option of a third party.
type theirs struct {
	fx.Option
	Name string
}

// deep embeds it once more, by pointer.
type deep struct{ *theirs }

func TestOptionsStandWhereverFxOptionsStand(t *testing.T) {
	scoped := di.Scoped(func() *server { return &server{} })
	var call run
	unit := fx.Options(scopes.Bind[run](func(*server) {}), fx.Populate(&call))
	for _, tt := range []struct {
		name string
		opts []fx.Option
	}{
		{"at the root", []fx.Option{scoped, unit}},
		{"in fx.Options", []fx.Option{fx.Options(fx.Options(scoped)), unit}},
		{"in an fx.Module", []fx.Option{fx.Module("m", scoped), unit}},
		{"in modules inside modules", []fx.Option{fx.Module("m", fx.Options(fx.Module("n", scoped, unit)))}},
		{"in a type that embeds fx.Option", []fx.Option{theirs{Option: scoped}, unit}},
		{"in a pointer to one, with a module inside", []fx.Option{&theirs{Option: fx.Module("m", scoped)}, unit}},
		{"in a type that embeds such a type", []fx.Option{deep{&theirs{Option: scoped}}, fx.Options(theirs{Option: unit})}},
		{"beside a nil option", []fx.Option{nil, scoped, unit}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			call = nil
			build(t, tt.opts...)
			if err := call(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Each way in which plain fx declares and asks, with ours on the other side.
func TestOursAndPlainFxSeeEachOther(t *testing.T) {
	type tagged struct {
		fx.In
		Named string `name:"named"`
		Group []int  `group:"g"`
	}
	plain := func(j *journal) fx.Option {
		return fx.Options(
			fx.Supply(&conf{"supplied"}),
			fx.Provide(
				fx.Annotate(func(c *conf) string { return "annotated " + c.name }, fx.ResultTags(`name:"named"`)),
				fx.Annotated{Group: "g", Target: func() int { return 1 }},
				fx.Annotate(func() *conf { return &conf{"as"} }, fx.As(new(fmt.Stringer)),
					fx.OnStart(func() { j.note("start") }), fx.OnStop(func() { j.note("stop") })),
			),
		)
	}
	for _, tt := range []struct {
		name  string
		theme func(j *journal) []fx.Option
		want  string
	}{
		{"ours takes what fx provides, supplies and annotates", func(j *journal) []fx.Option {
			return []fx.Option{plain(j), di.Singleton(func(p tagged, c *conf, s fmt.Stringer) *clock {
				j.note("%s %v %v %v", p.Named, p.Group, c, s)
				return &clock{}
			}), fx.Invoke(func(*clock) {})}
		}, `["annotated supplied [1] supplied as" "start" "stop"]`},
		{"a unit takes what fx provides", func(j *journal) []fx.Option {
			return []fx.Option{
				plain(j), scopes.Bind[run](func(p tagged, s fmt.Stringer) { j.note("%s %v %v", p.Named, p.Group, s) }),
				fx.Invoke(func(l fx.Lifecycle, r run) { l.Append(fx.StartHook(func(ctx context.Context) error { return r(ctx) })) }),
			}
		}, `["start" "annotated supplied [1] as" "stop"]`},
		{"fx takes what ours provides", func(j *journal) []fx.Option {
			var p *conf
			return []fx.Option{
				di.Singleton(func() *conf { return &conf{"ours"} }),
				di.Singleton(func() string { return "n" }, di.Name("named")),
				di.Singleton(func() int { return 2 }, di.Group("g")),
				fx.Provide(func(c *conf, p tagged) *clock { return &clock{&conf{fmt.Sprint(c, p.Named, p.Group)}} }),
				fx.Populate(&p),
				fx.Invoke(func(k *clock) { j.note("%v %v", k.conf, p) }),
				fx.Invoke(fx.Annotate(func(s string) { j.note("%s", s) }, fx.ParamTags(`name:"named"`))),
				fx.WithLogger(func(c *conf) fxevent.Logger { j.note("logger of %v", c); return fxevent.NopLogger }),
			}
		}, `["logger of ours" "oursn[2] ours" "n"]`},
		{"fx.Decorate goes on top of ours", func(j *journal) []fx.Option {
			return []fx.Option{
				di.Singleton(func() *conf { return &conf{"c"} }),
				di.Decorate(func(c *conf) *conf { return &conf{c.name + "+di"} }),
				fx.Decorate(func(c *conf) *conf { return &conf{c.name + "+fx"} }),
				di.Singleton(func(c *conf) *clock { return &clock{c} }),
				fx.Module("m", fx.Decorate(func(c *conf) *conf { return &conf{c.name + "+m"} }),
					scopes.Bind[run](func(c *conf) { j.note("in m %v", c) }),
					fx.Invoke(func(l fx.Lifecycle, r run) {
						l.Append(fx.StartHook(func(ctx context.Context) error { return r(ctx) }))
					})),
				fx.Invoke(func(c *conf, k *clock) { j.note("%v %v", c, k.conf) }),
			}
		}, `["c+di+fx c+di+fx" "in m c+di+fx+m"]`},
		{"fx.Replace of ours reaches into modules", func(j *journal) []fx.Option {
			return []fx.Option{
				fx.Module("m",
					di.Singleton(func() *conf { j.note("not called"); return nil }),
					di.Scoped(func(c *conf) *server { j.note("%v", c); return &server{} }),
					scopes.Bind[run](func(*server) {}),
				),
				fx.Replace(&conf{"fake"}),
				fx.Invoke(func(l fx.Lifecycle, r run) { l.Append(fx.StartHook(func(ctx context.Context) error { return r(ctx) })) }),
			}
		}, `["fake"]`},
		{"fx.Replace of ours that is scoped", func(j *journal) []fx.Option {
			return []fx.Option{
				di.Scoped(func() *server { j.note("not called"); return nil }),
				scopes.Bind[run](func(s *server) { j.note("%v", s.clock.conf) }),
				fx.Replace(&server{&clock{&conf{"fake"}}}, &conf{"of nothing"}),
				fx.Invoke(func(l fx.Lifecycle, r run) { l.Append(fx.StartHook(func(ctx context.Context) error { return r(ctx) })) }),
			}
		}, `["fake"]`},
		{"ours is private by fx.Module, fx's by fx.Private", func(j *journal) []fx.Option {
			module := func(name string) fx.Option {
				return fx.Module(name,
					di.Singleton(func(s string) *conf { return &conf{name + s} }, di.Private()),
					fx.Provide(fx.Private, func() string { return "!" }),
					fx.Provide(func(c *conf) *clock { return &clock{c} }, fx.Private),
					di.Singleton(func(k *clock) *server { return &server{k} }, di.Group("servers")),
				)
			}
			type in struct {
				fx.In
				Servers []*server `group:"servers"`
			}
			return []fx.Option{module("a"), module("b"), di.Singleton(func(p in) *orphan {
				j.note("%v %v", p.Servers[0].clock.conf, p.Servers[1].clock.conf)
				return &orphan{}
			}), fx.Invoke(func(*orphan) {})}
		}, `["a! b!"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var j journal
			e, err := compile(tt.theme(&j)...)
			if err != nil {
				t.Fatalf("%+v", err)
			}
			if err := errors.Join(e.Start(t.Context()), e.Stop(t.Context())); err != nil {
				t.Fatal(err)
			}
			if got := j.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestOptionThatWasNotCompiledNamesItsPlace(t *testing.T) {
	err := fx.New(fx.NopLogger, fx.Module("m", di.Scoped(func() *server { return nil }))).Err()
	if err == nil || !strings.Contains(err.Error(), "options_test.go:") || !strings.Contains(err.Error(), "app.Module") {
		t.Errorf("got %v", err)
	}
}

var sharedModule = fx.Module("shared",
	di.Singleton(func() *conf { return &conf{"shared"} }),
	di.Scoped(func(c *conf) *clock { return &clock{c} }),
	fx.Provide(fx.Annotate(func(c *conf) string { return c.name }, fx.ResultTags(`group:"g"`))),
	di.Decorate(func(c *conf) *conf { return &conf{c.name + "!"} }),
	di.Singleton(func() string { return "ours" }, di.Group("g")),
	fx.Module("inner", di.Transient(func(k *clock) *server { return &server{k} })),
	scopes.Bind[greeting](func(s *server, p struct {
		fx.In
		G []string `group:"g"`
	},
	) (string, error) {
		return s.clock.conf.name + strings.Join(p.G, ","), nil
	}),
)

type greeting func(context.Context) (string, error)

func TestOneModuleServesManyApplicationsAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			var g greeting
			e := supervise.New(nil)
			opts := []fx.Option{sharedModule, fx.Populate(&g)}
			if i%2 == 0 {
				opts = append(opts, di.Replace(&conf{"fake"}))
			}
			graph, err := fxgraph.Compile(opts, fxgraph.Config{Engine: e})
			if err != nil {
				t.Errorf("%+v", err)
				return
			}
			if err := fx.New(fx.NopLogger, fx.Options(graph.Options...)).Err(); err != nil {
				t.Error(err)
				return
			}
			e.Constructed()
			want := []string{"fake!ours,fake!", "shared!ours,shared!"}[i%2]
			if got, err := g(context.Background()); got != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
			if err := e.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestMoreThan128Parameters(t *testing.T) {
	const many = 150
	var opts []fx.Option
	var want []int
	for i := range many {
		want = append(want, i)
		opts = append(opts, di.Singleton(func() int { return i }, di.Group("g")), di.Scoped(func() int { return i }, di.Group("scoped")))
	}
	type in struct {
		fx.In
		G []int `group:"g"`
	}
	var single []int
	var call func(context.Context) error
	opts = append(opts,
		di.Singleton(func(p in) *orphan { single = p.G; return &orphan{} }),
		fx.Invoke(func(*orphan) {}),
		scopes.Bind[run](func(p in, q struct {
			fx.In
			G []int `group:"scoped"`
		},
		) error {
			if !slices.Equal(p.G, want) || !slices.Equal(q.G, want) {
				return fmt.Errorf("got %v and %v", p.G, q.G)
			}
			return nil
		}),
		fx.Invoke(func(r run) { call = r }),
	)
	build(t, opts...)
	if !slices.Equal(single, want) {
		t.Errorf("singleton got %v", single)
	}
	if err := call(context.Background()); err != nil {
		t.Error(err)
	}
}

// manyParams is more than reflection can make a function of.
func manyParams(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, a40, a41, a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, a62, a63, a64, a65, a66, a67, a68, a69, a70, a71, a72, a73, a74, a75, a76, a77, a78, a79, a80, a81, a82, a83, a84, a85, a86, a87, a88, a89, a90, a91, a92, a93, a94, a95, a96, a97, a98, a99, a100, a101, a102, a103, a104, a105, a106, a107, a108, a109, a110, a111, a112, a113, a114, a115, a116, a117, a118, a119, a120, a121, a122, a123, a124, a125, a126, a127, a128, a129 *conf) *clock {
	return &clock{&conf{a0.name + a129.name}}
}

func TestPlainConstructorWithMoreThan128ParametersIsWrapped(t *testing.T) {
	var got *clock
	build(t,
		fx.Supply(&conf{"c"}),
		fx.Provide(manyParams),
		di.Decorate(func(k *clock) *clock { return &clock{&conf{k.conf.name + "!"}} }),
		fx.Populate(&got),
	)
	if got.conf.name != "cc!" {
		t.Errorf("got %v", got.conf)
	}
}

// Helpers of ours stand around plain constructors, and all that is said of these holds.
func TestPlainConstructorsAreWrappedFaithfully(t *testing.T) {
	type params struct {
		fx.In
		Confs []*conf `group:"confs"`
		Named *conf   `name:"n" optional:"true"`
	}
	type results struct {
		fx.Out
		Clock  *clock
		Server *server   `name:"s"`
		All    []*server `group:"servers,flatten"`
	}
	var j journal
	e, err := compile(
		fx.Provide(func(p params, rest ...int) (results, error) {
			j.note("%d %v %d", len(p.Confs), p.Named, len(rest))
			k := &clock{p.Confs[0]}
			return results{Clock: k, Server: &server{k}, All: []*server{{k}, {k}}}, nil
		}),
		fx.Provide(fx.Annotate(newBox[int], fx.OnStart(func(b *box[int]) { j.note("start %d", b.v) }), fx.OnStop(func() { j.note("stop") }))),
		di.Decorate(func(b *box[int]) *box[int] { return &box[int]{b.v + 1} }),
		fx.Provide(fx.Annotated{Group: "confs", Target: func() *conf { return &conf{"c"} }}),
		fx.Supply(3, "real", fx.Annotated{Name: "n", Target: &conf{"supplied"}}),
		di.Decorate(func(k *clock) *clock { return &clock{&conf{k.conf.name + "!"}} }),
		di.Decorate(func(s *server) *server { return &server{&clock{&conf{s.clock.conf.name + "?"}}} }, di.Name("s")),
		di.Replace("fake"),
		di.Singleton(func(p struct {
			fx.In
			Clock   *clock
			Server  *server   `name:"s"`
			Servers []*server `group:"servers"`
			Box     *box[int]
			S       string
		},
		) *orphan {
			j.note("%v %v %d %d %s", p.Clock.conf, p.Server.clock.conf, len(p.Servers), p.Box.v, p.S)
			return &orphan{}
		}),
		fx.Invoke(func(_ *orphan, s string, n int) { j.note("%s %d", s, n) }),
	)
	if err != nil {
		t.Fatalf("%+v", err)
	}
	if err := errors.Join(e.Start(t.Context()), e.Stop(t.Context())); err != nil {
		t.Error(err)
	}
	want := journal{"1 supplied 0", "c! c? 2 4 fake", "fake 3", "start 3", "stop"}
	if !slices.Equal(j, want) {
		t.Errorf("got %v, want %v", j, want)
	}
}
