package lifecycle_test

import (
	"slices"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
)

// A hook uses what its constructor makes, so that is released after the hook has stopped.
func TestCleanupRunsAfterTheHooksThatItsConstructorAppends(t *testing.T) {
	type pool struct{ _ int }
	var log []string
	note := func(s string) func() { return func() { log = append(log, s) } }
	a := app.New(fx.NopLogger,
		di.Singleton(func() (*int, func()) { return new(int), note("release what it needs") }),
		di.Singleton(func(l fx.Lifecycle, _ *int) (*pool, func()) {
			l.Append(fx.StopHook(note("stop 1")))
			l.Append(fx.StopHook(note("stop 2")))
			return new(pool), note("release")
		}),
		fx.Invoke(func(l fx.Lifecycle, _ *pool) { l.Append(fx.StopHook(note("stop user"))) }),
	)
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"stop user", "stop 2", "stop 1", "release", "release what it needs"}; !slices.Equal(log, want) {
		t.Errorf("stopped %q, want %q", log, want)
	}
}
