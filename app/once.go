package app

import (
	"fmt"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// RunOnce calls unit once, when the application has been started, in a scope of its own, and its result
// ends the application: nil is a clean stop, an error or panic is what Run returns. It makes a program of
// a job that runs to completion, such as a migration.
//
// The unit's context ends with cause lifecycle.ErrStopping if the application stops before it is done, as after a
// signal. A unit that then returns the context's error ends cleanly, as all units do, and an event says that it was
// interrupted; one for which that is a failure, such as a migration, returns an error of its own that does not wrap the
// context's. To exit with another code than 1, return an *[ExitError]. A program has one RunOnce. Under apptest.Only it
// is not called.
func RunOnce(unit any) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Unit{Label: "RunOnce", Fn: unit, Claim: claimOnce, Install: installOnce, Here: here}, here)
}

// once is where the RunOnce of an application was declared.
type once struct{ at place.Place }

func claimOnce(engine any, b decl.Bound) error {
	mine := &once{b.Place}
	if first := supervise.Local(engine.(*supervise.Engine), func() *once { return mine }); first != mine {
		return fmt.Errorf("there is a RunOnce at %v already, and a program has one: "+
			"make one unit of both, or have lifecycle.OnStart call the one that comes before", first.at)
	}
	return nil
}

func installOnce(engine any, b decl.Bound) error {
	e := engine.(*supervise.Engine)
	if supervise.Local(e, newOnly).given {
		return nil
	}
	e.Add(&supervise.Task{
		Name:  b.Name,
		Kind:  "RunOnce",
		Place: b.Place,
		Stage: supervise.AfterIntake,
		Run: func(turn supervise.Turn) error {
			select {
			case <-e.Started():
			case <-turn.Context.Done():
				return nil
			}
			_, err := b.Call(logs.Enter(turn.Context, e, logs.Unit(b.Name)))
			if err != nil {
				if turn.Context.Err() != nil {
					e.Emit(event.UnitFailed{
						Source: event.Source{Kind: "RunOnce", Name: b.Name, Place: b.Place},
						Err:    fmt.Errorf("interrupted before it was done: %w", err),
					})
				}
				return err
			}
			e.Shutdown(nil)
			<-turn.Context.Done()
			return nil
		},
	})
	return nil
}

// only is whether an application has apptest.Only among its options.
type only struct{ given bool }

func newOnly() *only { return &only{} }
