package supervise_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

func TestWhatAStopWaitsForIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waiting := func(e *supervise.Engine) string {
			synctest.Wait()
			var lines []string
			for _, w := range e.Waiting() {
				line := w.Source.String()
				if w.Scopes > 0 {
					line += fmt.Sprintf(" %d scopes", w.Scopes)
				} else {
					line += fmt.Sprintf(" %s %v", w.Op, time.Since(w.Since))
				}
				lines = append(lines, line)
			}
			return strings.Join(lines, "\n")
		}
		want := func(e *supervise.Engine, lines ...string) {
			t.Helper()
			if got := waiting(e); got != strings.Join(lines, "\n") {
				t.Errorf("waits for\n%s\nwant\n%s", got, strings.Join(lines, "\n"))
			}
		}
		e := supervise.New(nil)
		at := func(line int) place.Place { return place.Place{File: "/src/x/x.go", Line: line} }
		step := make(chan struct{})
		pass := func(context.Context) error { <-step; return nil }
		e.Append(supervise.Hook{Name: "hook", Place: at(1), Start: pass, Stop: pass})
		e.Add(&supervise.Task{Name: "loop", Kind: "Loop", Place: at(2), Stage: supervise.Timers, Run: func(supervise.Turn) error { <-step; return nil }})
		e.Add(&supervise.Task{Name: "service", Kind: "Service", Place: at(3), Start: func(context.Context) error { return nil }, Stop: pass})
		go func() {
			if err := e.Construct(t.Context(), func() error {
				done := e.Building("x.New", at(4))
				<-step
				done()
				e.Constructed()
				return nil
			}); err != nil {
				t.Error(err)
			}
			if err := e.Start(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		<-time.After(time.Second)
		want(e, `constructor "x.New" (x/x.go:4)  1s`)
		step <- struct{}{}
		want(e, `hook "hook" (x/x.go:1) start 0s`)
		step <- struct{}{}
		want(e)

		g := e.NewGate("unit", at(5))
		if err := g.Enter(); err != nil {
			t.Fatal(err)
		}
		go e.Stop(t.Context())
		want(e, `Loop "loop" (x/x.go:2) run 0s`, `"unit" (x/x.go:5) 1 scopes`)
		step <- struct{}{}
		<-time.After(time.Second)
		want(e, `Service "service" (x/x.go:3) stop 1s`, `"unit" (x/x.go:5) 1 scopes`)
		step <- struct{}{}
		want(e, `"unit" (x/x.go:5) 1 scopes`)
		g.Leave()
		want(e, `hook "hook" (x/x.go:1) stop 0s`)
		step <- struct{}{}
		<-e.Stopped()
		want(e)
	})
}
