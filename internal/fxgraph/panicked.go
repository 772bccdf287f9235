package fxgraph

import (
	"runtime"
	"strings"

	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// Panicked makes an error of what fx.New panicked with: a constructor, decorator or invoked function of plain
// fx did. It is called by the deferred function that recovered, and names the function that dig had called.
func Panicked(value any) error {
	var pcs [256]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	var called uintptr // by reflection
	var previous runtime.Frame
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		switch {
		case frame.Function == "reflect.Value.call":
			called = previous.Entry
			if strings.HasPrefix(previous.Function, "runtime.") { // the function was nil
				called = 0
			}
		case previous.Function == "reflect.Value.Call" && byUs(frame.Function) && called != 0:
			return supervise.Recovered(value, funcs.NameOf(called), place.At(called))
		}
		previous = frame
	}
	return supervise.Recovered(value, "", place.Place{})
}

// byUs reports whether a function calls constructors.
func byUs(function string) bool {
	return strings.HasPrefix(function, "go.uber.org/dig.") ||
		strings.HasPrefix(function, "github.com/berth-go/berth/internal/")
}
