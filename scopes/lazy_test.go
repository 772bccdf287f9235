package scopes_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// A holder keeps a Lazy.
type holder[T any] struct{ lazy di.Lazy[T] }

func newHolder[T any](l di.Lazy[T]) *holder[T] { return &holder[T]{l} }

func TestLazyInAScopeIsBuiltOnFirstUseAndShared(t *testing.T) {
	var j journal
	var f call
	apptest.Start(t,
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		di.Scoped(newHolder[*first]),
		scopes.Bind[call](func(ctx context.Context, h *holder[*first], l di.Lazy[*first]) error {
			j.add("unit")
			a, err1 := h.lazy.Get(ctx)
			b, err2 := l.Get(ctx)
			if a == nil || a != b {
				t.Error("two instances in one scope")
			}
			return errors.Join(err1, err2)
		}),
		fx.Populate(&f),
	)
	for range 2 {
		if err := f(t.Context()); err != nil {
			t.Error(err)
		}
		j.want(t, "unit", "open first", "close first")
	}
}

func TestLazyThatIsNotUsedBuildsNothing(t *testing.T) {
	var f call
	apptest.Start(t,
		di.Scoped(func() *first { t.Error("built"); return &first{} }),
		scopes.Bind[call](func(di.Lazy[*first]) {}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLazyReturnsTheErrorOfItsConstructor(t *testing.T) {
	var f call
	apptest.Start(t,
		di.Scoped(newBroken),
		scopes.Bind[call](func(ctx context.Context, l di.Lazy[*first]) error {
			_, err := l.Get(ctx)
			return err
		}),
		fx.Populate(&f),
	)
	var construct *di.ConstructError
	if err := f(t.Context()); !errors.Is(err, errBoom) || !errors.As(err, &construct) {
		t.Errorf("error = %v, want boom of newBroken", err)
	}
}

func TestLazyOfAGivenValueHoldsIt(t *testing.T) {
	type take func(context.Context, order) (int, error)
	var f take
	apptest.Start(t,
		scopes.Bind[take](func(ctx context.Context, l di.Lazy[order]) (int, error) {
			o, err := l.Get(ctx)
			return o.id, err
		}),
		fx.Populate(&f),
	)
	if id, err := f(t.Context(), order{7}); id != 7 || err != nil {
		t.Errorf("lazy given value = %d, %v", id, err)
	}
}

func TestLazyOutlivedByItsHolderIsClosed(t *testing.T) {
	var f call
	var kept []func(context.Context) error
	keep := func(get func(context.Context) error) { kept = append(kept, get) }
	apptest.Start(t,
		di.Singleton(func() *first { return &first{} }),
		di.Scoped(func() *second { return &second{} }),
		di.Transient(func() *third { return &third{} }),
		scopes.Bind[call](func(ctx context.Context, a di.Lazy[*first], b di.Lazy[*second], c di.Lazy[*third]) {
			keep(func(ctx context.Context) error { _, err := a.Get(ctx); return err })
			keep(func(ctx context.Context) error { _, err := b.Get(ctx); return err })
			keep(func(ctx context.Context) error { _, err := c.Get(ctx); return err })
		}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	for i, get := range kept {
		if err := get(t.Context()); !errors.Is(err, scopes.ErrClosed) {
			t.Errorf("lazy %d: error = %v, want ErrClosed", i, err)
		}
	}
}

func TestLazyInASingletonIsReadyOnceTheApplicationIsConstructed(t *testing.T) {
	var early error
	var h *holder[*first]
	a := apptest.Start(t,
		di.Singleton(func() *first { return &first{} }),
		di.Singleton(func(ctx context.Context, l di.Lazy[*first]) *holder[*first] {
			_, early = l.Get(ctx)
			return newHolder(l)
		}),
		fx.Populate(&h),
	)
	if !errors.Is(early, scopes.ErrNotReady) {
		t.Errorf("in the constructor: %v, want ErrNotReady", early)
	}
	v, err := h.lazy.Get(t.Context())
	if again, _ := h.lazy.Get(t.Context()); err != nil || v == nil || v != again {
		t.Errorf("lazy value = %v, %v", v, err)
	}
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := h.lazy.Get(t.Context()); !errors.Is(err, scopes.ErrClosed) {
		t.Errorf("after the stop: %v, want ErrClosed", err)
	}
}

func TestLazySingletonIsBuiltAtStartAndReleasedAfterItsConsumer(t *testing.T) {
	var j journal
	a := apptest.Start(t,
		di.Singleton(func(l di.Lazy[*first]) (*holder[*first], func()) { return newHolder(l), j.closing("holder") }),
		di.Singleton(func() (*first, func()) { return &first{}, j.closing("first") }),
		fx.Invoke(func(*holder[*first]) {}),
	)
	j.want(t, "open first", "open holder")
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	j.want(t, "close holder", "close first")
}

// What a scope builds later it releases earlier, a Lazy or not: only for a singleton, which is built at the start, does the
// order know of a Lazy.
func TestLazyInAScopeIsReleasedInReverseOfItsFirstUse(t *testing.T) {
	var j journal
	var f call
	apptest.Start(t,
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		di.Scoped(func(l di.Lazy[*first]) (*holder[*first], func()) { return newHolder(l), j.closing("holder") }),
		scopes.Bind[call](func(ctx context.Context, h *holder[*first]) error {
			_, err := h.lazy.Get(ctx)
			return err
		}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open holder", "open first", "close first", "close holder")
}

func TestLazyBreaksACycle(t *testing.T) {
	type left struct{ right di.Lazy[*holder[int]] }
	var l *left
	apptest.Start(t,
		di.Singleton(func(r di.Lazy[*holder[int]]) *left { return &left{r} }),
		di.Singleton(func(*left) *holder[int] { return &holder[int]{} }),
		fx.Populate(&l),
	)
	if r, err := l.right.Get(t.Context()); r == nil || err != nil {
		t.Errorf("lazy value = %v, %v", r, err)
	}
}

func TestLazyBreaksACycleInAScope(t *testing.T) {
	type right struct{ _ byte }
	var f call
	apptest.Start(t,
		di.Scoped(newHolder[*right]),
		di.Scoped(func(*holder[*right]) *right { return &right{} }),
		scopes.Bind[call](func(ctx context.Context, h *holder[*right], r *right) error {
			v, err := h.lazy.Get(ctx)
			if v != r {
				t.Error("two instances in one scope")
			}
			return err
		}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLazyTransientIsOnePerParameter(t *testing.T) {
	var j journal
	var f call
	var h *holder[*third]
	a := apptest.Start(t,
		di.Transient(func() (*third, func()) { return &third{}, j.closing("third") }),
		di.Singleton(newHolder[*third]),
		scopes.Bind[call](func(ctx context.Context, a, b di.Lazy[*third]) {
			v, _ := a.Get(ctx)
			again, _ := a.Get(ctx)
			other, _ := b.Get(ctx)
			if v == nil || v != again || v == other {
				t.Errorf("lazy values %p, %p and %p", v, again, other)
			}
		}),
		fx.Populate(&f, &h),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open third", "open third", "close third", "close third")

	v, err := h.lazy.Get(t.Context())
	if again, _ := h.lazy.Get(t.Context()); v == nil || v != again || err != nil {
		t.Errorf("in a singleton: %p, %p, %v", v, again, err)
	}
	j.want(t, "open third")
	if err := a.Stop(); err != nil {
		t.Error(err)
	}
	j.want(t, "close third")
}

func TestLazyOfSomethingScopedInASingletonIsALifetimeError(t *testing.T) {
	err := buildError(t,
		di.Scoped(func() *first { return &first{} }),
		di.Singleton(newHolder[*first]),
	)
	var lifetime *di.LifetimeError
	if !errors.As(err, &lifetime) {
		t.Errorf("error = %v, want a *di.LifetimeError", err)
	}
}

func TestLazyOfWhatNobodyProvidesIsAMissingError(t *testing.T) {
	err := buildError(t, scopes.Bind[call](func(di.Lazy[*first]) {}))
	var missing *di.MissingError
	if !errors.As(err, &missing) {
		t.Errorf("error = %v, want a *di.MissingError", err)
	}
}

func TestEmptyLazyAndNilContext(t *testing.T) {
	var f call
	apptest.Start(t,
		di.Scoped(func() *first { return &first{} }),
		scopes.Bind[call](func(l di.Lazy[*first]) error {
			_, err := l.Get(noContext)
			return err
		}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Errorf("with a nil context: %v", err)
	}
	var empty di.Lazy[*first]
	if _, err := empty.Get(t.Context()); err == nil {
		t.Error("an empty Lazy has a value")
	}
}

func TestLazyInAParameterStructMayBeNamed(t *testing.T) {
	type in struct {
		fx.In
		Second di.Lazy[*order] `name:"second"`
	}
	var f call
	apptest.Start(t,
		di.Scoped(func() *order { return &order{1} }),
		di.Scoped(func() *order { return &order{2} }, di.Name("second")),
		scopes.Bind[call](func(ctx context.Context, p in) error {
			o, err := p.Second.Get(ctx)
			if err == nil && o.id != 2 {
				t.Errorf("order %d", o.id)
			}
			return err
		}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
}
