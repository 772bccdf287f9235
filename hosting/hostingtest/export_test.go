package hostingtest

import (
	"context"
	"testing"

	"go.uber.org/fx"
)

// Check makes one check of Run, inside a bubble of the caller's.
func Check(t testing.TB, name string, declare func(func(context.Context) error) fx.Option) {
	for _, c := range cases {
		if c.name == name {
			c.check(t, declare)
			return
		}
	}
	t.Fatalf("there is no check %q", name)
}

// RunBriefly is Run with as much of Stress as -short has.
func RunBriefly(t *testing.T, declare func(func(context.Context) error) fx.Option) {
	run(t, declare, stressBriefly)
}
