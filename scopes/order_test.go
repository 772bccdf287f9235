package scopes_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

type (
	database struct{ _ byte }
	taker    struct{ f call }
	registry struct {
		f     call
		calls int
	}
)

func newDatabase(j *journal) func(fx.Lifecycle) *database {
	return func(l fx.Lifecycle) *database {
		l.Append(fx.Hook{
			OnStart: func(context.Context) error { j.add("start database"); return nil },
			OnStop:  func(context.Context) error { j.add("stop database"); return nil },
		})
		return &database{}
	}
}

func newTaker(j *journal) func(call, fx.Lifecycle) *taker {
	return func(f call, l fx.Lifecycle) *taker {
		l.Append(fx.Hook{
			OnStart: func(ctx context.Context) error { j.add("start taker"); return f(ctx) },
			OnStop:  func(ctx context.Context) error { j.add("stop taker"); return f(ctx) },
		})
		return &taker{f}
	}
}

func TestWhoTakesAFunctionComesAfterTheSingletonsOfItsUnit(t *testing.T) {
	var j journal
	tests := map[string]fx.Option{
		"directly":           scopes.Bind[call](func(*database) { j.add("unit") }),
		"through a scoped":   scopes.Bind[call](func(*innerThing) { j.add("unit") }),
		"through a wrapper":  scopes.Bind[call](scopes.Around(func() { j.add("unit") }, within[*database](&journal{}, ""))),
		"explicit, lazily":   scopes.Bind[call](func(di.Lazy[*database], *scopes.Scope) { j.add("unit") }),
		"through a function": fx.Options(scopes.Bind[other](func(*database) {}), scopes.Bind[call](func(other) { j.add("unit") })),
	}
	for name, bind := range tests {
		t.Run(name, func(t *testing.T) {
			a := apptest.Start(t,
				fx.Invoke(func(*taker) {}), // asks for the taker before anything else does
				di.Singleton(newTaker(&j)),
				di.Singleton(newDatabase(&j)),
				di.Scoped(func(*database) *innerThing { return &innerThing{} }),
				bind,
			)
			if err := a.Stop(); err != nil {
				t.Error(err)
			}
			j.want(t, "start database", "start taker", "unit", "stop taker", "unit", "stop database")
		})
	}
}

// other is a second function type.
type other func(context.Context) error

func TestPlainFxConstructorThatTakesAFunctionComesAfterTheSingletonsOfItsUnit(t *testing.T) {
	var j journal
	apptest.Start(t,
		fx.Invoke(func(*taker) {}),
		fx.Provide(func(f call) *taker { j.add("taker"); return &taker{f} }),
		fx.Provide(func() *database { j.add("database"); return &database{} }),
		scopes.Bind[call](func(*database) {}),
	)
	j.want(t, "database", "taker")
}

func TestSingletonMayTakeAFunctionWhoseUnitNeedsThatSingleton(t *testing.T) {
	var f call
	var r *registry
	apptest.Start(t,
		di.Singleton(func(f call) *registry { return &registry{f: f} }),
		di.Scoped(func(r *registry) *order { r.calls++; return &order{r.calls} }),
		scopes.Bind[call](func(o *order, r *registry) error {
			if o.id != r.calls {
				return errBoom
			}
			return nil
		}),
		fx.Populate(&f, &r),
	)
	if err := errors.Join(f(t.Context()), r.f(t.Context())); err != nil {
		t.Error(err)
	}
	if r.calls != 2 {
		t.Errorf("%d calls, want 2 on one registry", r.calls)
	}
}

func TestTwoSingletonsMayTakeFunctionsWhoseUnitsNeedEachOther(t *testing.T) {
	type ping struct{ f other }
	type pong struct{ f call }
	var p *ping
	apptest.Start(t,
		di.Singleton(func(f other) *ping { return &ping{f} }),
		di.Singleton(func(f call) *pong { return &pong{f} }),
		scopes.Bind[call](func(p *ping) error {
			if p == nil {
				return errBoom
			}
			return nil
		}),
		scopes.Bind[other](func(ctx context.Context, p *pong) error { return p.f(ctx) }),
		fx.Populate(&p),
	)
	if err := p.f(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFunctionInACycleIsNotReadyInTheConstructor(t *testing.T) {
	var early error
	var r *registry
	apptest.Start(t,
		di.Singleton(func(ctx context.Context, f call) *registry {
			early = f(ctx)
			return &registry{f: f}
		}),
		scopes.Bind[call](func(*registry) {}),
		fx.Populate(&r),
	)
	if !errors.Is(early, scopes.ErrNotReady) {
		t.Errorf("early call = %v, want ErrNotReady", early)
	}
	if err := r.f(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestUnitMayTakeItsOwnFunction(t *testing.T) {
	type countdown func(context.Context, int) (int, error)
	var f countdown
	apptest.Start(t,
		scopes.Bind[countdown](func(ctx context.Context, n int, again countdown) (int, error) {
			if n == 0 {
				return 0, nil
			}
			depth, err := again(ctx, n-1)
			return depth + 1, err
		}),
		fx.Populate(&f),
	)
	if depth, err := f(t.Context(), 5); depth != 5 || err != nil {
		t.Errorf("depth = %d, %v, want 5", depth, err)
	}
}

func TestTwoUnitsMayTakeEachOthersFunctions(t *testing.T) {
	type even func(context.Context, int) (bool, error)
	type odd func(context.Context, int) (bool, error)
	var f even
	apptest.Start(t,
		scopes.Bind[even](func(ctx context.Context, n int, f odd) (bool, error) {
			if n == 0 {
				return true, nil
			}
			return f(ctx, n-1)
		}),
		scopes.Bind[odd](func(ctx context.Context, n int, f di.Lazy[even]) (bool, error) {
			if n == 0 {
				return false, nil
			}
			g, err := f.Get(ctx)
			if err != nil {
				return false, err
			}
			return g(ctx, n-1)
		}),
		fx.Populate(&f),
	)
	if is, err := f(t.Context(), 6); !is || err != nil {
		t.Errorf("even(6) = %v, %v", is, err)
	}
}

func TestWhatOnlyTheUnitOfAReplacedFunctionNeedsIsNotBuilt(t *testing.T) {
	var j journal
	var f call
	apptest.Start(t,
		di.Singleton(func() *database { j.add("database"); return &database{} }),
		scopes.Bind[call](func(*database) {}),
		di.Replace[call](func(context.Context) error { j.add("fake"); return nil }),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "fake")
}

func TestFunctionWorksInStartHooks(t *testing.T) {
	var j journal
	apptest.Start(t,
		lifecycle.OnStart(func(ctx context.Context, f call) error { return f(ctx) }),
		scopes.Bind[call](func(*database) { j.add("unit") }),
		di.Singleton(func() *database { return &database{} }),
	)
	j.want(t, "unit")
}
