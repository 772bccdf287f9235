package fxgraph_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/scopes"
)

// FuzzPlan makes an application of the bytes and compares what is said of it, and what it does, with what
// the oracle says: the same problems, or else functions that are called in order and with what they should get, as
// often as their lifetimes say, and are released once, in reverse.
func FuzzPlan(f *testing.F) {
	f.Add([]byte("0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 600 {
			return
		}
		p := decode(data)
		for _, wrong := range try(p) {
			t.Errorf("%s\nthe program:\n%v", wrong, p)
		}
	})
}

// A trial is one life of the application that a program describes, and what its functions saw.
type trial struct {
	o     *oracle
	wrong []string // what was not as it should be
	made  []*call

	ready  bool  // everything is constructed
	phase  int   // starting, or the number of a run of a unit
	runs   int   // of units
	unit   *node // that is run
	whole  []*call
	ended  []*call      // of which the cleanups have run in this phase, in order
	fired  []blunder    // in this phase
	faulty map[int]bool // phases with a blunder
	failed []blunder    // of units at start
	lazy   []arg        // lazies of the phase
	later  []arg        // lazies and bound functions of singletons

	factories []factory
}

// A factory is one that a function got.
type factory struct {
	*scopes.Factory
	by *call
}

const starting = 0

// A call is one call of a function.
type call struct {
	t     *trial
	by    *option
	phase int
	unit  *node // that the call is for
	args  []arg
	inner reflect.Value // what a decorator wraps
	over  bool
}

// An arg is what a call got for a need.
type arg struct {
	need
	by *call
	at reflect.Value
}

// A blunder is the fault of an option.
type blunder struct {
	id  int
	how fault
	end bool // in its cleanup
}

func (b blunder) Error() string  { return fmt.Sprintf("#%d %v %v", b.id, b.how, b.end) }
func (c *call) String() string   { return fmt.Sprintf("#%d in %d", c.by.id, c.phase) }
func (o *option) unitless() bool { return o.verb != binds && o.verb != starts && o.verb != invokes }

// try returns what is not as it should be with a program.
func try(p *program) []string {
	t := &trial{o: judge(p), faulty: map[int]bool{}}
	for _, o := range p.options {
		if o.fault == returnsNil && o.verb == provides && !t.o.keeps(o) {
			o.fault = fine // nobody looks at that result
		}
	}
	t.life()
	return t.wrong
}

func (t *trial) errorf(format string, args ...any) {
	t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
}

func (t *trial) life() {
	engine := supervise.New(nil)
	graph, err := fxgraph.Compile(t.options(0), fxgraph.Config{Engine: engine})
	t.verdict(err)
	if err != nil || t.o.hopeless {
		return
	}
	err = construct(graph)
	t.check("construction", err, t.fired)
	if err == nil {
		t.ready = true
		if !t.o.doubt {
			if !t.o.opens() || !t.o.orphans() && len(t.o.overlays) == 0 {
				t.built(t.o.called(), singleton)
			}
			t.ordered()
		}
		if err = engine.Start(context.Background()); t.phase != starting {
			t.finish()
		}
		t.check("start", err, t.failed)
	}
	if err == nil {
		t.use()
	}
	if len(t.ended) == 0 { // else the start has failed, and has released what was built
		t.phase, t.fired = starting, nil
		t.check("stop", engine.Stop(context.Background()), t.fired)
	}
	t.released()
	for _, a := range t.later {
		t.refused(a, scopes.ErrClosed)
	}
	t.once()
	if !t.o.doubt {
		t.arguments()
	}
}

// orphans reports whether something is needed perhaps by what nothing is left of only: that is not built.
func (o *oracle) orphans() bool {
	return slices.ContainsFunc(o.options, func(d *option) bool { return d.fallback || d.verb == replaces })
}

// construct does what app.Run does.
func construct(g *fxgraph.Graph) error {
	return alone(func() (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = fxgraph.Panicked(v)
			}
		}()
		if err := fx.New(fx.Logger(discard{}), fx.NopLogger, fx.Options(g.Options...)).Err(); err != nil {
			return g.Failure(err)
		}
		return nil
	})
}

// alone calls a function in a goroutine of its own, which that may end.
func alone(fn func() error) error {
	err := supervise.ErrGoexit
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = fn()
	}()
	<-done
	return err
}
