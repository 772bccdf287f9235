// Package place knows where in the user's source something was written.
//
// Errors, events and pages point at declarations by file and line. A place is
// recorded as program counters when an option is made, which costs well under a
// microsecond, and turned into text only when somebody reads it.
package place

import (
	"fmt"
	"path"
	"runtime"
	"strings"
)

// A Place is a line of source code. The zero Place is unknown.
type Place struct {
	File string // as the compiler recorded it
	Line int
}

// IsZero reports whether the place is unknown.
func (p Place) IsZero() bool { return p.File == "" }

// String shortens the file to its folder and name: "orders/tx.go:14".
func (p Place) String() string {
	if p.IsZero() {
		return "unknown place"
	}
	dir, file := path.Split(p.File)
	return fmt.Sprintf("%s:%d", path.Join(path.Base(dir), file), p.Line)
}

// Here is the stack above an option, not yet turned into a Place.
type Here struct {
	pcs [depth]uintptr
}

// depth covers the frames of ours between an exported function and Caller, and
// the user's frame above them, also where one of our options is made of others.
const depth = 8

// Caller records the stack of the exported function that calls it.
func Caller() Here {
	var h Here
	runtime.Callers(2, h.pcs[:])
	return h
}

// At is the place of a function itself, given by its code address.
func At(pc uintptr) Place {
	fn := runtime.FuncForPC(pc)
	if fn == nil {
		return Place{}
	}
	file, line := fn.FileLine(fn.Entry())
	return Place{File: file, Line: line}
}

// Place is the first recorded frame outside Berth, or the outermost one if all are
// inside.
func (h Here) Place() Place {
	n := 0
	for n < depth && h.pcs[n] != 0 {
		n++
	}
	if n == 0 {
		return Place{}
	}
	frames := runtime.CallersFrames(h.pcs[:n])
	var last Place
	for {
		frame, more := frames.Next()
		if frame.File != "" {
			last = Place{File: frame.File, Line: frame.Line}
		}
		if !ours(frame.Function) || !more {
			return last
		}
	}
}

const module = "github.com/berth-go/berth/"

// ours reports whether a function belongs to the framework itself. The
// programs and the external test packages of this repository are users of it.
func ours(function string) bool {
	rest, ok := strings.CutPrefix(function, module)
	if !ok {
		return false
	}
	pkg, _, _ := strings.Cut(rest[strings.LastIndexByte(rest, '/')+1:], ".")
	if strings.HasSuffix(pkg, "_test") {
		return false
	}
	top, _, _ := strings.Cut(rest, "/")
	top, _, _ = strings.Cut(top, ".")
	switch top {
	case "di", "scopes", "lifecycle", "hosting", "app", "internal":
		return true
	}
	return false
}

// Foreign is the caller, outside fx and Berth, of a method that fx's modules call.
func Foreign() Place {
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		frame, more := frames.Next()
		if !ours(frame.Function) && !strings.HasPrefix(frame.Function, "go.uber.org/") &&
			!strings.HasPrefix(frame.Function, "reflect.") && frame.File != "" {
			return Place{File: frame.File, Line: frame.Line}
		}
		if !more {
			return Place{}
		}
	}
}
