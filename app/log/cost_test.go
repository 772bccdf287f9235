package log_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/scopes"
)

// A meter counts the allocations of a thousand units, after a hundred that fill pools.
type meter struct {
	units         int
	before, after runtime.MemStats
	done          chan struct{}
}

const metered = 1101

func (m *meter) unit() {
	switch m.units++; m.units {
	case metered - 1000:
		runtime.ReadMemStats(&m.before)
	case metered:
		runtime.ReadMemStats(&m.after)
		close(m.done)
	}
}

func pass(ctx context.Context, next scopes.Next, _ int) error { return next(ctx) }

func (m *meter) perUnit() uint64 { return (m.after.Mallocs - m.before.Mallocs) / 1000 }

// Scoped services, one of which has two loggers.
type (
	quiet  []byte
	loud   struct{ log *zap.Logger }
	louder struct {
		log *zap.Logger
		std *slog.Logger
	}
)

var services = fx.Options(
	di.Scoped(func() *quiet { return new(quiet) }),
	di.Scoped(func(l *zap.Logger) *loud { return &loud{l} }),
	di.Scoped(func(l *zap.Logger, std *slog.Logger) *louder { return &louder{l, std} }),
)

func TestLoggerCostsAUnitNothingUntilALineIsWritten(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, trigger := range map[string]func(t *testing.T, unit any, m *meter, opts fx.Option){
		"Bind": func(t *testing.T, unit any, m *meter, opts fx.Option) {
			type Call func(ctx context.Context) error
			apptest.Start(t, opts, scopes.Bind[Call](unit), hosting.Run(func(ctx context.Context, call Call) error {
				for range metered {
					_ = call(ctx)
				}
				return nil
			}))
			<-m.done
		},
		"Every": func(t *testing.T, unit any, m *meter, opts fx.Option) {
			synctest.Test(t, func(t *testing.T) {
				m.done = make(chan struct{}) // of the bubble
				apptest.Start(t, opts, hosting.Every(time.Second, unit))
				<-m.done
			})
		},
		"Loop": func(t *testing.T, unit any, m *meter, opts fx.Option) {
			apptest.Start(t, opts, hosting.Loop(scopes.Around(unit, func(ctx context.Context, next scopes.Next) error {
				if err := next(ctx); err != nil || m.units >= metered {
					return err
				}
				return hosting.Again
			})))
			<-m.done
		},
		"Consume": func(t *testing.T, unit any, m *meter, opts fx.Option) {
			apptest.Start(t, opts, hosting.Consume[int](scopes.Around(unit, pass), hosting.Capacity(metered)),
				hosting.Run(func(ctx context.Context, q *hosting.Queue[int]) error {
					for range metered {
						if err := q.Send(ctx, 1); err != nil {
							return err
						}
					}
					return nil
				}))
			<-m.done
		},
		"Handle": func(t *testing.T, unit any, m *meter, opts fx.Option) {
			var addr *web.Addr
			idle := make(chan struct{}, 1)
			apptest.Start(t, opts, fx.Populate(&addr), web.Handle("GET /", unit),
				web.Serve("127.0.0.1:0", web.Server(func(s *http.Server) {
					s.ConnState = func(_ net.Conn, state http.ConnState) {
						if state == http.StateIdle {
							idle <- struct{}{}
						}
					}
				})))
			conn, err := net.Dial("tcp", addr.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			answer := make([]byte, 1<<10)
			for range metered {
				if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				if _, err := conn.Read(answer); err != nil {
					t.Fatal(err)
				}
				<-idle // or else net/http would allocate for some requests and not for others
			}
			<-m.done
		},
	} {
		measure := func(t *testing.T, unit func(m *meter) any) uint64 {
			opts, _ := observed()
			m := &meter{done: make(chan struct{})}
			trigger(t, unit(m), m, fx.Options(opts, services))
			return m.perUnit()
		}
		t.Run(name, func(t *testing.T) {
			none := measure(t, func(m *meter) any { return func(context.Context) { m.unit() } })
			one := measure(t, func(m *meter) any { return func(_ context.Context, _ *quiet) { m.unit() } })
			for name, test := range map[string]struct {
				unit func(m *meter) any
				want uint64
			}{
				"zap":  {func(m *meter) any { return func(_ context.Context, _ *zap.Logger) { m.unit() } }, none},
				"slog": {func(m *meter) any { return func(_ context.Context, _ *slog.Logger) { m.unit() } }, none},
				"disabled": {func(m *meter) any {
					return func(_ context.Context, l *zap.Logger) { l.Debug("nothing"); m.unit() }
				}, none},
				"service":  {func(m *meter) any { return func(_ context.Context, _ *loud) { m.unit() } }, one},
				"services": {func(m *meter) any { return func(_ context.Context, _ *zap.Logger, _ *louder) { m.unit() } }, one},
			} {
				if got := measure(t, test.unit); got > test.want {
					t.Errorf("unit with a logger (%s) takes %d allocations, without one %d", name, got, test.want)
				}
			}
		})
	}
}
