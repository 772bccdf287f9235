package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/lifecycle/event"
	"github.com/berth-go/berth/lifecycle/event/eventtest"
)

var errBoom = errors.New("boom")

// A metrics counts events in a store that is injected.
type metrics struct{ store *store }

type store struct{ counts map[string]int }

func (m *metrics) OnEvent(ev event.Event) { m.store.counts[fmt.Sprintf("%T", ev)]++ }

func newMetrics(s *store) *metrics { return &metrics{s} }

func TestListenersHearOfTheWholeLife(t *testing.T) {
	var value eventtest.Recorder
	s := &store{counts: map[string]int{}}
	a := app.New(quiet, fx.Supply(s), fx.Module("m", lifecycle.Listen(newMetrics), lifecycle.Listen(&value)))
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, ev := range value.All() {
		told = append(told, fmt.Sprintf("%T", ev))
		if n := s.counts[fmt.Sprintf("%T", ev)]; n != 1 {
			t.Errorf("%T was counted %d times", ev, n)
		}
	}
	if got := strings.Join(told, " "); got != "event.Starting event.Started event.Stopping event.Stopped" {
		t.Errorf("told %s", got)
	}
}

func TestAListenerGivenAsAValueHearsOfAFailedConstruction(t *testing.T) {
	var events eventtest.Recorder
	errDown := errors.New("down")
	err := app.Run(t.Context(), quiet, lifecycle.Listen(&events), di.Singleton(func() (*store, error) { return nil, errDown }),
		fx.Invoke(func(*store) {}))
	failed := eventtest.Of[event.StartFailed](&events)
	if len(failed) != 1 || !errors.Is(failed[0].Err, errDown) || !errors.Is(err, errDown) {
		t.Errorf("told %v, error is %v", failed, err)
	}
}

func TestAListenerThatPanicsHarmsNobody(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	var before, after eventtest.Recorder
	told := 0
	broken := func() event.Listener {
		return event.ListenerFunc(func(event.Event) {
			told++
			panic("secret")
		})
	}
	a := app.New(fx.Supply(zap.New(core)), lifecycle.Listen(&before), lifecycle.Listen(broken), lifecycle.Listen(broken), lifecycle.Listen(&after))
	if err := errors.Join(a.Start(t.Context()), a.Stop(t.Context())); err != nil {
		t.Error(err)
	}
	if told != 4*2+4*2 { // each of its own, and of the failures of the other
		t.Errorf("told %d times", told)
	}
	for _, r := range []*eventtest.Recorder{&before, &after} {
		failed := eventtest.Of[event.ListenerFailed](r)
		if len(failed) != 8 {
			t.Fatalf("told of %d failures", len(failed))
		}
		f := failed[0]
		var panicked *supervise.PanicError
		if _, ok := f.Event.(event.Starting); !ok || !errors.As(f.Err, &panicked) || strings.Contains(f.Err.Error(), "secret") {
			t.Errorf("event is %+v", f)
		}
		if !strings.Contains(f.Source.String(), "listen_test.go") {
			t.Errorf("listener is %v", f.Source)
		}
	}
	if n := logs.FilterMessage("listener failed").Len(); n != 8 {
		t.Errorf("%d failures are logged", n)
	}
}

func TestWhatIsNoListenerIsAnErrorAtStartup(t *testing.T) {
	tests := []struct {
		name     string
		listener any
		want     string
	}{
		{"nil", nil, "Listen"},
		{"number", 1, "Listen"},
		{"constructor of something else", func() *store { return nil }, "listener must be an event.Listener, a func(event.Event) or a constructor of a listener, is a func() *lifecycle_test.store"},
		{"nil function", (func(event.Event))(nil), "Listen"},
		{"missing", newMetrics, "missing *lifecycle_test.store"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := app.New(quiet, lifecycle.Listen(test.listener)).Err()
			if text := fmt.Sprintf("%+v", err); err == nil || !strings.Contains(text, test.want) || !strings.Contains(text, "listen_test.go:") {
				t.Errorf("error is %s", text)
			}
		})
	}
}

func TestListenersAreToldFromManyGoroutinesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var events eventtest.Recorder
		opts := []fx.Option{lifecycle.Listen(&events)}
		for i := range 20 {
			opts = append(opts, hosting.Every(time.Second, func() error { return errBoom }, hosting.Name(fmt.Sprint(i))))
		}
		apptest.Start(t, opts...)
		last := eventtest.Wait(t, &events, func(ev event.UnitFailed) bool { return ev.Name == "19" })
		if !errors.Is(last.Err, errBoom) {
			t.Errorf("failed: %v", last.Err)
		}
		synctest.Wait()
		if n := len(eventtest.Of[event.UnitFailed](&events)); n != 20 {
			t.Errorf("%d units failed", n)
		}
	})
}

func TestAnApplicationIsStoppedByAListenerThatAsks(t *testing.T) {
	shutdown := make(chan lifecycle.Shutdown, 1)
	err := app.Run(context.Background(), quiet,
		lifecycle.OnStart(func(s lifecycle.Shutdown) { shutdown <- s }),
		lifecycle.Listen(func(ev event.Event) {
			if _, ok := ev.(event.Started); ok {
				(<-shutdown)(errBoom)
			}
		}))
	if !errors.Is(err, errBoom) {
		t.Errorf("error is %v", err)
	}
}
