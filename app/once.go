package app

import (
	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// RunOnce calls unit once, when the application has been started, in a scope of its own, and its result
// ends the application: nil is a clean stop, an error or panic is what Run returns. It makes a program of
// a job that runs to completion, such as a migration.
//
// The unit's context ends with cause lifecycle.ErrStopping if the application stops before it is done. Under
// apptest.Only it is not called.
func RunOnce(unit any) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Unit{Label: "RunOnce", Fn: unit, Install: installOnce, Here: here}, here)
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
			if _, err := b.Call(turn.Context); err != nil {
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
