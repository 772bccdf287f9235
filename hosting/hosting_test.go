package hosting_test

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// TestMain runs one of the programs, if it is asked to.
func TestMain(m *testing.M) {
	if program := processes[os.Getenv(processVar)]; program != nil {
		program()
		return
	}
	goleak.VerifyTestMain(m)
}

// A program is an engine with triggers whose units are plain functions of a context.
type program struct {
	t      *testing.T
	engine *supervise.Engine
	begun  time.Time

	mu     sync.Mutex
	events []event.Event
	at     []time.Duration // when note was called, since the start
}

func newProgram(t *testing.T) *program {
	p := &program{t: t}
	p.engine = supervise.New(func(ev event.Event) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.events = append(p.events, ev)
	})
	return p
}

// install installs a trigger as a compiled application does.
func (p *program) install(o fx.Option, b decl.Bound) error {
	u := unitOf(o)
	if b.Name == "" {
		b.Name = "test.Unit"
	}
	b.Func, b.Place = b.Name, u.Here.Place()
	return u.Install(p.engine, b)
}

func unitOf(o fx.Option) *decl.Unit { return o.(decl.Option).Decl.(*decl.Unit) }

// add installs a trigger that calls unit.
func (p *program) add(o fx.Option, unit func(context.Context) error) *hosting.Trigger {
	p.t.Helper()
	if err := p.install(o, decl.Bound{Call: call(unit)}); err != nil {
		p.t.Fatal(err)
	}
	all := hosting.TriggersOf(p.engine).All()
	return all[len(all)-1]
}

// serve installs a service with that value.
func (p *program) serve(o fx.Option, value any) *hosting.Trigger {
	p.t.Helper()
	if err := p.install(o, decl.Bound{Value: value}); err != nil {
		p.t.Fatal(err)
	}
	all := hosting.TriggersOf(p.engine).All()
	return all[len(all)-1]
}

func call(unit func(context.Context) error) func(context.Context, ...decl.Value) ([]decl.Value, error) {
	return func(ctx context.Context, _ ...decl.Value) ([]decl.Value, error) { return nil, unit(ctx) }
}

func (p *program) start() {
	p.t.Helper()
	p.begun = time.Now()
	p.engine.Constructed()
	if err := p.engine.Start(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) stop() {
	p.t.Helper()
	if err := p.engine.Stop(context.Background()); err != nil {
		p.t.Error(err)
	}
}

// runFor starts the program, lets it run for d and stops it.
func (p *program) runFor(d time.Duration) {
	p.t.Helper()
	p.start()
	<-time.After(d) // of the bubble
	p.stop()
}

// note records the moment of a call.
func (p *program) note() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = append(p.at, time.Since(p.begun))
}

// wantAt compares the moments with those wanted.
func (p *program) wantAt(want ...time.Duration) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.at, want) {
		p.t.Errorf("turns began at %v, want %v", p.at, want)
	}
}

// failures are the events about failed units.
func (p *program) failures() []event.UnitFailed {
	p.mu.Lock()
	defer p.mu.Unlock()
	var failed []event.UnitFailed
	for _, ev := range p.events {
		if f, ok := ev.(event.UnitFailed); ok {
			failed = append(failed, f)
		}
	}
	return failed
}

func nothing(context.Context) error { return nil }

func bubble(t *testing.T, test func(t *testing.T, p *program)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newProgram(t)) })
}
