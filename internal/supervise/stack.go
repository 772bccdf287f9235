package supervise

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"

	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/lifecycle/event"
)

// A GoroutineID tells a goroutine from all others of the process. The zero one is of none.
type GoroutineID struct{ head string } // "goroutine 12 [", as its stack begins

// Current is the goroutine that calls it. It costs a microsecond or more.
func Current() GoroutineID {
	var buf [64]byte
	head := buf[:runtime.Stack(buf[:], false)]
	return GoroutineID{string(head[:bytes.IndexByte(head, '[')+1])}
}

// stack is where g is now, or nil if it has ended or not begun.
func (g *goroutine) stack() []byte {
	if id := g.id.Load(); id != nil {
		return id.stack()
	}
	return nil
}

// stack is where the goroutine is now, or nil if it has ended. What stands below the outermost function of the
// program is left out.
func (id GoroutineID) stack() []byte {
	if id.head == "" {
		return nil
	}
	for block := range bytes.SplitSeq(allStacks(), []byte("\n\n")) {
		if bytes.HasPrefix(block, []byte(id.head)) {
			own, _ := outermost(string(block))
			return []byte(own)
		}
	}
	return nil
}

// inside are the stacks, at most that many, of the goroutines that are in a function.
func inside(stacks []byte, function string, most int) (found [][]byte) {
	if function == "" {
		return nil
	}
	call := []byte("\n" + function + "(")
	for block := range bytes.SplitSeq(stacks, []byte("\n\n")) {
		if len(found) < most && bytes.Contains(block, call) {
			own, _ := outermost(string(block))
			found = append(found, []byte(own))
		}
	}
	return found
}

// running is the outermost function of the program that g is in, if there is one.
func (g *goroutine) running() (event.Source, bool) {
	_, frame := outermost(string(g.stack()))
	if frame == "" {
		return event.Source{}, false
	}
	function, at, _ := strings.Cut(frame, "\n")
	function, _ = cutLast(function, '(') // the arguments
	at, _, _ = strings.Cut(strings.TrimSpace(at), " ")
	file, line := cutLast(at, ':')
	number, _ := strconv.Atoi(line)
	return event.Source{Kind: "function", Name: funcs.Short(function), Place: place.Place{File: file, Line: number}}, true
}

// outermost cuts the text of a stack off below the outermost function of the program, and returns the two
// lines of that too. Without such a function it returns the whole and "".
func outermost(stack string) (own, frame string) {
	own = stack
	_, rest, _ := strings.Cut(stack, "\n")
	for rest != "" {
		function, after, _ := strings.Cut(rest, "\n")
		if strings.HasPrefix(function, "...") { // frames left out
			rest = after
			continue
		}
		if strings.HasPrefix(function, "created by ") {
			break
		}
		at, below, _ := strings.Cut(after, "\n")
		if !place.Between(function) {
			own = strings.TrimSuffix(stack[:len(stack)-len(below)], "\n")
			frame = function + "\n" + at
		}
		rest = below
	}
	return own, frame
}

// fromPanic is the part of a stack that is worth reading in a log: from where the panic or Goexit happened to the
// outermost function of the program.
func fromPanic(stack string) []byte {
	own, _ := outermost(stack)
	head, rest, _ := strings.Cut(own, "\n")
	i := strings.Index(rest, "\npanic(")
	if i < 0 {
		i = strings.Index(rest, "\nruntime.Goexit(")
	}
	if i >= 0 {
		below := strings.SplitN(rest[i+1:], "\n", 3) // the call of panic and its place
		if len(below) == 3 {
			rest = below[2]
		}
	}
	return []byte(head + "\n" + rest)
}

func cutLast(s string, sep byte) (before, after string) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// allStacks is cut off at 64 MiB.
func allStacks() []byte {
	for size := 1 << 16; ; size *= 2 {
		buf := make([]byte, size)
		n := runtime.Stack(buf, true)
		if n < size || size >= 1<<26 {
			return buf[:n]
		}
	}
}
