package many_test

import (
	"testing"

	"github.com/berth-go/berth/benchmarks/internal/many"
)

var ways = map[string]func() error{
	"fx": many.Fx, "singletons": many.Singletons, "plain": many.Plain, "scoped": many.Scoped,
	"fx modules": many.FxModules, "modules": many.Modules,
}

func BenchmarkStartup(b *testing.B) {
	for name, build := range ways {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := build(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestThousandServicesAreBuilt(t *testing.T) {
	for name, build := range ways {
		t.Run(name, func(t *testing.T) {
			if err := build(); err != nil {
				t.Errorf("%+v", err)
			}
		})
	}
}
