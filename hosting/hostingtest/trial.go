package hostingtest

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/internal/testsetup"
	"github.com/berth-go/berth/lifecycle"
)

// A trial is a trigger in one application after the other, whose unit does what the check says.
type trial struct {
	check

	t       testing.TB
	release chan struct{} // closed for the units that hang

	// These are of the application under way.
	crowd   crowd
	called  chan struct{} // holds a token once the unit was called
	calls   atomic.Int64
	open    atomic.Int64 // calls that have not returned
	stopped atomic.Bool
}

func newTrial(t testing.TB, c check) *trial {
	return &trial{check: c, t: t, release: make(chan struct{})}
}

// end lets go of what hangs.
func (tr *trial) end() {
	close(tr.release)
	synctest.Wait()
}

// unit is what the trigger calls.
func (tr *trial) unit(ctx context.Context) error {
	tr.calls.Add(1)
	tr.open.Add(1)
	defer tr.open.Add(-1)
	if tr.stopped.Load() {
		tr.t.Error("the unit was called after the application had stopped")
	}
	select {
	case tr.called <- struct{}{}:
	default:
	}
	return tr.check.unit(tr, ctx)
}

// wait ends with ctx, as a unit should.
func (tr *trial) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-tr.release: // the trigger does not end it
		return nil
	}
}

// takeLong needs a second, which is within every grace period, and less than a minute.
func (tr *trial) takeLong() error {
	<-time.After(time.Second)
	return nil
}

// hangs is how stacks call what hangs.
const hangs = "hostingtest.(*trial).hang("

func (tr *trial) hang(context.Context) error {
	<-tr.release
	return nil
}

// application constructs an application with the trigger between neighbours.
func (tr *trial) application(opts ...fx.Option) *app.App {
	tr.crowd = crowd{}
	tr.called = make(chan struct{}, 1)
	tr.calls.Store(0)
	tr.stopped.Store(false)
	a := app.New(tr.crowd.around(opts)...)
	if err := a.Err(); err != nil {
		tr.t.Fatalf("application could not be constructed: %+v", err)
	}
	return a
}

// hour gives the unit an hour to be called and some seconds to do what it does.
func (tr *trial) hour() (called bool) {
	select {
	case <-tr.called:
	case <-time.After(time.Hour):
		return false
	}
	<-time.After(3 * time.Second)
	synctest.Wait()
	return true
}

// budget is the time to stop, with what the last calls that hang may take beyond it.
const budget = 26 * time.Second

// stop stops the application from two goroutines and returns its result.
func (tr *trial) stop(a *app.App) error {
	began, open := time.Now(), tr.open.Load()
	var results [2]error
	supervise.Together([]int{0, 1}, func(i int) error {
		results[i] = a.Stop(context.Background())
		return nil
	})
	tr.stopped.Store(true)
	if took := time.Since(began); took > budget {
		tr.t.Errorf("the stop took %v, want %v at most", took, budget)
	}
	if results[0] != results[1] { //nolint:errorlint // the very same
		tr.t.Errorf("one stop returned %v, another %v", results[0], results[1])
	}
	for _, wrong := range tr.crowd.wrong() {
		tr.t.Error(wrong)
	}
	if hung := tr.open.Load(); hung > 0 && tr.name != "hangs" {
		tr.t.Errorf("%d calls of the unit had not returned when the stop was over; %d were under way when it began", hung, open)
	}
	<-time.After(time.Hour) // a late call is an error
	synctest.Wait()
	return errors.Join(a.Err(), results[0])
}

// neighbours begins the names of what stands around the trigger.
const neighbours = "hostingtest.neighbour"

// A crowd is what stands around a trigger and must not suffer from it.
type crowd [3]neighbour

// around are the options of an application with the trigger in the middle.
func (c *crowd) around(opts []fx.Option) []fx.Option {
	setup := testsetup.Setup{Logger: zap.NewNop()}.Option()
	return slices.Concat([]fx.Option{setup, fx.NopLogger, c[0].service("before")}, opts,
		[]fx.Option{c[1].service("behind"), c[2].service("after intake", hosting.AfterIntake())})
}

// wrong says who was not stopped or released once.
func (c *crowd) wrong() []string {
	var all []string
	for i := range c {
		n := &c[i]
		if n.started.Load() != n.stopped.Load() || n.built.Load() != n.released.Load() || n.built.Load() > 1 {
			all = append(all, "a service beside the trigger was not stopped and released once")
		}
	}
	return all
}

// A neighbour is a service that counts.
type neighbour struct{ built, started, stopped, released atomic.Int32 }

func (n *neighbour) Start(context.Context) error { n.started.Add(1); return nil }

func (n *neighbour) Stop(context.Context) error { n.stopped.Add(1); return nil }

func (n *neighbour) service(name string, opts ...hosting.Option) fx.Option {
	make := func() (*neighbour, func()) {
		n.built.Add(1)
		return n, func() { n.released.Add(1) }
	}
	return hosting.Service(make, append(opts, hosting.Name(neighbours+" "+name))...)
}

// failing fails the start in its last step.
var failing = fx.Options(lifecycle.OnStart(func() {}), hosting.Service(func() *refuser { return &refuser{} },
	hosting.AfterIntake(), hosting.Name(neighbours+" that fails")))

type refuser struct{}

func (*refuser) Start(context.Context) error { return errStart }
