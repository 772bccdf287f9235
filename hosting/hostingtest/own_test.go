package hostingtest_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/hostingtest"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/hosting/web/webtest"
	"github.com/berth-go/berth/lifecycle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type unit = func(context.Context) error

// A runner is a service whose Run is the unit.
type runner struct{ unit }

func (r *runner) Run(ctx context.Context) error { return r.unit(ctx) }

// item is what a queue holds.
type item int

// request makes a request whose answer does not matter.
func request(ctx context.Context, client *http.Client) {
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://test/", nil)
	if answer, err := client.Do(r); err == nil {
		_ = answer.Body.Close()
	}
}

func TestOwnTriggersConform(t *testing.T) {
	tests := map[string]func(u unit) fx.Option{
		"Service": func(u unit) fx.Option { return hosting.Service(func() *runner { return &runner{u} }) },
		"Run":     func(u unit) fx.Option { return hosting.Run(u) },
		"Loop":    func(u unit) fx.Option { return hosting.Loop(u) },
		"Every":   func(u unit) fx.Option { return hosting.Every(time.Second, u) },
		"Consume": func(u unit) fx.Option {
			return fx.Options(
				hosting.Consume[item](func(ctx context.Context, _ item) error { return u(ctx) }, hosting.Workers(3)),
				lifecycle.OnStart(func(q *hosting.Queue[item]) error { return q.TrySend(1) }),
				hosting.Run(func(_ context.Context, q *hosting.Queue[item]) { _, _ = q.TrySend(2), q.TrySend(3) }),
			)
		},
		"Handle": func(u unit) fx.Option {
			var client *http.Client
			return fx.Options(
				webtest.Client(&client),
				web.Handle("GET /", u),
				hosting.Run(func(ctx context.Context) { request(ctx, client) }, hosting.AfterIntake()),
			)
		},
	}
	for name, declare := range tests {
		t.Run(name, func(t *testing.T) { hostingtest.Run(t, declare) })
	}
}

// Those that share most with one above.
func TestRelatedTriggersConform(t *testing.T) {
	tests := map[string]func(u unit) fx.Option{
		"Host": func(u unit) fx.Option {
			return fx.Options(di.Singleton(func() *runner { return &runner{u} }), hosting.Host[*runner]())
		},
		"Cron": func(u unit) fx.Option { return hosting.Cron("* * * * *", u) },
		"Run that is restarted": func(u unit) fx.Option {
			return hosting.Run(u, hosting.Restart(hosting.Policy{When: hosting.Always}))
		},
		"Service that is given up": func(u unit) fx.Option {
			return hosting.Service(func() *runner { return &runner{u} }, hosting.Restart(hosting.Policy{Failures: 2, Then: hosting.MarkUnhealthy}))
		},
		"Every that fails too often": func(u unit) fx.Option {
			return hosting.Every(time.Second, u, hosting.Restart(hosting.Policy{Failures: 2}))
		},
	}
	for name, declare := range tests {
		t.Run(name, func(t *testing.T) { hostingtest.RunBriefly(t, declare) })
	}
}
