package hostingtest_test

import (
	"bytes"
	"context"
	"net/http"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/hosting/web/webtest"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

type bound func(context.Context) error

// A starter is a service whose Start is the unit.
type starter struct{ unit }

func (s *starter) Start(ctx context.Context) error { return s.unit(ctx) }

func TestProfileNamesTheTriggerOfEveryGoroutine(t *testing.T) {
	name := hosting.Name("mine")
	var client *http.Client
	tests := []struct {
		trigger, label string
		option         func(u unit) fx.Option
	}{
		{"Service, Start", "mine", func(u unit) fx.Option { return hosting.Service(func() *starter { return &starter{u} }, name) }},
		{"Service, Run", "mine", func(u unit) fx.Option { return hosting.Service(func() *runner { return &runner{u} }, name) }},
		{"Run", "mine", func(u unit) fx.Option { return hosting.Run(u, name) }},
		{"Run that may be left behind", "mine", func(u unit) fx.Option { return hosting.Run(u, name, hosting.Abandon()) }},
		{"Run with a policy", "mine", func(u unit) fx.Option { return hosting.Run(u, name, hosting.Restart(hosting.Policy{})) }},
		{"bound function", "mine", func(u unit) fx.Option {
			return fx.Options(scopes.Bind[bound](u), hosting.Run(func(ctx context.Context, b bound) error { return b(ctx) }, name))
		}},
		{"Loop", "mine", func(u unit) fx.Option { return hosting.Loop(u, name) }},
		{"Every", "mine", func(u unit) fx.Option { return hosting.Every(time.Hour, u, name, hosting.RunAtStart()) }},
		{"Cron", "mine", func(u unit) fx.Option { return hosting.Cron("@every 1s", u, name) }},
		{"Consume", "mine", func(u unit) fx.Option {
			type params struct {
				fx.In
				Queue *hosting.Queue[item] `name:"mine"`
			}
			return fx.Options(
				hosting.Consume[item](func(ctx context.Context, _ item) error { return u(ctx) }, name),
				lifecycle.OnStart(func(p params) error { return p.Queue.TrySend(1) }))
		}},
		{"Handle", "memory", func(u unit) fx.Option {
			return fx.Options(webtest.Client(&client), web.Handle("GET /", u),
				hosting.Run(func(ctx context.Context) { request(ctx, client) }, hosting.AfterIntake()))
		}},
		{"health check", "mine", func(u unit) fx.Option { return health.Check("mine", u) }},
		{"OnStart", "hostingtest_test.TestProfile", func(u unit) fx.Option { return lifecycle.OnStart(u) }},
	}
	for _, test := range tests {
		t.Run(test.trigger, func(t *testing.T) {
			var once, child sync.WaitGroup
			release, there := make(chan struct{}), make(chan struct{}, 100)
			a := app.New(fx.Supply(zap.NewNop()), test.option(func(context.Context) error {
				child.Go(func() { there <- struct{}{}; waitHere(release) })
				there <- struct{}{}
				waitHere(release)
				return nil
			}))
			var err error
			once.Go(func() { err = a.Start(context.Background()) })
			<-there
			<-there
			labels := labelsOf(t, "waitHere")
			close(release)
			once.Wait()
			if err != nil {
				t.Error(err)
			}
			if err := a.Stop(context.Background()); err != nil {
				t.Error(err)
			}
			child.Wait()
			for _, label := range labels {
				if !strings.Contains(label, `"`+test.label) {
					t.Errorf("label is %s", label)
				}
			}
			if len(labels) == 0 {
				t.Error("no goroutine found")
			}
		})
	}
}

// waitHere is what profiles are searched for.
func waitHere(release <-chan struct{}) { <-release }

// labelsOf are the labels of the goroutines in a function, as the profile shows them.
func labelsOf(t *testing.T, function string) []string {
	t.Helper()
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, stack := range strings.Split(profile.String(), "\n\n") {
		if strings.Contains(stack, "."+function) {
			_, label, _ := strings.Cut(stack, "# labels: ")
			label, _, _ = strings.Cut(label, "\n")
			labels = append(labels, label)
		}
	}
	return labels
}
