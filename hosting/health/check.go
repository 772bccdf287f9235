package health

import (
	"context"
	"fmt"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// Check calls unit again and again while the application runs, to see how well something is. Each run has a scope of its own,
// and a unit that takes a context is given one that ends after Timeout. Any function is a unit, among them
// the methods of what is injected: Check("db", (*sql.DB).PingContext).
//
// nil means healthy, an error or a panic what FailureStatus says, and an error made by AsDegraded that it is
// degraded. A change of that is an event; a failure has no other effect than what Health reports.
//
// Runs begin when all services have been started, together with timers, and end before services stop. They never overlap: of
// one check at most one is under way, and different checks do not wait for each other. One that still ignores the end of its
// context when the application stops is named in the error.
//
// Two checks of one name are an error at startup.
func Check(name string, unit any, opts ...Option) fx.Option {
	here := place.Caller()
	s := settingsOf(opts)
	if name == "" {
		s.problem("name of a check must not be empty")
	}
	label := fmt.Sprintf("Check %q", name)
	return decl.New(&decl.Unit{
		Label: label,
		Fn:    unit,
		Here:  here,
		Check: s.check,
		Claim: func(engine any, b decl.Bound) error {
			return supervise.Local(engine.(*supervise.Engine), newClaims).claim(name, b.Place)
		},
		Install: func(engine any, b decl.Bound) error {
			Of(engine.(*supervise.Engine)).add(s, name, b)
			return nil
		},
	}, here)
}

// claims are the names of checks, each with the place of the first that has it.
type claims struct{ names map[string]place.Place }

func newClaims() *claims { return &claims{map[string]place.Place{}} }

func (c *claims) claim(name string, at place.Place) error {
	if first, ok := c.names[name]; ok {
		return fmt.Errorf("name %q of the check is that of the one at %v too", name, first)
	}
	c.names[name] = at
	return nil
}

// add makes a check of this application, and the task that runs it.
func (h *Health) add(s settings, name string, b decl.Bound) {
	c := &check{
		settings: s,
		engine:   h.engine,
		source:   event.Source{Kind: "Check", Name: name, Place: b.Place},
		unit:     b.Name,
		call: func(ctx context.Context) error {
			_, err := b.Call(ctx)
			return err
		},
		known: make(chan struct{}),
	}
	h.mu.Lock()
	h.checks = append(h.checks, c)
	h.mu.Unlock()
	h.engine.Add(c.task())
}
