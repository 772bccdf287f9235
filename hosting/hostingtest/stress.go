package hostingtest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
)

const (
	goroutines = 10
	rounds     = 50                   // of each goroutine
	grace      = 5 * time.Millisecond // or each round would wait for units that wait for the end of their context
)

// Stress starts and stops 500 applications with the trigger from 10 goroutines, in real time: at once, one after the other, while
// the start is under way, by Shutdown, by the end of a context, and without a start. It fails the test if one of them fails, if
// something is not stopped once, or if a goroutine is left. Its worth is that of the race detector. With -short it is a tenth of that.
//
// option is called once for each application, from many goroutines. Its units must end with their contexts, which is 5 ms after
// the stop has come to them.
func Stress(t testing.TB, option func() fx.Option) {
	t.Helper()
	if testing.Short() {
		stressBriefly(t, option)
		return
	}
	stress(t, rounds, option)
}

func stressBriefly(t testing.TB, option func() fx.Option) {
	t.Helper()
	stress(t, rounds/10, option)
}

func stress(t testing.TB, rounds int, option func() fx.Option) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	var all [goroutines]int
	for i := range all {
		all[i] = i
	}
	errs := supervise.Together(all[:], func(i int) error {
		for n := range rounds {
			if err := round((i+n)%len(ways), option()); err != nil {
				return fmt.Errorf("round %d of goroutine %d, %s: %w", n, i, ways[(i+n)%len(ways)].name, err)
			}
		}
		return nil
	})
	for _, err := range errs {
		t.Errorf("%+v", err)
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

// ways are how an application may come to its end.
var ways = []struct {
	name string
	do   func(a *app.App, shutdown lifecycle.Shutdown) error
}{
	{"stop without a start", func(a *app.App, _ lifecycle.Shutdown) error { return a.Stop(context.Background()) }},
	{"start and stop", func(a *app.App, _ lifecycle.Shutdown) error {
		return errors.Join(a.Start(context.Background()), a.Stop(context.Background()))
	}},
	{"stop during the start", func(a *app.App, _ lifecycle.Shutdown) error {
		return apart(
			func() error { return interrupted(a.Start(context.Background())) },
			func() error { return a.Stop(context.Background()) },
			func() error { return a.Stop(context.Background()) },
		)
	}},
	{"shutdown while it runs", func(a *app.App, shutdown lifecycle.Shutdown) error {
		return apart(
			func() error { return a.Run(context.Background()) },
			func() error { shutdown(nil); return nil },
		)
	}},
	{"end of the context", func(a *app.App, _ lifecycle.Shutdown) error {
		ctx, cancel := context.WithCancel(context.Background())
		return apart(
			func() error { return a.Run(ctx) },
			func() error { cancel(); return nil },
		)
	}},
	{"two stops", func(a *app.App, _ lifecycle.Shutdown) error {
		if err := a.Start(context.Background()); err != nil {
			return err
		}
		stop := func() error { return a.Stop(context.Background()) }
		return apart(stop, stop)
	}},
}

// apart calls each function in a goroutine of its own and waits for them.
func apart(fns ...func() error) error {
	return errors.Join(supervise.Together(fns, func(fn func() error) error { return fn() })...)
}

// interrupted is the error of a start, but for an interruption.
func interrupted(err error) error {
	if errors.Is(err, lifecycle.ErrStopping) {
		return nil
	}
	return err
}

// round is the life of one application.
func round(way int, option fx.Option) error {
	var (
		c        crowd
		shutdown lifecycle.Shutdown
	)
	a := app.New(c.around([]fx.Option{option, fx.Populate(&shutdown), app.Grace(grace)})...)
	if err := a.Err(); err != nil {
		return err
	}
	err := ways[way].do(a, shutdown)
	for _, wrong := range c.wrong() {
		err = errors.Join(err, errors.New(wrong))
	}
	return err
}
