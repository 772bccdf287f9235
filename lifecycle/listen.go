package lifecycle

import (
	"errors"
	"fmt"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// Listen adds a listener to the events of the application, which is one of
//
//	an event.Listener or a func(event.Event)  // hears from before the first constructor on
//	a constructor, func(singletons...) (L, [cleanup], [error])
//	                                          // whose L is an event.Listener, which hears once all is constructed
//
// Listeners are told in this order: the log of the application, those given as values, those that are constructed; of
// each kind in the order of declaration. See event.Listener for what they may do. Several applications with one
// option share a listener that is given as a value.
//
// What is released at stop hears of its own release, and of the end: a listener must bear that.
func Listen(listener any) fx.Option {
	here := place.Caller()
	if fn, ok := listener.(func(event.Event)); ok && fn != nil {
		listener = event.ListenerFunc(fn)
	}
	if l, ok := listener.(event.Listener); ok {
		return decl.New(&decl.Setting{Value: l, Here: here, Prepare: func(engine any, _ []decl.Setting) error {
			return listen(engine, l, event.Source{Kind: "listener", Name: fmt.Sprintf("%T", l), Place: here.Place()})
		}}, here)
	}
	return decl.New(&decl.Unit{
		Label:      "Listen",
		Fn:         listener,
		Constructs: true,
		Singletons: true,
		Check:      func() error { return checkListener(listener) },
		Install: func(engine any, b decl.Bound) error {
			l, _ := b.Value.(event.Listener)
			return listen(engine, l, event.Source{Kind: "listener", Name: b.Name, Place: b.Place})
		},
		Here: here,
	}, here)
}

var errNoListener = errors.New("listener must be an event.Listener, a func(event.Event) or a constructor of a listener")

func checkListener(constructor any) error {
	if !decl.Makes[event.Listener](constructor) {
		return fmt.Errorf("%w, is a %T", errNoListener, constructor)
	}
	return nil
}

func listen(engine any, l event.Listener, src event.Source) error {
	engine.(*supervise.Engine).Listen(src, l.OnEvent)
	return nil
}
