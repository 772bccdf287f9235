package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errBoom = errors.New("boom")
	here    = place.Place{File: "/src/orders/module.go", Line: 27}
)

// A program is an engine that writes down what it does.
type program struct {
	*supervise.Engine
	t *testing.T

	mu     sync.Mutex
	lines  []string
	events []event.Event
}

// bubble runs test with an engine in a bubble of virtual time.
func bubble(t *testing.T, test func(t *testing.T, p *program)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &program{t: t}
		p.Engine = supervise.New(func(ev event.Event) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.events = append(p.events, ev)
		})
		test(t, p)
	})
}

func (p *program) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

// noting is a function of user code that writes down its name and returns nil.
func (p *program) noting(name string) func(context.Context) error {
	return func(context.Context) error {
		p.note("%s", name)
		return nil
	}
}

func (p *program) hook(name string) {
	p.Append(supervise.Hook{Name: name, Place: here, Start: p.noting("start " + name), Stop: p.noting("stop " + name)})
}

func (p *program) startHook(name string, start func(context.Context) error) {
	p.Append(supervise.Hook{Name: name, Place: here, Start: start, Stop: p.noting("stop " + name)})
}

func (p *program) stopHook(name string, stop func(context.Context) error) {
	p.Append(supervise.Hook{Name: name, Place: here, Stop: stop})
}

func (p *program) cleanup(name string) { p.Release(name, here, p.noting("release "+name)) }

// task adds a task that writes down its start and stop, after change has changed it.
func (p *program) task(name string, stage supervise.Stage, change func(*supervise.Task)) {
	t := &supervise.Task{
		Name: name, Kind: "Service", Place: here, Stage: stage,
		Start: p.noting("start " + name), Stop: p.noting("stop " + name),
	}
	if change != nil {
		change(t)
	}
	p.Add(t)
}

func (p *program) start() {
	p.t.Helper()
	p.Constructed()
	if err := p.Start(p.t.Context()); err != nil {
		p.t.Fatalf("Start: %v", err)
	}
}

func (p *program) stop() {
	p.t.Helper()
	if err := p.Stop(context.Background()); err != nil {
		p.t.Errorf("Stop: %v", err)
	}
}

// want compares what was written down since the last want.
func (p *program) want(lines ...string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.lines, lines) {
		p.t.Errorf("happened:\n\t%s\nwant:\n\t%s", strings.Join(p.lines, "\n\t"), strings.Join(lines, "\n\t"))
	}
	p.lines = nil
}

// eventsOf are the events of one type so far.
func eventsOf[E event.Event](p *program) []E {
	p.mu.Lock()
	defer p.mu.Unlock()
	var some []E
	for _, ev := range p.events {
		if e, ok := ev.(E); ok {
			some = append(some, e)
		}
	}
	return some
}

// as finds an error of a type in err.
func as[E error](t *testing.T, err error) E {
	t.Helper()
	var found E
	if !errors.As(err, &found) {
		t.Fatalf("no %v in: %v", reflect.TypeFor[E](), err)
	}
	return found
}

func wantIs(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("error is %v, want %v", err, target)
	}
}

func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error does not say %q: %v", part, err)
		}
	}
}

// elapsed is how long fn takes in virtual time.
func elapsed(fn func()) time.Duration {
	begun := time.Now()
	fn()
	return time.Since(begun)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// stuck ignores its context until release is closed.
func stuck(release <-chan struct{}) func(context.Context) error {
	return func(context.Context) error {
		<-release
		return nil
	}
}

func waits(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
