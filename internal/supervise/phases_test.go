package supervise_test

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/berth-go/berth/internal/supervise"
)

// An effect is what an event does. It is called before the event, with the error that the event carries,
// says what must come of the application, and returns what is to be checked at once, if anything.
type effect func(l *life, err error) (check func(*call))

// table is the one in the documentation of package lifecycle, row by row: what each event does in New, Starting,
// Running, Stopping and Stopped. Signals, the end of Run's context and Open come down to others.
func table(event string) [supervise.PhaseStopped + 1]effect {
	switch event {
	case "Start":
		return [...]effect{starts, isRefused, isRefused, isTooLate, isTooLate}
	case "Stop":
		return [...]effect{undoes, undoes, stops, waitsForIt, tellsTheResult}
	case "Shutdown(nil)":
		return [...]effect{undoes, undoes, asks, nothing, nothing}
	case "Shutdown(err)":
		return [...]effect{undoes, undoes, asks, joins, isIgnored}
	case "failure": // the stop may have waited for what fails
		return [...]effect{undoes, undoes, asks, joins, impossible}
	case "hang":
		return [...]effect{undoes, undoes, impossible, joins, impossible}
	case "end of Start's context":
		return [...]effect{nothing, undoes, nothing, nothing, nothing}
	case "Append":
		return [...]effect{isAccepted, runsNext, panics, panics, panics}
	case "call":
		return [...]effect{runs, runs, runs, runs, isClosedToIt}
	}
	panic("no event " + event)
}

func starts(l *life, _ error) func(*call) {
	return func(c *call) {
		if l.Phase() == supervise.PhaseNew {
			l.t.Error("Start has not begun")
		}
	}
}

func isRefused(l *life, _ error) func(*call) {
	if l.stopAsked {
		return isTooLate(l, nil)
	}
	return func(c *call) {
		if !errors.Is(c.err, supervise.ErrStarted) {
			l.t.Errorf("second Start = %v, returned: %v", c.err, c.returned)
		}
		l.unchanged(c)
	}
}

func isTooLate(l *life, _ error) func(*call) {
	return func(c *call) {
		if c.returned != isClosed(l.Stopped()) && !l.late() {
			l.t.Errorf("Start after the stop has returned: %v, in phase %v", c.returned, l.Phase())
		}
		l.atEnd(func() {
			if !errors.Is(c.err, supervise.ErrStopping) {
				l.t.Errorf("Start after the stop = %v", c.err)
			}
		})
	}
}

func undoes(l *life, err error) func(*call) {
	l.undone = true
	l.want(err)
	return nil
}

func stops(l *life, _ error) func(*call) {
	return func(*call) {
		if l.Phase() < supervise.PhaseStopping {
			l.t.Errorf("phase %v after Stop", l.Phase())
		}
	}
}

func waitsForIt(l *life, _ error) func(*call) { return l.unchanged }

func tellsTheResult(l *life, _ error) func(*call) {
	return func(c *call) {
		if !c.returned {
			l.t.Error("Stop waits although the application has stopped")
		}
		l.unchanged(c)
	}
}

func asks(l *life, err error) func(*call) {
	l.want(err)
	return func(c *call) {
		if !isClosed(l.Requested()) {
			l.t.Error("nobody was asked to stop")
		}
		l.unchanged(c)
	}
}

func joins(l *life, err error) func(*call) {
	l.want(err)
	return nil
}

func nothing(l *life, _ error) func(*call) { return l.unchanged }

func isIgnored(l *life, err error) func(*call) {
	l.ignored = append(l.ignored, err)
	return l.unchanged
}

func impossible(l *life, err error) func(*call) {
	l.t.Errorf("%v in phase %v", err, l.Phase())
	return nil
}

func isAccepted(l *life, _ error) func(*call) {
	return func(c *call) {
		if c.panicked != nil {
			l.t.Errorf("Append panics: %v", c.panicked)
		}
	}
}

func runsNext(l *life, err error) func(*call) {
	if l.hook == nil { // the hooks have been started
		return panics(l, err)
	}
	return isAccepted(l, err)
}

func panics(l *life, _ error) func(*call) {
	if l.constructing { // given up: what it has made is released when it returns
		return isAccepted(l, nil)
	}
	l.order = slices.DeleteFunc(l.order, func(p *part) bool { return p == l.appended })
	l.hooks--
	if l.hook != nil {
		l.next--
	}
	return func(c *call) {
		if text, _ := c.panicked.(string); !strings.Contains(text, "supervise/fuzz_test.go:") {
			l.t.Errorf("Append panics with %v, want the place of its caller", c.panicked)
		}
		l.unchanged(c)
	}
}

func runs(l *life, _ error) func(*call) {
	var want error
	if !l.constructed {
		want = supervise.ErrNotReady
	}
	return func(c *call) {
		if c.err != want { //nolint:errorlint // as it is
			l.t.Errorf("call = %v, want %v", c.err, want)
		}
		l.unchanged(c)
	}
}

func isClosedToIt(l *life, _ error) func(*call) {
	return func(c *call) {
		if !errors.Is(c.err, supervise.ErrClosed) {
			l.t.Errorf("call after the stop = %v", c.err)
		}
		l.unchanged(c)
	}
}

// want says that the application comes to err, among others; nil says nothing.
func (l *life) want(err error) {
	if err != nil {
		l.wanted = append(l.wanted, err)
	}
}

// unchanged checks that the event has changed nothing at once.
func (l *life) unchanged(c *call) {
	if p := l.Phase(); p != c.phase {
		l.t.Errorf("%s in phase %v led to phase %v", c.event, c.phase, p)
	}
	if began := l.beginnings; began != c.beginnings {
		l.t.Errorf("%s in phase %v called user code %d times", c.event, c.phase, began-c.beginnings)
	}
}

// check compares how the application has ended with all that has happened to it.
func (l *life) check() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Phase() != supervise.PhaseStopped {
		l.t.Errorf("phase %v at the end", l.Phase())
	}
	for _, p := range l.order {
		if p.started != p.stopped {
			l.t.Errorf("%s: started %v, stopped %v", p.name, p.started, p.stopped)
		}
	}
	result := l.Result()
	for _, err := range l.wanted {
		if !errors.Is(result, err) {
			l.t.Errorf("result lacks %v: %v", err, result)
		}
	}
	for _, err := range l.ignored {
		if errors.Is(result, err) {
			l.t.Errorf("result has %v: %v", err, result)
		}
	}
	for _, hang := range l.hangs {
		if !slices.Contains(hangsOf(result), hang) {
			l.t.Errorf("result does not name what hangs, %s: %v", hang, result)
		}
	}
	if bad := len(l.wanted)+len(l.hangs) > 0 || l.outOfTime; bad != (result != nil) {
		l.t.Errorf("result is %v, want an error: %v", result, bad)
	}
	l.checkStart(result)
	for _, check := range l.last {
		check()
	}
}

// checkStart compares what Start has returned.
func (l *life) checkStart(result error) {
	switch {
	case l.start == nil:
	case isClosed(l.Started()):
		if l.start.err != nil {
			l.t.Errorf("Start = %v although everything was started", l.start.err)
		}
	case result == nil:
		if !errors.Is(l.start.err, supervise.ErrStopping) {
			l.t.Errorf("Start = %v, want ErrStopping", l.start.err)
		}
	default:
		if l.start.err == nil {
			l.t.Errorf("Start = nil although it was undone")
		}
	}
}

// hangsOf are the calls that err names as hung.
func hangsOf(err error) []string {
	switch e := err.(type) { //nolint:errorlint // the tree is walked
	case interface{ Unwrap() []error }:
		var all []string
		for _, one := range e.Unwrap() {
			all = append(all, hangsOf(one)...)
		}
		return all
	case *supervise.HungError:
		return []string{e.Name + " " + e.Op}
	case interface{ Unwrap() error }:
		return hangsOf(e.Unwrap())
	}
	return nil
}

// ended is a context that has ended.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
