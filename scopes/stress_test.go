package scopes_test

import (
	"errors"
	"flag"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/scopes"
)

// stress is how many scopes the stress tests open. A million takes seconds, and most of a minute under the race
// detector:
//
//	go test -race -run Stress ./scopes -stress 1000000
var stress = flag.Int("stress", 20_000, "how many scopes the stress tests open")

// Half of the scopes are those of a bound function, the others are opened and asked.
func TestStressOfScopesFromManyGoroutinesLeavesNothingBehind(t *testing.T) {
	const goroutines = 8
	n := *stress
	if testing.Short() {
		n = min(n, 5_000)
	}
	var eight runEightScoped
	var f *scopes.Factory
	apptest.Start(t, costModule, fx.Populate(&eight, &f))
	explicit := func() error {
		s, err := f.Open(t.Context(), scopes.Given(1))
		if err != nil {
			return err
		}
		_, errRoot := scopes.Get[*costRoot](s)
		_, errGiven := scopes.Get[int](s)
		return errors.Join(errRoot, errGiven, s.Close(t.Context()))
	}
	run := func(n int) {
		together(goroutines, func(int) {
			for range n / goroutines / 2 {
				if err := errors.Join(eight(t.Context()), explicit()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	run(1000)
	before, begun := live(), time.Now()
	run(n)
	took, grown := time.Since(begun), live()-before
	t.Logf("%d scopes in %v, %d bytes more", n, took.Round(time.Millisecond), grown)
	if grown > 1<<20 {
		t.Errorf("%d bytes more after %d scopes, want less than 1 MB", grown, n)
	}
}
