package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
)

// FuzzPhases builds an application of the first byte of each pair and drives it by the second. Whatever
// happens, what was started is stopped once and the last first, what was built is released once, and
// the application ends.
func FuzzPhases(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0, 3, 1})
	f.Add([]byte{1, 2, 4, 0, 8, 0, 3, 1})
	f.Add([]byte{3, 3, 2, 0, 9, 0, 7, 1, 11, 1})
	f.Fuzz(func(t *testing.T, program []byte) {
		if len(program) > 40 {
			return
		}
		synctest.Test(t, func(t *testing.T) { drive(t, program) })
	})
}

func drive(t *testing.T, program []byte) {
	e := supervise.New(nil)
	e.Configure(supervise.Limits{Start: 4 * time.Second})
	var open []string // what was started or built, in order
	began := func(name string) { open = append(open, name) }
	ended := func(name string) error {
		if n := len(open); n == 0 || open[n-1] != name {
			t.Errorf("%s is stopped while open are %v", name, open)
			return nil
		}
		open = open[:len(open)-1]
		return nil
	}
	for i := 0; i+1 < len(program); i += 2 {
		name, start := fmt.Sprint(i), outcome(e, program[i]/4)
		starting := func(ctx context.Context) error {
			err := start(ctx)
			if err == nil {
				began(name)
			}
			return err
		}
		stopping := func(context.Context) error { return ended(name) }
		switch program[i] % 4 {
		case 0:
			e.Append(supervise.Hook{Name: name, Start: starting, Stop: stopping})
		case 1:
			e.Append(supervise.Hook{Name: name, Start: func(ctx context.Context) error {
				e.Append(supervise.Hook{Name: name, Start: starting, Stop: stopping})
				return nil
			}})
		default:
			e.Add(&supervise.Task{
				Name: name, Start: starting, Stop: stopping, Workers: int(program[i]) / 32,
				Run: func(turn supervise.Turn) error { return waits(turn.Context) },
			})
		}
	}
	e.Constructed()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 1; i < len(program); i += 2 {
			switch program[i] % 4 {
			case 0:
				_ = e.Start(context.Background())
			case 1:
				_ = e.Stop(context.Background())
			case 2:
				e.Shutdown(nil)
			case 3:
				e.Shutdown(errBoom)
			}
		}
	}()
	<-done
	first := e.Stop(context.Background())
	if again := e.Stop(context.Background()); first != again {
		t.Errorf("stop returned %v, then %v", first, again)
	}
	if len(open) > 0 || e.Phase() != supervise.PhaseStopped {
		t.Errorf("phase %v, still open: %v", e.Phase(), open)
	}
	var hung *supervise.HungError
	if errors.As(e.Result(), &hung) {
		t.Errorf("hung: %v", hung)
	}
}

// outcome is a start that ends in one of several ways.
func outcome(e *supervise.Engine, kind byte) func(context.Context) error {
	switch kind % 8 {
	case 0:
		return func(context.Context) error { return errBoom }
	case 1:
		return func(context.Context) error { panic("boom") }
	case 2:
		return waits
	case 3:
		return func(ctx context.Context) error { e.Shutdown(nil); return nil }
	case 4:
		return func(ctx context.Context) error {
			select {
			case <-time.After(time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	default:
		return func(context.Context) error { return nil }
	}
}
