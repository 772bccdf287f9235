package main_test

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	queued "github.com/berth-go/berth/examples/queued"
)

// program is the application on a keyboard and with a log of the test's.
func program(capacity int) (fx.Option, *io.PipeWriter, *observer.ObservedLogs) {
	core, logs := observer.New(zapcore.InfoLevel)
	in, keys := io.Pipe()
	return fx.Options(
		queued.Module,
		di.Replace[io.Reader](in),
		di.Replace(zap.New(core)),
		config.Load(config.Values(map[string]any{"queued": map[string]any{"queue_capacity": capacity}})),
		app.Grace(7*time.Second),
	), keys, logs
}

func TestEachKeyIsWorkOfThreeSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options, keys, logs := program(100)
		apptest.Start(t, options)
		_, _ = io.WriteString(keys, "wx\nW")

		<-time.After(15*time.Second + 1)
		synctest.Wait()
		if done := logs.FilterMessage("step done").Len(); done != 3 || logs.FilterMessage("work is complete").Len() != 1 {
			t.Errorf("%d steps after 15 seconds: %v", done, logs.All())
		}
		<-time.After(15 * time.Second)
		synctest.Wait()
		if complete := logs.FilterMessage("work is complete").Len(); complete != 2 {
			t.Errorf("%d are complete after 30 seconds", complete)
		}
		_ = keys.Close() // the monitor ends, the application does not
	})
}

func TestFullQueueHoldsTheKeyboard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options, keys, _ := program(2)
		application := apptest.Start(t, options)
		var typed atomic.Int32
		go func() {
			for range 6 {
				if _, err := keys.Write([]byte("w")); err != nil {
					return
				}
				typed.Add(1)
			}
		}()
		synctest.Wait()
		if typed.Load() != 4 { // one under way, two in the queue, one in the hand of the monitor
			t.Errorf("%d keys were taken", typed.Load())
		}
		<-time.After(15*time.Second + 1)
		synctest.Wait()
		if typed.Load() != 5 {
			t.Errorf("%d keys were taken when one item was complete", typed.Load())
		}
		if err := application.Stop(); err != nil {
			t.Error(err)
		}
		_ = keys.Close()
	})
}

func TestStopCancelsWorkInTheMiddleAndTellsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options, keys, logs := program(100)
		application := apptest.Start(t, options)
		_, _ = io.WriteString(keys, "www")
		<-time.After(time.Second)
		if err := application.Stop(); err != nil {
			t.Error(err)
		}
		_ = keys.Close() // the read that was left behind ends
		synctest.Wait()

		cancelled := logs.FilterMessage("work was cancelled").All()
		if len(cancelled) != 1 || cancelled[0].ContextMap()["step"] != int64(2) {
			t.Errorf("cancelled: %v", cancelled)
		}
		left := logs.FilterMessage("work is left").All()
		if len(left) != 1 || left[0].ContextMap()["items"] != int64(3) {
			t.Errorf("left: %v", left)
		}
	})
}

func TestSettingsAreValidated(t *testing.T) {
	for _, s := range []queued.Settings{{QueueCapacity: 0, Step: 1}, {QueueCapacity: 1}} {
		if s.Validate() == nil {
			t.Errorf("%+v is valid", s)
		}
	}
	options, _, _ := program(0)
	if err := app.New(options).Err(); err == nil || !strings.Contains(fmt.Sprintf("%+v", err), "queue_capacity") {
		t.Errorf("error is %+v", err)
	}
}
