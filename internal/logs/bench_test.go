package logs_test

import (
	"context"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/supervise"
)

type request struct{ id string }

func (request) Name() string    { return "orders.Get" }
func (request) Version() uint64 { return 0 }
func (r request) Fields() []zap.Field {
	return []zap.Field{zap.String("request_id", r.id), zap.String("route", "GET /orders/{id}")}
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Sync() error                 { return nil }

// BenchmarkRequest is what the logger of one request costs that writes no line, one, or three, and what zap.With costs that
// somebody calls by hand.
func BenchmarkRequest(b *testing.B) {
	plain := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), nowhere{}, zap.InfoLevel))
	e := supervise.New(nil)
	root := logs.Of(e)
	log := logs.Named(plain, "orders.Get")
	for _, bench := range []struct {
		name  string
		lines int
	}{{"no line", 0}, {"one line", 1}, {"three lines", 3}} {
		b.Run(bench.name+"/scope", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l := root.Bind(logs.Enter(context.Background(), e, request{"r1"}), log)
				for range bench.lines {
					l.Info("hello", zap.Int("n", 1))
				}
			}
		})
		b.Run(bench.name+"/by hand", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l := plain.With(zap.String("request_id", "r1"), zap.String("route", "GET /orders/{id}"))
				for range bench.lines {
					l.Info("hello", zap.Int("n", 1))
				}
			}
		})
	}
}
