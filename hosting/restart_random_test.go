package hosting_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// FuzzPoliciesKeepTheirWord lets bodies and turns of every kind end in random ways under random policies, and stops at a
// random time. Whatever happens, the stop ends within its budget, no two calls of one trigger overlap, what is started is stopped
// once, every scope is closed, and the counts and states of each trigger are true.
func FuzzPoliciesKeepTheirWord(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) { (&ordeal{t: t, rand: rand.New(rand.NewPCG(seed, 0))}).run() })
	})
}

// An ordeal is one random program.
type ordeal struct {
	t *testing.T

	mu     sync.Mutex
	rand   *rand.Rand
	scopes int // open ones
	all    []*victim
}

func (o *ordeal) roll(n int) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.rand.IntN(n)
}

func (o *ordeal) duration(most time.Duration) time.Duration { return time.Duration(o.roll(int(most))) }

func (o *ordeal) policy() hosting.Policy {
	p := hosting.Policy{When: hosting.When(o.roll(3)), Then: hosting.MarkUnhealthy}
	if o.roll(6) == 0 {
		p.Then = hosting.StopApplication
	}
	if p.When == hosting.Never {
		return p
	}
	p.Failures = o.roll(6)
	p.First = o.duration(time.Second)
	p.Window = o.duration(5 * time.Minute)
	p.Calm = o.duration(2 * time.Minute)
	return p
}

// A victim is one trigger, and what has become of it. Its fields belong to the ordeal's lock.
type victim struct {
	o      *ordeal
	name   string
	policy hosting.Policy

	calls, failures, starts, stops int
	going, done                    bool
	last                           string // how the last call ended
}

// call is one call of a body or unit.
func (v *victim) call(ctx context.Context) error {
	o := v.o
	o.mu.Lock()
	if v.going || v.done {
		o.t.Errorf("%s is called while it goes on (%v) or although it is done (%v)", v.name, v.going, v.done)
	}
	v.calls++
	v.going = true
	o.mu.Unlock()
	how := o.roll(9)
	end := func(last string, failed bool) {
		o.mu.Lock()
		defer o.mu.Unlock()
		v.going, v.last = false, last
		if failed {
			v.failures++
		}
		v.done = v.done || last == "done"
	}
	select {
	case <-time.After(o.duration(20 * time.Second)):
	case <-ctx.Done():
		how = how%4 + 5
	}
	switch how {
	case 0, 1:
		end("error", true)
		return errUnit
	case 2:
		end("panic", true)
		panic(errSecret)
	case 3:
		end("exit", true)
		runtime.Goexit()
	case 4:
		if o.roll(4) == 0 {
			end("done", false)
			return hosting.ErrDone
		}
		fallthrough
	case 5:
		end("nil", false)
		return nil
	default:
		<-ctx.Done()
		end("stopped", false)
		return fmt.Errorf("interrupted: %w", ctx.Err())
	}
	return nil
}

// Its methods as a service.
func (v *victim) Run(ctx context.Context) error { return v.call(ctx) }
func (v *victim) Start(context.Context) error   { v.count(&v.starts); return nil }
func (v *victim) Stop(context.Context) error    { v.count(&v.stops); return nil }

func (v *victim) count(n *int) {
	v.o.mu.Lock()
	defer v.o.mu.Unlock()
	*n++
}

// option declares the victim as a trigger of a random kind.
func (v *victim) option() fx.Option {
	name, restart := hosting.Name(v.name), hosting.Restart(v.policy)
	unit := func(ctx context.Context, _ *lease) error { return v.call(ctx) }
	switch v.o.roll(5) {
	case 0:
		return hosting.Service(func() *victim { return v }, name, restart)
	case 1:
		return hosting.Run(v.call, name, restart)
	case 2:
		return hosting.Loop(unit, name, restart)
	case 3:
		return hosting.Every(time.Second+v.o.duration(time.Minute), unit, name, restart)
	}
	return hosting.Cron("* * * * *", unit, name, restart)
}

func (o *ordeal) run() {
	var triggers *hosting.Triggers
	options := []fx.Option{
		quiet, fx.Populate(&triggers),
		di.Scoped(func() (*lease, func()) { o.scope(1); return &lease{}, func() { o.scope(-1) } }),
	}
	for i := range 1 + o.roll(5) {
		v := &victim{o: o, name: fmt.Sprint("victim ", i), policy: o.policy()}
		o.all = append(o.all, v)
		options = append(options, v.option())
	}
	ctx, cancel := context.WithTimeout(o.t.Context(), o.duration(10*time.Minute))
	defer cancel()
	began := time.Now()
	a := app.New(options...)
	err := a.Run(ctx)
	if took, most := time.Since(began), 10*time.Minute+25*time.Second; took > most {
		o.t.Errorf("the application took %v", took)
	}
	gaveUp := false
	for _, v := range o.all {
		tr, ok := triggers.Find(v.name)
		if !ok {
			o.t.Fatalf("no trigger %s", v.name)
		}
		gaveUp = v.check(tr.Info()) || gaveUp
	}
	if gaveUp != (err != nil) {
		o.t.Errorf("Run returned %v, a trigger has stopped the application: %v", err, gaveUp)
	}
	if o.scopes != 0 {
		o.t.Errorf("%d scopes are open", o.scopes)
	}
}

func (o *ordeal) scope(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.scopes += n
}

// check compares what is known of a trigger with what has happened. It reports whether it has stopped the application.
func (v *victim) check(i hosting.Info) (stopped bool) {
	t, lasting := v.o.t, i.Kind == "Run" || i.Kind == "Service"
	if v.going || v.starts != v.stops || v.starts > 1 {
		t.Errorf("%s goes on: %v, was started %d times, stopped %d times", v.name, v.going, v.starts, v.stops)
	}
	if i.Runs != v.calls && !(i.Kind == "Service" && v.calls == 0 && i.Runs == 1) { // stopped before Run began
		t.Errorf("%s counts %d calls, there were %d", v.name, i.Runs, v.calls)
	}
	if i.Failures != v.failures {
		t.Errorf("%s counts %d failures, there were %d", v.name, i.Failures, v.failures)
	}
	if want := max(0, v.calls-1); lasting && i.Restarts != want || !lasting && i.Restarts != 0 {
		t.Errorf("%s counts %d restarts of %d calls", v.name, i.Restarts, v.calls)
	}
	switch i.State {
	case hosting.Failed:
		if v.last != "error" && v.last != "panic" && v.last != "exit" || i.LastError == nil {
			t.Errorf("%s has failed after %q, with %v", v.name, v.last, i.LastError)
		}
		return v.policy.Then == hosting.StopApplication
	case hosting.Ended:
		if v.policy.When == hosting.Never && v.failures > 0 || v.policy.Failures == 1 && v.failures > 0 {
			t.Errorf("%s has %d failures and has not given up: %+v", v.name, v.failures, i)
		}
	default:
		t.Errorf("%s is %v", v.name, i.State)
	}
	return false
}
