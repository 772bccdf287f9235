package hosting_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
	"github.com/berth-go/berth/lifecycle/event/eventtest"
	"github.com/berth-go/berth/scopes"
)

// FuzzTriggerSets makes an application of triggers, three bytes each, whose units fail, panic, exit, hang, take long or
// wait, at some time, and ends it at some time in some way. Whatever happens, it stops within its budget; each service
// that was started is stopped once; each scope is closed; no goroutine is left; who hangs is named, and nobody else; and errors
// are where they belong, in the result or in an event.
func FuzzTriggerSets(f *testing.F) {
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 0))
		bytes := []byte{byte(random.UintN(0x100))}
		for range 3 * random.IntN(8) {
			bytes = append(bytes, byte(random.UintN(0x100)))
		}
		f.Add(bytes)
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if len(bytes) == 0 || len(bytes) > 1+3*12 {
			return
		}
		synctest.Test(t, func(t *testing.T) { newSet(t, bytes[1:]).live(bytes[0]) })
	})
}

// A set is an application of parts.
type set struct {
	t       *testing.T
	parts   []*part
	release chan struct{} // for those that hang
	events  eventtest.Recorder
	built   atomic.Int32 // scoped instances
	closed  atomic.Int32
}

// What the unit of a part does.
const (
	actReturn = iota
	actFail
	actPanic
	actExit
	actHang
	actWait
	actTakeLong
	actFailAtEnd
	acts
)

// The kinds of parts.
const (
	partService = iota // Start and Stop
	partRunner         // Start, Run and Stop
	partRun
	partIntake
	partLoop
	partEvery
	partCron
	partConsume
	partBound // a Run that calls a bound function
	partRestart
	parts
)

// A part is one trigger.
type part struct {
	*set
	kind, act int
	where     int           // of a service: the method in which it acts
	at        time.Duration // after the begin of the call
	name      string
	err       error

	started, stopped, open atomic.Int32
	failed                 atomic.Bool // has returned err, or panicked with it
}

type token struct{}

type work func(context.Context) error

func newSet(t *testing.T, bytes []byte) *set {
	s := &set{t: t, release: make(chan struct{})}
	queued := false
	for b := range slices.Chunk(bytes, 3) {
		if len(b) < 3 {
			break
		}
		p := &part{
			set:   s,
			kind:  int(b[0]) % parts,
			act:   int(b[1]) % acts,
			where: int(b[1]) / acts % 3,
			at:    time.Duration(b[2]&0xf) * 333 * time.Millisecond,
			name:  fmt.Sprintf("t%d", len(s.parts)),
		}
		p.err = errors.New(p.name + " has failed")
		if p.kind == partConsume && queued {
			p.kind = partLoop // one queue of a type
		}
		if p.kind == partConsume {
			queued, p.name = true, "queue"
		}
		s.parts = append(s.parts, p)
	}
	return s
}

// do is a call of user code.
func (p *part) do(ctx context.Context) error {
	p.open.Add(1)
	defer p.open.Add(-1)
	if p.at > 0 {
		<-time.After(p.at)
	}
	switch p.act {
	case actFail:
		p.failed.Store(true)
		return p.err
	case actPanic:
		p.failed.Store(true)
		panic(p.err)
	case actExit:
		runtime.Goexit()
	case actHang:
		<-p.release
	case actWait, actFailAtEnd:
		select {
		case <-ctx.Done():
		case <-p.release: // a stage that has no limit
			return nil
		}
		if p.act == actWait {
			return ctx.Err()
		}
		p.failed.Store(true)
		return p.err
	case actTakeLong:
		<-time.After(2 * time.Second)
	}
	return nil
}

// here does it, if this is the method.
func (p *part) here(where int, ctx context.Context) error {
	if p.where != where {
		return nil
	}
	return p.do(ctx)
}

type service struct{ *part }

func (s service) Start(ctx context.Context) error {
	err := s.here(0, ctx)
	if err == nil {
		s.started.Add(1)
	}
	return err
}

func (s service) Stop(ctx context.Context) error {
	s.stopped.Add(1)
	return s.here(1, ctx)
}

type runner struct{ service }

func (r runner) Run(ctx context.Context) error {
	if r.where == 2 {
		return r.do(ctx)
	}
	<-ctx.Done()
	return ctx.Err()
}

// scoped is the unit of what has scopes.
func (p *part) scoped(ctx context.Context, _ *token) error { return p.do(ctx) }

func (p *part) option() fx.Option {
	name := hosting.Name(p.name)
	switch p.kind {
	case partService:
		return hosting.Service(func() service { return service{p} }, name)
	case partRunner:
		return hosting.Service(func() runner { return runner{service{p}} }, name)
	case partRun:
		return hosting.Run(p.do, name)
	case partIntake:
		return hosting.Run(p.do, name, hosting.Intake())
	case partLoop:
		return hosting.Loop(p.scoped, name)
	case partEvery:
		return hosting.Every(time.Second, p.scoped, name)
	case partCron:
		return hosting.Cron("@every 1s", p.scoped, name)
	case partConsume:
		return fx.Options(
			hosting.Consume[string](func(ctx context.Context, _ string, tok *token) error { return p.scoped(ctx, tok) }, hosting.Workers(2), name),
			lifecycle.OnStart(fill))
	case partRestart:
		return hosting.Run(p.do, name, hosting.Restart(hosting.Policy{Failures: 3, Window: time.Minute}))
	}
	return fx.Module(p.name,
		scopes.Bind[work](p.scoped, di.Private()),
		hosting.Run(func(ctx context.Context, do work) error { return do(ctx) }, name))
}

// fill puts something into the queue.
func fill(to struct {
	fx.In
	Queue *hosting.Queue[string] `name:"queue"`
},
) {
	for range 5 {
		_ = to.Queue.TrySend("item")
	}
}

// live is the life of the application, which ends as the byte says.
func (s *set) live(end byte) {
	defer func() {
		close(s.release)
		<-time.After(time.Hour) // for what was given up
	}()
	var shutdown lifecycle.Shutdown
	opts := []fx.Option{
		fx.Supply(zap.NewNop()),
		app.StartTimeout(20 * time.Second),
		lifecycle.Listen(&s.events),
		di.Scoped(func() (*token, func()) {
			s.built.Add(1)
			return new(token), func() { s.closed.Add(1) }
		}),
		fx.Populate(&shutdown),
	}
	for _, p := range s.parts {
		opts = append(opts, p.option())
	}
	a := app.New(opts...)
	if err := a.Err(); err != nil {
		s.t.Fatalf("%+v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	errEnd := errors.New("asked to end")
	after := time.Duration(end>>2) * 250 * time.Millisecond
	var asked error
	switch end & 3 {
	case 0:
		time.AfterFunc(after, func() { shutdown(nil) })
	case 1:
		time.AfterFunc(after, func() { shutdown(errEnd) })
		asked = errEnd
	case 2:
		time.AfterFunc(after, cancel)
	case 3:
		time.AfterFunc(after, func() { _ = a.Stop(context.Background()) })
		time.AfterFunc(after, cancel)
	}
	result := a.Run(ctx)
	s.check(result, asked)
}

// check compares what has happened with what the parts know.
func (s *set) check(result, asked error) {
	t := s.t
	stopped := eventtest.Of[event.Stopped](&s.events)
	if len(stopped) != 1 || stopped[0].Took > 26*time.Second {
		t.Errorf("stopped: %+v", stopped)
	}
	named := s.named(result)
	hung, open := false, int32(0)
	for _, p := range s.parts {
		open += p.open.Load()
		switch {
		case p.open.Load() > 0 && !named[p.name]:
			t.Errorf("%v hangs and is not named", p)
		case p.open.Load() == 0 && named[p.name] && !s.late():
			t.Errorf("%v does not hang and is named", p)
		}
		hung = hung || named[p.name]
		if n := p.started.Load(); n != p.stopped.Load() {
			t.Errorf("%v was started %d times, stopped %d times", p, n, p.stopped.Load())
		}
		s.checkError(p, result, named[p.name])
	}
	if asked != nil && !hung && result == nil && s.wasAsked() {
		t.Errorf("asked to end with %v, which is not in the result", asked)
	}
	if left := s.built.Load() - s.closed.Load(); left < 0 || left > open {
		t.Errorf("%d scopes are open, %d calls are under way", left, open)
	}
	for _, p := range s.parts {
		if p.act != actHang && p.open.Load() > 0 && !s.late() {
			t.Errorf("%v has not returned", p)
		}
	}
}

// wasAsked reports whether the application had lived until it was asked to end.
func (s *set) wasAsked() bool {
	return len(eventtest.Of[event.Started](&s.events)) > 0 && len(eventtest.Of[event.Fault](&s.events)) == 0
}

// late reports whether parts may use up so much of the time to stop that those who only take long are given up too.
func (s *set) late() bool {
	var total time.Duration
	for _, p := range s.parts {
		total += p.at
		switch p.act {
		case actHang:
			return true
		case actWait, actFailAtEnd:
			total += 12500 * time.Millisecond // the grace, or a share of a service
		case actTakeLong:
			total += 2 * time.Second
		}
	}
	return total > 6*time.Second
}

// named are the names of those who hang, by the result.
func (s *set) named(result error) map[string]bool {
	all := map[string]bool{}
	for _, err := range leaves(result) {
		var hung *supervise.HungError
		var open *supervise.ScopesError
		if errors.As(err, &hung) {
			all[hung.Name] = true
		}
		if errors.As(err, &open) {
			all[open.Name] = true
		}
	}
	return all
}

// leaves are the errors that err joins.
func leaves(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
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

// checkError wants the error of a part where it belongs.
func (s *set) checkError(p *part, result error, hung bool) {
	in, failed := errors.Is(result, p.err), p.failed.Load()
	if in && !failed {
		s.t.Errorf("%v has not failed, and its error is in the result", p)
	}
	if !failed || hung {
		return
	}
	switch p.kind {
	case partLoop, partEvery, partCron, partConsume:
		told := slices.ContainsFunc(eventtest.Of[event.UnitFailed](&s.events), func(ev event.UnitFailed) bool {
			return errors.Is(ev.Err, p.err)
		})
		if in || !told {
			s.t.Errorf("%v has failed: in the result %v, in an event %v", p, in, told)
		}
	case partRestart: // an error is an event, or in the result when it gives up
	default:
		if !in {
			s.t.Errorf("%v has failed, and its error is not in the result: %v", p, result)
		}
	}
}

func (p *part) String() string {
	return fmt.Sprintf("%s (kind %d, act %d in %d after %v)", p.name, p.kind, p.act, p.where, p.at)
}
