package eventtest_test

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/berth-go/berth/lifecycle/event"
	"github.com/berth-go/berth/lifecycle/event/eventtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEventsAreKeptInOrder(t *testing.T) {
	var r eventtest.Recorder
	if len(r.All()) != 0 {
		t.Errorf("new recorder has %v", r.All())
	}
	for _, ev := range []event.Event{event.Starting{}, event.Started{Took: 1}, event.Started{Took: 2}} {
		r.OnEvent(ev)
	}
	if all := r.All(); len(all) != 3 || all[0] != (event.Starting{}) {
		t.Errorf("events are %v", all)
	}
	if of := eventtest.Of[event.Started](&r); len(of) != 2 || of[0].Took != 1 || of[1].Took != 2 {
		t.Errorf("started: %v", of)
	}
}

func TestWaitWaitsForItsEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r eventtest.Recorder
		for i := range 3 {
			time.AfterFunc(time.Duration(i+1)*time.Second, func() { r.OnEvent(event.Started{Took: time.Duration(i)}) })
		}
		began := time.Now()
		second := eventtest.Wait(t, &r, func(ev event.Started) bool { return ev.Took > 0 })
		if second.Took != 1 || time.Since(began) != 2*time.Second {
			t.Errorf("%v came after %v", second, time.Since(began))
		}
		if first := eventtest.Wait[event.Started](t, &r); first.Took != 0 || time.Since(began) != 2*time.Second {
			t.Errorf("first is %v, after %v", first, time.Since(began))
		}
		time.Sleep(time.Second)
	})
}

func TestWaitFailsAtTheEndOfTheTest(t *testing.T) {
	f := &failing{TB: t}
	done := make(chan struct{})
	t.Run("ends", func(t *testing.T) {
		f.TB = t
		go func() {
			defer close(done)
			eventtest.Wait[event.Stopped](f, new(eventtest.Recorder))
		}()
	})
	<-done
	if f.text != "no event.Stopped came" {
		t.Errorf("failed with %q", f.text)
	}
}

// failing is a test that keeps what it fails with.
type failing struct {
	testing.TB
	text string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.text = fmt.Sprintf(format, args...)
	runtime.Goexit()
}
