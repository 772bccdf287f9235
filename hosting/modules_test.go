package hosting_test

import (
	"context"
	"errors"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// quiet keeps an application from logging.
var quiet = app.Logger(zap.NewNop)

// A ticker is a service that counts its starts.
type ticker struct {
	r      *record
	starts int
}

func newTicker(r *record) (*ticker, func()) {
	r.add("build")
	return &ticker{r: r}, func() { r.add("release") }
}

func (k *ticker) Start(context.Context) error {
	k.starts++
	k.r.add("start %d", k.starts)
	return nil
}

func (k *ticker) Stop(context.Context) error { k.r.add("stop"); return nil }

func TestTriggersOfEveryModuleStartInOrderOfDeclaration(t *testing.T) {
	var r record
	unit := func(name string) func(context.Context) { return func(context.Context) { r.add("%s", name) } }
	tests := []struct {
		name   string
		module func(opts ...fx.Option) fx.Option
	}{
		{"modules", func(opts ...fx.Option) fx.Option { return fx.Module("m", opts...) }},
		{"options", fx.Options},
		{"an option of the program's own", func(opts ...fx.Option) fx.Option { return theirs{fx.Options(opts...)} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var triggers *hosting.Triggers
			run(t, func(t *testing.T) {
				synctest.Wait()
				var all []string
				for _, tr := range triggers.All() {
					i := tr.Info()
					all = append(all, i.Kind+" "+i.Name+" "+i.State.String())
					if !strings.HasPrefix(i.Place, "hosting/modules_test.go:") {
						t.Errorf("%s was declared at %s", i.Name, i.Place)
					}
				}
				want := []string{"Loop a waiting", "Run b ended", "Service c active", "Every d waiting", "Service e active"}
				if !slices.Equal(all, want) {
					t.Errorf("triggers are\n%q, want\n%q", all, want)
				}
				slices.Sort(r.lines)
				r.want(t, "a", "b", "build", "build", "d", "start 1", "start 1")
			},
				fx.Supply(&r), fx.Populate(&triggers),
				hosting.Loop(unit("a"), hosting.Name("a")),
				test.module(
					hosting.Run(unit("b"), hosting.Name("b")),
					test.module(hosting.Service(newTicker, hosting.Name("c"))),
					hosting.Every(time.Hour, unit("d"), hosting.Name("d"), hosting.RunAtStart()),
				),
				hosting.Service(newTicker, hosting.Name("e")),
			)
			r.lines = nil
		})
	}
}

// theirs is an option as third parties make them.
type theirs struct{ fx.Option }

// LC-001
func TestSameServiceTwiceIsTwoInstances(t *testing.T) {
	var r record
	var triggers *hosting.Triggers
	run(t, func(t *testing.T) {
		r.want(t, "build", "build", "start 1", "start 1")
		if a, b := triggers.All()[0].Info().Name, triggers.All()[1].Info().Name; a != "hosting_test.ticker" || b != "hosting_test.ticker#2" {
			t.Errorf("they are named %q and %q", a, b)
		}
	}, fx.Supply(&r), fx.Populate(&triggers), hosting.Service(newTicker), fx.Module("m", hosting.Service(newTicker)))
	r.want(t, "stop", "stop", "release", "release")
}

func TestInstanceOfAServiceCannotBeInjected(t *testing.T) {
	err := app.New(quiet, fx.Supply(new(record)), hosting.Service(newTicker), lifecycle.OnStart(func(*ticker) {})).Err()
	var missing *di.MissingError
	if !errors.As(err, &missing) {
		t.Errorf("error is %v, want a MissingError", err)
	}
}

// HO-029
func TestHostStartsTheSingletonThatIsProvided(t *testing.T) {
	tests := []struct {
		name string
		opt  fx.Option
	}{
		{"by us", di.Singleton(newTicker)},
		{"by fx", fx.Provide(func(r *record) *ticker { r.add("build"); return &ticker{r: r} })},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r record
			var injected *ticker
			run(t, func(t *testing.T) {
				if injected.starts != 1 {
					t.Errorf("the injected instance was started %d times", injected.starts)
				}
			}, fx.Supply(&r), test.opt, fx.Populate(&injected), fx.Module("m", hosting.Host[*ticker]()))
			if lines := strings.Join(r.lines, ", "); !strings.HasPrefix(lines, "build, start 1, stop") {
				t.Errorf("happened: %s", lines)
			}
		})
	}
}

func TestHostOfAnInterfaceCallsTheMethodsOfWhatImplementsIt(t *testing.T) {
	var r record
	run(t, func(t *testing.T) { r.want(t, "build", "start 1") },
		fx.Supply(&r), di.Singleton(newTicker, di.As[fmt.Stringer]()), hosting.Host[fmt.Stringer]())
	r.want(t, "stop", "release")
}

func (k *ticker) String() string { return "ticker" }

// settings come from the configuration.
type intervals struct{ Check time.Duration }

func TestWithTakesSettingsThatAreInjected(t *testing.T) {
	var r record
	run(t, func(t *testing.T) { <-time.After(time.Minute) },
		di.Singleton(func() intervals { return intervals{25 * time.Second} }),
		fx.Module("m", hosting.Every(time.Hour, func() { r.add("tick") },
			hosting.With(func(s intervals) hosting.Option { return hosting.Interval(s.Check) }),
		)),
	)
	r.want(t, "tick", "tick")
}

func TestGoroutineOfATriggerCarriesItsName(t *testing.T) {
	var r record
	unit := func(ctx context.Context) {
		label, _ := pprof.Label(ctx, "berth")
		r.add("%s", label)
	}
	run(t, func(t *testing.T) {
		<-time.After(90 * time.Second)
		synctest.Wait()
		slices.Sort(r.lines)
		r.want(t, "every", "hosting_test.TestGoroutineOfATriggerCarriesItsName.func1", "loop")
	}, hosting.Run(unit), hosting.Every(time.Minute, unit, hosting.Name("every")), hosting.Loop(unit, hosting.Name("loop"), hosting.Idle(time.Hour)))
}

// A stranger is no service.
type stranger struct{}

func (*stranger) String() string { return "stranger" }

func TestOnlyTriggersThatAreDeclaredWellStart(t *testing.T) {
	scoped := di.Scoped(func() *tx { return &tx{} })
	unit := func(context.Context) error { return nil }
	tests := []struct {
		name string
		opts []fx.Option
		as   any
		says []string
	}{
		{
			"a Run without a context",
			[]fx.Option{hosting.Run(func() {})},
			new(*di.SignatureError),
			[]string{"the body of Run must take a context.Context", "declared at hosting/modules_test.go:"},
		},
		{
			"a Loop without a context",
			[]fx.Option{hosting.Loop(func() {})},
			new(*di.SignatureError),
			[]string{"the body of Loop must take a context.Context", "declared at hosting/modules_test.go:"},
		},
		{
			"a unit that is no function",
			[]fx.Option{hosting.Every(time.Second, 7)},
			new(*di.SignatureError),
			[]string{"Every 1s", "hosting/modules_test.go:"},
		},
		{
			"a service with neither Start nor Run",
			[]fx.Option{hosting.Service(func() *tx { return nil })},
			new(*di.SignatureError),
			[]string{"*hosting_test.tx has neither Start(context.Context) error nor Run(context.Context) error", "declared at hosting/modules_test.go:"},
		},
		{
			"a Run that needs a scope",
			[]fx.Option{scoped, hosting.Run(func(context.Context, *tx) {})},
			new(*di.LifetimeError),
			[]string{"*hosting_test.tx", "hosting/modules_test.go:"},
		},
		{
			"a service that needs a scope",
			[]fx.Option{scoped, hosting.Service(func(*tx) *ticker { return nil })},
			new(*di.LifetimeError),
			[]string{"*hosting_test.tx"},
		},
		{
			"a With that needs a scope",
			[]fx.Option{scoped, hosting.Every(time.Second, unit,
				hosting.With(func(*tx) hosting.Option { return hosting.Option{} }))},
			new(*di.LifetimeError),
			[]string{"*hosting_test.tx"},
		},
		{
			"a Host of what is scoped",
			[]fx.Option{scoped, hosting.Host[*tx]()},
			new(*di.LifetimeError),
			[]string{"*hosting_test.tx"},
		},
		{
			"a Host of what nobody provides",
			[]fx.Option{hosting.Host[*ticker]()},
			new(*di.MissingError),
			[]string{"missing *hosting_test.ticker"},
		},
		{
			"an option that makes no sense",
			[]fx.Option{hosting.Loop(unit, hosting.Idle(-1), hosting.Intake())},
			new(*di.SignatureError),
			[]string{"option Idle must be positive, is -1ns", "option Intake is not for Loop", "hosting/modules_test.go:"},
		},
		{
			"one name twice",
			[]fx.Option{hosting.Loop(unit, hosting.Name("x")), hosting.Run(unit, hosting.Name("x"))},
			new(*di.SignatureError),
			[]string{`name "x" is that of the trigger at hosting/modules_test.go:`, "declared at hosting/modules_test.go:"},
		},
		{
			"a name that a With gives twice",
			[]fx.Option{hosting.Loop(unit, hosting.Name("x")), hosting.Run(unit,
				hosting.With(func() hosting.Option { return hosting.Name("x") }))},
			nil,
			[]string{`name "x" of the trigger at hosting/modules_test.go:`, "is that of the one at hosting/modules_test.go:"},
		},
		{
			"an interface that holds neither Start nor Run",
			[]fx.Option{
				fx.Supply(fx.Annotate(new(stranger), fx.As(new(fmt.Stringer)))),
				hosting.Host[fmt.Stringer](),
			},
			nil,
			[]string{"service *hosting_test.stranger at hosting/modules_test.go:", "has neither Start(context.Context) error nor Run(context.Context) error"},
		},
		{
			"a With that returns what makes no sense",
			[]fx.Option{hosting.Every(time.Second, unit,
				hosting.With(func() hosting.Option { return hosting.Idle(1) }))},
			nil,
			[]string{"option Idle is not for Every", "hosting/modules_test.go:"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := app.New(append(test.opts, quiet)...).Err()
			if err == nil || test.as != nil && !errors.As(err, test.as) {
				t.Fatalf("error is %v, want a %T", err, test.as)
			}
			wantText(t, err, test.says)
		})
	}
}

func TestCheckFindsWhatIsWrongWithTriggers(t *testing.T) {
	apptest.Check(t, fx.Supply(new(record)), hosting.Service(newTicker), hosting.Loop(nothing), hosting.Every(time.Second, func(*record) {}))
}

// LC-001
func TestInstanceIsHostedOnce(t *testing.T) {
	hosts := map[string]fx.Option{
		"twice":           fx.Options(hosting.Host[*ticker](), fx.Module("m", hosting.Host[*ticker]())),
		"as an interface": fx.Options(hosting.Host[*ticker](), hosting.Host[starter](), di.Singleton(func(t *ticker) starter { return t })),
	}
	for name, hosts := range hosts {
		t.Run(name, func(t *testing.T) {
			var r record
			err := app.New(quiet, fx.Supply(&r), di.Singleton(newTicker), hosts).Err()
			if err == nil || !strings.Contains(err.Error(), "service *hosting_test.ticker at hosting/modules_test.go:") ||
				!strings.Contains(err.Error(), "is hosted at hosting/modules_test.go:") {
				t.Errorf("error is %v, want one with both places", err)
			}
			r.want(t, "build", "release")
		})
	}
}

type starter interface{ Start(context.Context) error }

// wantText wants the parts in the long text of an error, in that order.
func wantText(t *testing.T, err error, parts []string) {
	t.Helper()
	rest := fmt.Sprintf("%+v", err)
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("error is\n%+v\nwant %q in it, in that order", err, parts)
		}
		rest = after
	}
}
