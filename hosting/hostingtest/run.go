package hostingtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
)

// Run checks a trigger in subtests. Declare returns an option with the trigger and whatever makes it call unit, at least once
// within an hour after the start, for instance a message that is sent when the application starts. It may be called several
// times, and each option is used by one application after the other.
//
// Each check but that of [Stress] runs in a bubble of testing/synctest: time is virtual, and a trigger that waits for a network must be
// given one in memory, as webtest does. A goroutine that is left ends the test, and is shown with its stack.
func Run(t *testing.T, declare func(unit func(context.Context) error) fx.Option) {
	run(t, declare, Stress)
}

func run(t *testing.T, declare func(func(context.Context) error) fx.Option, stress func(testing.TB, func() fx.Option)) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.check(t, declare) })
		})
	}
	t.Run("start and stop", func(t *testing.T) {
		stress(t, func() fx.Option {
			return declare(func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			})
		})
	})
}

// A check is one behaviour of a unit, and what the application then comes to.
type check struct {
	name string
	unit func(tr *trial, ctx context.Context) error
	// want says what is wrong with the result of the application, or nothing.
	want func(result error) string
}

var (
	errUnit  = errors.New("unit has failed")
	errStart = errors.New("start has failed")
)

var cases = []check{
	{"returns", func(*trial, context.Context) error { return nil }, clean},
	{"fails", func(*trial, context.Context) error { return errUnit }, cleanOr(errUnit)},
	{"panics", func(*trial, context.Context) error { panic(errUnit) }, cleanOr(errUnit)},
	{"exits", func(*trial, context.Context) error { runtime.Goexit(); return nil }, cleanOr(supervise.ErrGoexit)},
	{"waits for the end of its context", (*trial).wait, clean},
	{"fails after the end of its context", func(tr *trial, ctx context.Context) error {
		_ = tr.wait(ctx)
		return errUnit
	}, cleanOr(errUnit)},
	{"panics after the end of its context", func(tr *trial, ctx context.Context) error {
		_ = tr.wait(ctx)
		panic(errUnit)
	}, cleanOr(errUnit)},
	{"takes long", func(tr *trial, _ context.Context) error { return tr.takeLong() }, clean},
	{"hangs", (*trial).hang, guilty},
}

// clean wants no error.
func clean(result error) string {
	if result != nil {
		return fmt.Sprintf("the application returned %+v", result)
	}
	return ""
}

// cleanOr wants no error or this one.
func cleanOr(err error) func(error) string {
	return func(result error) string {
		if result == nil || errors.Is(result, err) {
			return ""
		}
		return fmt.Sprintf("the application returned %+v, want nil or %q in it", result, err)
	}
}

// guilty wants to be told of the unit that hangs, and of nothing else.
func guilty(result error) string {
	stacks := 0
	for _, err := range leaves(result) {
		var (
			hung *supervise.HungError
			open *supervise.ScopesError
		)
		switch {
		case errors.As(err, &hung):
			stacks += strings.Count(string(hung.Stack), hangs)
		case errors.As(err, &open):
			for _, stack := range open.Stacks {
				stacks += strings.Count(string(stack), hangs)
			}
		default:
			return fmt.Sprintf("the application returned %+v, beside what hangs", err)
		}
		if strings.Contains(err.Error(), neighbours) {
			return fmt.Sprintf("the application blames somebody else: %v", err)
		}
	}
	if stacks == 0 {
		return fmt.Sprintf("the application does not show the stack of the unit that hangs, it returned %v", result)
	}
	return ""
}

// leaves are the errors that err joins.
func leaves(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // it takes the tree apart itself
	switch {
	case err == nil:
		return nil
	case !ok:
		return []error{err}
	}
	var all []error
	for _, part := range joined.Unwrap() {
		all = append(all, leaves(part)...)
	}
	return all
}

// check runs the applications of one case.
func (c check) check(t testing.TB, declare func(func(context.Context) error) fx.Option) {
	tr := newTrial(t, c)
	defer tr.end()
	option := declare(tr.unit)
	tr.lives(option)
	tr.lives(option) // it serves one application after the other
	tr.isNotStarted(option)
	tr.isInterrupted(option)
	tr.startsInVain(option)
}

// lives has the application run until the unit has had its time.
func (tr *trial) lives(option fx.Option) {
	a := tr.application(option)
	err := a.Start(context.Background()) // a failure of the unit may be part of it
	if !tr.hour() {
		tr.t.Errorf("the unit was not called within an hour after a start that returned %v", err)
	}
	if wrong := tr.want(tr.stop(a)); wrong != "" {
		tr.t.Error(wrong)
	}
}

// isNotStarted stops what was only constructed.
func (tr *trial) isNotStarted(option fx.Option) {
	a := tr.application(option)
	if err := tr.stop(a); err != nil {
		tr.t.Errorf("stop before the start returned %+v", err)
	}
	if tr.calls.Load() > 0 {
		tr.t.Error("the unit was called before the start")
	}
}

// isInterrupted asks for a shutdown while hooks start.
func (tr *trial) isInterrupted(option fx.Option) {
	a := tr.application(option, lifecycle.OnStart(func(s lifecycle.Shutdown) { s(nil) }))
	if err := a.Start(context.Background()); !errors.Is(err, lifecycle.ErrStopping) {
		tr.t.Errorf("start that was interrupted returned %v", err)
	}
	if err := tr.stop(a); err != nil {
		tr.t.Errorf("stop after an interrupted start returned %+v", err)
	}
	if tr.calls.Load() > 0 {
		tr.t.Error("the unit was called although the start was interrupted before")
	}
}

// startsInVain fails the start in its last step.
func (tr *trial) startsInVain(option fx.Option) {
	a := tr.application(option, failing)
	err := a.Start(context.Background())
	if !errors.Is(err, errStart) && tr.want(err) != "" {
		tr.t.Errorf("start that fails behind the trigger returned %v", err)
	}
	_ = tr.stop(a)
}
