package hosting_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// A misbehaving service does in one of its methods what a test says.
type misbehaving struct {
	in string
	do func() error
}

func (m *misbehaving) at(method string) error {
	if m.in == method {
		return m.do()
	}
	return nil
}

func (m *misbehaving) Starting(context.Context) error { return m.at("starting") }
func (m *misbehaving) Start(context.Context) error    { return m.at("start") }
func (m *misbehaving) Started(context.Context) error  { return m.at("started") }
func (m *misbehaving) Stopping(context.Context) error { return m.at("stopping") }
func (m *misbehaving) Stop(context.Context) error     { return m.at("stop") }
func (m *misbehaving) Stopped(context.Context) error  { return m.at("stopped") }

func (m *misbehaving) Run(ctx context.Context) error {
	<-ctx.Done()
	return m.at("run")
}

// methods are those of a service, and whether they belong to the start.
var methods = map[string]bool{"starting": true, "start": true, "started": true, "stopping": false, "run": false, "stop": false, "stopped": false}

// HO-089, HO-090
func TestServiceThatFailsIsNamedAndTheRestIsStopped(t *testing.T) {
	for method := range methods {
		for how, do := range map[string]func() error{
			"unit failed": func() error { return errUnit },
			"panic with a *errors.errorString at hosting/failure_test.go:": func() error { panic(errSecret) },
		} {
			t.Run(method+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var r record
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					err := app.Run(ctx, quiet,
						lifecycle.OnStop(func() { r.add("released") }),
						fx.Module("m", hosting.Service(func() *misbehaving { return &misbehaving{method, do} })))
					text := fmt.Sprint(err)
					subject := method + " of "
					if method == "run" {
						subject = "" // the whole service failed
					}
					if !strings.HasPrefix(text, subject+`Service "hosting_test.misbehaving" (hosting/failure_test.go:`) ||
						!strings.Contains(text, " failed: "+how) || strings.Contains(text, "secret") {
						t.Errorf("Run returned %q", text)
					}
					r.want(t, "released")
				})
			})
		}
	}
}

func TestServiceThatHangsIsNamedWithThePlaceAndTheStackOfItsGoroutine(t *testing.T) {
	for method, starts := range methods {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var r record
				release := make(chan struct{})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := app.Run(ctx, quiet, app.StartTimeout(time.Second), app.StopTimeout(10*time.Second),
					lifecycle.OnStop(func() { r.add("released") }),
					fx.Module("m",
						hosting.Service(func() *misbehaving { return &misbehaving{method, func() error { wait(release); return nil }} }),
						hosting.Run(func(ctx context.Context) { <-ctx.Done() }),
					))
				text := fmt.Sprint(err)
				if starts != strings.HasPrefix(text, "start limit of 1s exceeded: ") ||
					!strings.Contains(text, method+` of Service "hosting_test.misbehaving" (hosting/failure_test.go:`) ||
					!strings.Contains(text, " hangs: it did not return within ") ||
					!strings.Contains(text, "hosting_test.wait(") || strings.Count(text, "goroutine ") != 1 {
					t.Errorf("Run returned %v", err)
				}
				r.want(t, "released")
				close(release)
				synctest.Wait()
			})
		})
	}
}
