package scopes_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// call is the function type of most tests.
type call func(context.Context) error

var errBoom = errors.New("boom")

type (
	outerThing struct{ _ byte }
	innerThing struct{ _ byte }
	unitThing  struct{ _ byte }
	ctxKey     string
)

// things are scoped services that note when they are opened and closed.
func things(j *journal) fx.Option {
	return fx.Options(
		di.Scoped(func() (*outerThing, func()) { return &outerThing{}, j.closing("outer thing") }),
		di.Scoped(func() (*innerThing, func()) { return &innerThing{}, j.closing("inner thing") }),
		di.Scoped(func() (*unitThing, func()) { return &unitThing{}, j.closing("unit thing") }),
	)
}

// within is a wrapper that notes when it begins and ends.
func within[T any](j *journal, name string) any {
	return func(ctx context.Context, next scopes.Next, _ T) error {
		j.add("begin %s", name)
		err := next(ctx)
		j.add("end %s", name)
		return err
	}
}

type aroundFunc func(unit any, wrappers ...any) any

// eachPlan runs a test with units that are compiled to a list of calls, and with units on an explicit scope, as
// one that takes its *Scope is. Nobody must see a difference.
func eachPlan(t *testing.T, test func(t *testing.T, around aroundFunc)) {
	t.Run("compiled", func(t *testing.T) { test(t, scopes.Around) })
	t.Run("explicit", func(t *testing.T) {
		test(t, func(unit any, wrappers ...any) any {
			explicit := func(ctx context.Context, next scopes.Next, _ *scopes.Scope) error { return next(ctx) }
			return scopes.Around(scopes.Around(unit, explicit), wrappers...)
		})
	})
}

func TestWrappersRunFirstOutermostEachBuiltWhenReached(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var j journal
		var f call
		apptest.Start(t, things(&j),
			scopes.Bind[call](around(func(*unitThing) { j.add("unit") },
				within[*outerThing](&j, "outer"), within[*innerThing](&j, "inner"))),
			fx.Populate(&f),
		)
		if err := f(t.Context()); err != nil {
			t.Error(err)
		}
		j.want(t, "open outer thing", "begin outer", "open inner thing", "begin inner", "open unit thing", "unit",
			"end inner", "end outer", "close unit thing", "close inner thing", "close outer thing")
	})
}

func TestWrappersNest(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var j journal
		var f call
		unit := around(func(*unitThing) { j.add("unit") }, within[*innerThing](&j, "inner"))
		apptest.Start(t, things(&j),
			scopes.Bind[call](around(unit, within[*outerThing](&j, "outer"))),
			fx.Populate(&f),
		)
		if err := f(t.Context()); err != nil {
			t.Error(err)
		}
		j.want(t, "open outer thing", "begin outer", "open inner thing", "begin inner", "open unit thing", "unit",
			"end inner", "end outer", "close unit thing", "close inner thing", "close outer thing")
	})
}

func TestWhatAWrapperAndItsUnitShareIsBuiltOnce(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var j journal
		var f call
		apptest.Start(t, things(&j),
			scopes.Bind[call](around(func(*outerThing) { j.add("unit") },
				within[*outerThing](&j, "outer"), within[*outerThing](&j, "inner"))),
			fx.Populate(&f),
		)
		if err := f(t.Context()); err != nil {
			t.Error(err)
		}
		j.want(t, "open outer thing", "begin outer", "begin inner", "unit", "end inner", "end outer", "close outer thing")
	})
}

func TestErrorOfWhatInnerOnesNeedComesBackFromNext(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var j journal
		var f call
		apptest.Start(t, things(&j),
			di.Scoped(func(*innerThing) (*order, error) { return nil, errBoom }),
			scopes.Bind[call](around(func(*order) { j.add("unit") },
				func(ctx context.Context, next scopes.Next, _ *outerThing) error {
					err := next(ctx)
					j.add("next: %v", errors.Is(err, errBoom))
					return nil // it has been dealt with
				})),
			fx.Populate(&f),
		)
		if err := f(t.Context()); err != nil {
			t.Error(err)
		}
		j.want(t, "open outer thing", "open inner thing", "next: true", "close inner thing", "close outer thing")
	})
}

func TestPanicOfWhatInnerOnesNeedComesBackFromNextAsAnError(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var j journal
		var f call
		apptest.Start(t, things(&j),
			di.Scoped(func(*innerThing) *order { panic(errBoom) }),
			scopes.Bind[call](around(func(*order) { j.add("unit") },
				func(ctx context.Context, next scopes.Next, _ *outerThing) error {
					err := next(ctx)
					j.add("next: %v", errors.Is(err, errBoom))
					return err
				})),
			fx.Populate(&f),
		)
		for range 2 {
			err := f(t.Context())
			var panicked *scopes.PanicError
			if !errors.As(err, &panicked) {
				t.Errorf("error = %v, want a *scopes.PanicError", err)
			}
			j.want(t, "open outer thing", "open inner thing", "next: true", "close inner thing", "close outer thing")
		}
	})
}

func TestContextGivenToNextReachesInnerWrappersAndUnitButNoConstructor(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		see := func(ctx context.Context) string {
			s, _ := ctx.Value(ctxKey("k")).(string)
			return s
		}
		with := func(ctx context.Context, v string) context.Context { return context.WithValue(ctx, ctxKey("k"), v) }
		var j journal
		var f call
		apptest.Start(t,
			di.Scoped(func(ctx context.Context) *order { j.add("constructor %s", see(ctx)); return &order{} }),
			scopes.Bind[call](around(
				func(ctx context.Context, _ *order) { j.add("unit %s", see(ctx)) },
				func(ctx context.Context, next scopes.Next) error { return next(with(ctx, see(ctx)+"+outer")) },
				func(ctx context.Context, next scopes.Next) error {
					j.add("inner %s", see(ctx))
					return next(with(ctx, see(ctx)+"+inner"))
				},
			)),
			fx.Populate(&f),
		)
		if err := f(with(t.Context(), "caller")); err != nil {
			t.Error(err)
		}
		j.want(t, "inner caller+outer", "constructor caller", "unit caller+outer+inner")
	})
}

func TestNilContextGivenToNextChangesNothing(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var f call
		apptest.Start(t,
			scopes.Bind[call](around(func(ctx context.Context) error { return ctx.Err() },
				func(next scopes.Next) error { return next(noContext) })),
			fx.Populate(&f),
		)
		if err := f(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestSecondCallOfNextFails(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var f call
		runs := 0
		apptest.Start(t,
			scopes.Bind[call](around(func() { runs++ },
				func(ctx context.Context, next scopes.Next) error {
					if err := next(ctx); err != nil {
						return err
					}
					return next(ctx)
				})),
			fx.Populate(&f),
		)
		if err := f(t.Context()); !errors.Is(err, scopes.ErrNextTwice) || runs != 1 {
			t.Errorf("error = %v after %d runs, want ErrNextTwice after one", err, runs)
		}
	})
}

func TestWrapperThatNeverCallsNextSkipsTheUnit(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		tests := []struct {
			name string
			err  error // of the wrapper
			want error
		}{
			{"nil is ErrSkipped", nil, scopes.ErrSkipped},
			{"its error stands", errBoom, errBoom},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				var j journal
				var f call
				apptest.Start(t, things(&j),
					scopes.Bind[call](around(func(*unitThing) { j.add("unit") },
						func(scopes.Next, *outerThing) error { return tt.err })),
					fx.Populate(&f),
				)
				if err := f(t.Context()); !errors.Is(err, tt.want) {
					t.Errorf("error = %v, want %v", err, tt.want)
				}
				j.want(t, "open outer thing", "close outer thing")
			})
		}
	})
}

func TestResultsOfTheUnitPassThroughWrappers(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		type count func(context.Context) (int, error)
		var f count
		apptest.Start(t,
			scopes.Bind[count](around(func() (int, error) { return 3, errBoom },
				func(ctx context.Context, next scopes.Next) error {
					_ = next(ctx)
					return nil
				})),
			fx.Populate(&f),
		)
		if n, err := f(t.Context()); n != 3 || err != nil {
			t.Errorf("result = %d, %v, want 3 and no error: the wrapper has dealt with it", n, err)
		}
	})
}

func TestNextCalledAfterItsWrapperReturnedFails(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var f call
		var kept scopes.Next
		runs := 0
		apptest.Start(t,
			scopes.Bind[call](around(func() { runs++ }, func(next scopes.Next) error {
				kept = next
				return errBoom
			})),
			fx.Populate(&f),
		)
		_ = f(t.Context())
		if err := kept(t.Context()); !errors.Is(err, scopes.ErrClosed) || runs != 0 {
			t.Errorf("late next = %v after %d runs, want ErrClosed after none", err, runs)
		}
	})
}

func TestScopeOutlivesTheUnitThatAWrapperLeavesBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var f call
		goOn := make(chan struct{})
		apptest.Start(t, things(&j),
			scopes.Bind[call](scopes.Around(
				func(*unitThing) { <-goOn; j.add("unit") },
				func(ctx context.Context, next scopes.Next) error {
					go func() { _ = next(ctx) }()
					synctest.Wait()
					return errBoom // as one that gives up waiting would
				})),
			fx.Populate(&f),
		)
		time.AfterFunc(time.Second, func() { close(goOn) })
		if err := f(t.Context()); !errors.Is(err, errBoom) {
			t.Errorf("error = %v, want that of the wrapper", err)
		}
		j.want(t, "open unit thing", "unit", "close unit thing")
	})
}

// A tx commits or rolls back, once.
type tx struct {
	j    *journal
	done bool
}

func (x *tx) commit() error {
	x.done = true
	x.j.add("commit")
	return nil
}

func (x *tx) rollback() {
	if !x.done {
		x.done = true
		x.j.add("rollback")
	}
}

func inTx(ctx context.Context, next scopes.Next, x *tx) error {
	defer x.rollback()
	if err := next(ctx); err != nil {
		return err
	}
	return x.commit()
}

func TestTransactionCommitsOnSuccessAndRollsBackHoweverElseTheUnitEnds(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		tests := []struct {
			name string
			unit func() error
			want string
		}{
			{"success", func() error { return nil }, "commit"},
			{"error", func() error { return errBoom }, "rollback"},
			{"panic", func() error { panic(errBoom) }, "rollback"},
			{"exit", func() error { runtime.Goexit(); return nil }, "rollback"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				var j journal
				var f call
				apptest.Start(t,
					di.Scoped(func() (*tx, func()) { j.add("begin"); return &tx{j: &j}, func() { j.add("close") } }),
					scopes.Bind[call](around(tt.unit, inTx)),
					fx.Populate(&f),
				)
				var err error
				apart(func() { err = f(t.Context()) })
				if failed := tt.name == "error" || tt.name == "panic"; failed != errors.Is(err, errBoom) {
					t.Errorf("error = %v", err)
				}
				j.want(t, "begin", tt.want, "close")
			})
		}
	})
}

func TestPanicThatAWrapperRecoversIsNoError(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var j journal
		var f call
		apptest.Start(t, things(&j),
			scopes.Bind[call](around(func(*unitThing) { panic("oh") },
				func(ctx context.Context, next scopes.Next) (err error) {
					defer func() { j.add("recovered %v", recover()) }()
					return next(ctx)
				})),
			fx.Populate(&f),
		)
		for range 2 {
			if err := f(t.Context()); err != nil {
				t.Error(err)
			}
			j.want(t, "open unit thing", "recovered oh", "close unit thing")
		}
	})
}

func TestWrapperMayTakeGivenValues(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		type take func(context.Context, order) (int, error)
		var f take
		apptest.Start(t,
			scopes.Bind[take](around(
				func(o order) int { return o.id },
				func(ctx context.Context, o order, next scopes.Next) error {
					if o.id == 0 {
						return errBoom
					}
					return next(ctx)
				})),
			fx.Populate(&f),
		)
		if id, err := f(t.Context(), order{7}); id != 7 || err != nil {
			t.Errorf("take(7) = %d, %v", id, err)
		}
		if id, err := f(t.Context(), order{}); id != 0 || !errors.Is(err, errBoom) {
			t.Errorf("take(0) = %d, %v, want the wrapper's refusal", id, err)
		}
	})
}

func TestUnsuitableWrapperIsNamed(t *testing.T) {
	tests := map[string]any{
		"no next":      func(context.Context) error { return nil },
		"no error":     func(scopes.Next) {},
		"two nexts":    func(_, _ scopes.Next) error { return nil },
		"no func":      3,
		"more results": func(scopes.Next) (int, error) { return 0, nil },
	}
	for name, wrapper := range tests {
		t.Run(name, func(t *testing.T) {
			err := buildError(t, scopes.Bind[call](scopes.Around(func() {}, wrapper)))
			if !strings.Contains(err.Error(), "scopes/around_test.go:") {
				t.Errorf("error %q does not name the place", err)
			}
		})
	}
}

func refusing(context.Context, scopes.Next) error { return nil }

func TestSkippedUnitNamesTheWrapperThatSkippedIt(t *testing.T) {
	eachPlan(t, func(t *testing.T, around aroundFunc) {
		var f call
		passing := func(ctx context.Context, next scopes.Next) error { return next(ctx) }
		apptest.Start(t, scopes.Bind[call](around(func() {}, passing, refusing, passing)), fx.Populate(&f))
		err := f(t.Context())
		if !errors.Is(err, scopes.ErrSkipped) || !strings.HasPrefix(fmt.Sprint(err), "scopes_test.refusing (scopes/around_test.go:") {
			t.Errorf("error = %v, want one that names the wrapper", err)
		}
	})
}
