package fxgraph_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// What FuzzPlan found, as programs that a reader can follow.

type visit func(context.Context, *conf) error

// problems lists the types of what is wrong with options, or nil.
func problems(err error) []string {
	var build *di.BuildError
	if !errors.As(err, &build) {
		return nil
	}
	var all []string
	for _, p := range build.Problems {
		all = append(all, strings.TrimPrefix(reflect.TypeOf(p).String(), "*plan."))
	}
	return all
}

func TestProblemsThatRandomGraphsHadUnseen(t *testing.T) {
	type optionalConf struct {
		fx.In
		C *conf `optional:"true"`
	}
	type named struct {
		fx.In
		C *conf `name:"missing"`
	}
	for _, tt := range []struct {
		name    string
		options []fx.Option
		want    []string
	}{
		{"a decorator of one result needs another result of the constructor", []fx.Option{
			di.Scoped(func() (*conf, *clock) { return nil, nil }),
			di.Decorate(func(c *conf, _ *clock) *conf { return c }),
			scopes.Bind[run](func(*conf) {}),
		}, []string{"CycleError"}},
		{"the same of plain fx", []fx.Option{
			fx.Provide(func() (*conf, *clock) { return nil, nil }),
			di.Decorate(func(c *conf, _ *clock) *conf { return c }),
		}, []string{"CycleError"}},
		{"a circle through what is optional for plain fx", []fx.Option{
			di.Singleton(func(*clock) *conf { return nil }),
			fx.Provide(func(optionalConf) *orphan { return nil }, func(p struct {
				fx.In
				O *orphan `optional:"true"`
			},
			) *clock {
				return nil
			}),
		}, []string{"CycleError"}},
		{"a circle of private constructors of plain fx that ours needs", []fx.Option{
			fx.Module("m", fx.Provide(func(*conf) *conf { return nil }, fx.Private), scopes.Bind[run](func(*conf) {})),
		}, []string{"CycleError"}},
		{"a circle through what a decorator of fx stands for, and needs itself", []fx.Option{
			fx.Module("m",
				fx.Provide(func(run) *conf { return nil }, fx.Private),
				fx.Decorate(func(*clock) *conf { return nil }),
				fx.Decorate(func(c *clock, _ *conf) *clock { return c }),
				di.Decorate(func(r run, _ *conf) run { return r }),
			),
			fx.Provide(func() *clock { return nil }),
			scopes.Bind[run](func() {}),
			fx.Invoke(func(run) {}),
		}, []string{"CycleError"}},
		{"a decorator of what plain fx provides and nothing reaches", []fx.Option{
			fx.Provide(func() *conf { return nil }),
			di.Scoped(func() *server { return nil }),
			di.Decorate(func(c *conf, _ *clock, _ *server) *conf { return c }),
		}, []string{"MissingError", "LifetimeError"}},
		{"a Lazy of what plain fx cannot construct", []fx.Option{
			fx.Provide(func(*clock) *conf { return nil }),
			scopes.Bind[run](func(di.Lazy[*conf]) {}),
		}, []string{"MissingError"}},
		{"a name that is missing where scopes are opened", []fx.Option{
			di.Scoped(func(named) *server { return nil }),
			fx.Invoke(func(*scopes.Factory) {}),
		}, []string{"MissingError"}},
		{"a Lazy in a unit where scopes are opened", []fx.Option{
			di.Scoped(func(*conf) *server { return nil }),
			scopes.Bind[run](func(di.Lazy[*server]) {}),
			fx.Invoke(func(*scopes.Factory) {}),
		}, []string{"MissingError"}},
		{"fx decorates a group, and a module inside has a scoped member of its own", []fx.Option{
			fx.Provide(fx.Annotate(func() *conf { return nil }, fx.ResultTags(`group:"g"`))),
			fx.Decorate(fx.Annotate(func(g []*conf) []*conf { return g }, fx.ParamTags(`group:"g"`), fx.ResultTags(`group:"g"`))),
			fx.Module("m",
				di.Scoped(func() *conf { return nil }, di.Group("g"), di.Private()),
				scopes.Bind[run](func(struct {
					fx.In
					G []*conf `group:"g"`
				}) {
				}),
			),
		}, []string{"LifetimeError"}},
		{"a private provider at the root, where it hides nothing, beside a public one", []fx.Option{
			di.Singleton(func() *conf { return nil }, di.Private()),
			di.Singleton(func() *conf { return nil }),
		}, []string{"DuplicateError"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := compile(tt.options...); !reflect.DeepEqual(problems(err), tt.want) {
				t.Errorf("got %+v, want %v", err, tt.want)
			}
		})
	}
}

func TestSoundGraphsThatRandomGraphsShowedRefused(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options func(j *journal) []fx.Option
		want    string
	}{
		{"a unit lacks something and its function is replaced", func(j *journal) []fx.Option {
			return []fx.Option{
				scopes.Bind[run](func(*conf) {}),
				di.Replace[run](func(context.Context) error { j.note("fake"); return nil }),
				fx.Invoke(func(r run) error { return r(context.Background()) }),
			}
		}, `["fake"]`},
		{"a constructor of plain fx asks for something scoped and is replaced", func(j *journal) []fx.Option {
			return []fx.Option{
				di.Scoped(func() *server { return nil }),
				fx.Provide(func(*server) *conf { return nil }),
				di.Replace(&conf{"fake"}),
				fx.Invoke(func(c *conf) { j.note("%v", c) }),
			}
		}, `["fake"]`},
		{"a default gives way to what is replaced", func(j *journal) []fx.Option {
			return []fx.Option{
				di.Singleton(func() *conf { return nil }),
				di.Singleton(func() *conf { return nil }, di.Default()),
				di.Replace(&conf{"fake"}),
				fx.Invoke(func(c *conf) { j.note("%v", c) }),
			}
		}, `["fake"]`},
		{"a public function is made of the private one that hides it", func(j *journal) []fx.Option {
			return []fx.Option{
				fx.Module("m",
					scopes.Bind[run](func() { j.note("inner") }, di.Private()),
					scopes.Bind[visit](func(ctx context.Context, r run) error { return r(ctx) }, di.Private()),
					scopes.Bind[run](func(ctx context.Context, v visit) error { return v(ctx, nil) }),
				),
				fx.Invoke(func(l fx.Lifecycle, r run) { l.Append(fx.StartHook(func() error { return r(context.Background()) })) }),
			}
		}, `["inner"]`},
		{"fx decorates what a private provider hides", func(j *journal) []fx.Option {
			return []fx.Option{
				di.Singleton(func() *conf { return &conf{"public"} }),
				fx.Decorate(func(c *conf) *conf { return &conf{c.name + "!"} }),
				fx.Module("m",
					di.Singleton(func() *conf { return &conf{"private"} }, di.Private()),
					di.Singleton(func(c *conf) *clock { return &clock{c} }),
				),
				fx.Invoke(func(k *clock, c *conf) { j.note("%v %v", k.conf, c) }),
			}
		}, `["private public!"]`},
		{"fx decorates outside what a private provider hides, for which nobody of fx is left to ask", func(j *journal) []fx.Option {
			type in struct {
				fx.In
				C *conf `optional:"true"`
			}
			return []fx.Option{
				fx.Decorate(func(c *conf) *conf { return &conf{c.name + "!"} }),
				fx.Module("m",
					fx.Provide(func(in) *conf { return nil }, fx.Private),
					di.Replace(&conf{"private"}),
					di.Singleton(func(c *conf) *clock { return &clock{c} }),
				),
				fx.Invoke(func(k *clock) { j.note("%v", k.conf) }),
			}
		}, `["private"]`},
		{"a decorator of plain fx's is given a Lazy, and a group declared before", func(j *journal) []fx.Option {
			return []fx.Option{
				fx.Provide(fx.Annotate(func() string { return "member" }, fx.ResultTags(`group:"g"`))),
				fx.Provide(func() *conf { return &conf{"c"} }, func() *clock { return &clock{} }),
				di.Decorate(func(c *conf, l di.Lazy[*clock], p struct {
					fx.In
					G []string `group:"g"`
				},
				) *conf {
					return &conf{c.name + p.G[0]}
				}),
				fx.Invoke(func(c *conf) { j.note("%v", c) }),
			}
		}, `["cmember"]`},
		{"an optional parameter is given where it is given", func(j *journal) []fx.Option {
			type in struct {
				fx.In
				C *conf `optional:"true"`
			}
			return []fx.Option{
				di.Scoped(func(p in) *server { return &server{&clock{p.C}} }),
				scopes.Bind[visit](func(s *server) { j.note("%v", s.clock.conf) }),
				scopes.Bind[run](func(s *server) { j.note("%v", s.clock.conf == nil) }),
				fx.Invoke(func(l fx.Lifecycle, v visit, r run) {
					l.Append(fx.StartHook(func() error {
						return errors.Join(v(context.Background(), &conf{"given"}), r(context.Background()))
					}))
				}),
			}
		}, `["given" "true"]`},
		{"nothing reaches what has a Lazy of it", func(j *journal) []fx.Option {
			return []fx.Option{
				di.Singleton(func() *conf { j.note("not called"); return nil }),
				di.Singleton(func(di.Lazy[*conf]) *clock { return nil }),
				scopes.Bind[run](func(di.Lazy[*conf]) {}),
			}
		}, `[]`},
		{"fx would call twice what its decorator and the decorated need", func(j *journal) []fx.Option {
			return []fx.Option{
				fx.Provide(func() *conf { return &conf{"c"} }),
				di.Singleton(func(*conf) *clock { j.note("called"); return &clock{} }),
				fx.Decorate(func(c *conf, _ *clock) *conf { return c }),
				fx.Invoke(func(*clock) {}),
			}
		}, `["called"]`},
		{"a Lazy of one result of a transient, and a decorator of the other needs a singleton", func(j *journal) []fx.Option {
			return []fx.Option{
				di.Singleton(func() *server { j.note("not called"); return nil }),
				di.Transient(func() (*conf, *clock) { return nil, nil }),
				di.Decorate(func(k *clock, _ *server) *clock { return k }),
				scopes.Bind[run](func(di.Lazy[*conf]) {}),
				fx.Invoke(func(run) {}),
			}
		}, `[]`},
		{"what a decorator of fx stands for is called for it alone, and has a Lazy of what needs it", func(j *journal) []fx.Option {
			var later di.Lazy[*server]
			return []fx.Option{
				fx.Provide(func() *conf { return &conf{"c"} }, func(c *conf) *clock { return &clock{c} }),
				di.Decorate(func(c *conf, l di.Lazy[*server]) *conf { later = l; return c }),
				fx.Decorate(func(k *clock) *conf { return &conf{k.conf.name + "!"} }),
				di.Singleton(func(c *conf) *server { return &server{&clock{c}} }),
				fx.Invoke(func(l fx.Lifecycle, c *conf) {
					l.Append(fx.StartHook(func() error {
						s, err := later.Get(context.Background())
						j.note("%v %v", c, s.clock.conf)
						return err
					}))
				}),
			}
		}, `["c! c!"]`},
		{"what takes a factory is replaced", func(j *journal) []fx.Option {
			return []fx.Option{
				di.Singleton(func(*scopes.Factory) *conf { return nil }),
				di.Singleton(func() *clock { j.note("not called"); return nil }),
				di.Replace(&conf{"fake"}),
			}
		}, `[]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var j journal
			e, err := compile(tt.options(&j)...)
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

func TestTransientOfTwoResultsIsNoCircleWhereItsDecoratorNeedsTheOther(t *testing.T) {
	var j journal
	e := build(t,
		di.Transient(func() (*conf, *clock) { return &conf{"c"}, &clock{} }),
		di.Decorate(func(c *conf, _ *clock) *conf { return &conf{c.name + "!"} }),
		scopes.Bind[run](func(l di.Lazy[*clock], c *conf) { j.note("%v", c) }),
		fx.Invoke(func(l fx.Lifecycle, r run) { l.Append(fx.StartHook(func() error { return r(context.Background()) })) }),
	)
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := j.String(); got != `["c!"]` {
		t.Error(got)
	}
}

func TestScopeSeesWhatFxDecoratesInItsModule(t *testing.T) {
	var j journal
	e := build(t,
		di.Singleton(func() *conf { return &conf{"c"} }),
		fx.Module("m",
			fx.Decorate(func(c *conf) *conf { return &conf{c.name + "!"} }),
			fx.Invoke(func(l fx.Lifecycle, f *scopes.Factory) {
				l.Append(fx.StartHook(func() error {
					s, err := f.Open(context.Background())
					if err != nil {
						return err
					}
					c, err := scopes.Get[*conf](s)
					j.note("%v", c)
					return errors.Join(err, s.Close(context.Background()))
				}))
			}),
		),
	)
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := j.String(); got != `["c!"]` {
		t.Error(got)
	}
}
