package many_test

import (
	"testing"

	"github.com/berth-go/berth/benchmarks/internal/many"
)

func BenchmarkStartup(b *testing.B) {
	for _, way := range []struct {
		name  string
		build func() error
	}{
		{"fx", many.Fx}, {"singletons", many.Singletons}, {"plain", many.Plain}, {"scoped", many.Scoped},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := way.build(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestThousandServicesAreBuilt(t *testing.T) {
	for name, build := range map[string]func() error{
		"fx": many.Fx, "singletons": many.Singletons, "plain": many.Plain, "scoped": many.Scoped,
	} {
		t.Run(name, func(t *testing.T) {
			if err := build(); err != nil {
				t.Errorf("%+v", err)
			}
		})
	}
}
