package unit_test

import (
	"context"
	"testing"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/benchmarks/internal/unit"
)

// ways are all that do the work.
func ways(tb testing.TB) map[string]unit.Work {
	berth, stop, err := unit.Berth(app.Logger(zap.NewNop))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := stop(); err != nil {
			tb.Error(err)
		}
	})
	digScope, err := unit.DigScope()
	if err != nil {
		tb.Fatal(err)
	}
	sarulabs, err := unit.SarulabsDI()
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]unit.Work{
		"hand": unit.Hand(), "generated": unit.Generated(), "berth": berth, "dig": digScope, "do": unit.SamberDo(), "sarulabs": sarulabs,
	}
}

func TestEveryWayDoesTheSameWork(t *testing.T) {
	for name, work := range ways(t) {
		t.Run(name, func(t *testing.T) {
			var first, second *unit.Session
			for _, seen := range []**unit.Session{&first, &second} {
				if err := work(unit.Watch(context.Background(), seen)); err != nil {
					t.Fatal(err)
				}
			}
			if first == nil || first == second {
				t.Fatalf("scopes have the sessions %p and %p, want two", first, second)
			}
			if !first.Closed() {
				t.Error("the session was not closed after what was built on it")
			}
		})
	}
}

func BenchmarkUnit(b *testing.B) {
	for name, work := range ways(b) {
		if name == "dig" || name == "do" {
			continue // they keep every scope: see the ratios
		}
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if err := work(ctx); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUnitParallel(b *testing.B) {
	for name, work := range ways(b) {
		if name == "dig" || name == "do" {
			continue
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				ctx := context.Background()
				for pb.Next() {
					if err := work(ctx); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
