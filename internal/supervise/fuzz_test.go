package supervise_test

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/internal/supervise"
)

// FuzzPhases makes an application of parts, two bytes each, lets events happen to it, a byte each, and
// compares with the table of package lifecycle what they do in the phase the application has come to. In
// the end everything that was started has been stopped once, the last first, what was built has been
// released once, and the result names what has gone wrong, and nothing else.
func FuzzPhases(f *testing.F) {
	for seed := range uint64(300) {
		parts, events := likely(rand.New(rand.NewPCG(seed, 0)))
		f.Add(parts, events)
	}
	f.Fuzz(func(t *testing.T, parts, events []byte) {
		if len(parts) == 0 || len(parts) > 25 || len(events) > 20 {
			return
		}
		synctest.Test(t, func(t *testing.T) { live(t, parts, events) })
	})
}

// likely is an application most of whose parts start, and events of which most come while it lives.
func likely(random *rand.Rand) (parts, events []byte) {
	parts = []byte{byte(random.UintN(2) * 0x10)}
	if random.IntN(4) == 0 {
		parts[0] |= byte(random.UintN(16))
	}
	for range random.IntN(8) {
		how := random.UintN(0x100)
		if random.IntN(4) > 0 {
			how &= 0xf4
		}
		parts = append(parts, byte(random.UintN(0x100)), byte(how))
	}
	events = []byte{byte(random.UintN(3))}
	for range random.IntN(12) {
		events = append(events, byte(random.UintN(0x70)))
	}
	return parts, events
}

// limit is the start limit of every other application.
const limit = 4 * time.Second

func live(t *testing.T, parts, events []byte) {
	l := &life{t: t, release: make(chan struct{}), given: map[string]bool{}}
	l.Engine = supervise.New(l.listen)
	l.gate = l.NewGate("unit", here)
	if parts[0]&0x10 != 0 {
		l.Configure(supervise.Limits{Start: limit})
		time.AfterFunc(limit-1, l.limitIsOver)
	}
	l.construct(parts[0]&0xf, parts[1:])
	for _, b := range events {
		time.Sleep(time.Duration(b>>4) * 251 * time.Millisecond)
		synctest.Wait()
		l.event(b & 0xf)
	}
	synctest.Wait()
	l.stop(context.Background())
	l.calls.Wait()
	close(l.release)
	time.Sleep(time.Hour) // for what was given up
	l.check()
}

// happen makes an event happen, as the table says.
func (l *life) happen(name string, err error, do func(c *call)) *call {
	l.mu.Lock()
	c := &call{event: name, phase: l.Phase(), beginnings: l.beginnings}
	check := table(name)[c.phase](l, err)
	l.mu.Unlock()
	l.calls.Go(func() {
		defer func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			c.returned, c.panicked = true, recover()
		}()
		do(c)
	})
	synctest.Wait()
	if check != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		check(c)
	}
	return c
}

// event makes the event of a number happen, if it can.
func (l *life) event(number byte) {
	switch number {
	case 1:
		ctx, cancel := context.WithCancel(context.Background())
		l.begin(ctx, cancel)
	case 2:
		l.begin(ended(), func() {})
	case 3:
		l.stop(context.Background())
	case 4:
		l.stop(ended())
	case 5:
		l.happen("Shutdown(nil)", nil, func(*call) { l.Shutdown(nil) })
	case 6:
		err := l.newError()
		l.happen("Shutdown(err)", err, func(*call) { l.Shutdown(err) })
	case 7:
		if run := l.failingRun(); run != nil {
			err := l.newError()
			l.happen("failure", err, func(*call) { run <- err })
		}
	case 8:
		if l.cancel == nil {
			return
		}
		l.mu.Lock()
		l.outOfTime = l.outOfTime || l.Phase() == supervise.PhaseStarting && !l.undone
		l.mu.Unlock()
		l.happen("end of Start's context", nil, func(*call) { l.cancel() })
	case 9:
		l.appendOne()
	case 10:
		l.happen("call", nil, func(c *call) {
			if c.err = l.gate.Enter(); c.err == nil {
				l.gate.Leave()
			}
		})
	}
}

func (l *life) begin(ctx context.Context, cancel context.CancelFunc) {
	l.mu.Lock()
	if l.constructing && l.Phase() == supervise.PhaseNew {
		l.mu.Unlock()
		cancel()
		return // nobody has the application yet
	}
	first := l.start == nil && l.Phase() == supervise.PhaseNew
	if first && !isClosed(l.Requested()) && (ctx.Err() != nil || l.limitPassed) {
		l.undone, l.outOfTime = true, true
	}
	l.mu.Unlock()
	c := l.happen("Start", nil, func(c *call) { c.err = l.Start(ctx) })
	if !first {
		cancel()
		return
	}
	l.start, l.cancel = c, cancel
	l.t.Cleanup(cancel)
}

func (l *life) stop(ctx context.Context) {
	c := l.happen("Stop", nil, func(c *call) {
		l.mu.Lock()
		l.stopAsked = true
		l.mu.Unlock()
		c.err = l.Stop(ctx)
	})
	l.atEnd(func() {
		if again := l.Stop(context.Background()); c.err != again { //nolint:errorlint // the same
			l.t.Errorf("Stop = %v, then %v", c.err, again)
		}
	})
}

// appendOne appends a hook from outside.
func (l *life) appendOne() {
	l.mu.Lock()
	l.appended = &part{name: "appended " + strconv.Itoa(len(l.order))}
	h := l.insert(l.appended, nil, 0, 0)
	l.mu.Unlock()
	l.happen("Append", nil, func(*call) { l.Append(h) })
}

func (l *life) failingRun() chan error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failing) == 0 {
		return nil
	}
	return l.failing[0]
}
