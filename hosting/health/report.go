package health

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle"
)

// Health tells how well an application is. *Health is injectable anywhere; its methods may be called from any
// goroutine and in every phase.
type Health struct {
	engine *supervise.Engine

	mu sync.Mutex

	checks []*check // in order of declaration; only appended to
}

// Of returns the Health of an application. It is called by package app only; others inject it.
func Of(e *supervise.Engine) *Health {
	return supervise.Local(e, func() *Health { return &Health{engine: e} })
}

// A Report is the answer to the question of a group at one moment.
type Report struct {
	Group  Group           `json:"group"`
	Status Status          `json:"status"` // the worst of the checks, and Unhealthy where the phase says so
	Phase  lifecycle.Phase `json:"phase"`
	Checks []Result        `json:"checks"` // in order of declaration, those of triggers last
}

// A Result is what the last run of a check has shown, or what is known of a trigger.
type Result struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`  // "Check", or of a trigger "Service", "Run", "Loop", "Every", "Cron", "Consume"
	Place string `json:"place"` // of the declaration: "orders/module.go:27"
	Group Group  `json:"group"`

	Status Status `json:"status"`
	// Err is why the status is not Healthy, or ErrNotChecked. It is for logs and for operators: its text may tell of the
	// inside of the application. In JSON it is that text, under "error".
	Err    error  `json:"-"`
	Detail string `json:"detail,omitempty"` // of a trigger: what it is doing

	At          time.Time     `json:"at,omitzero"`           // when that was found; zero: never
	Took        time.Duration `json:"-"`                     // of a check: what the run took, in JSON a text, "1.2ms"
	LastSuccess time.Time     `json:"last_success,omitzero"` // when it was last found Healthy; zero: never
}

// MarshalJSON makes texts of the error and the duration.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	text := struct {
		plain
		Error string `json:"error,omitempty"`
		Took  string `json:"took,omitempty"`
	}{plain: plain(r)}
	if r.Err != nil {
		text.Error = r.Err.Error()
	}
	if r.Took > 0 {
		text.Took = r.Took.String()
	}
	return json.Marshal(text)
}

// Report answers the question of a group from what is known: it runs no check. While the application is running, Ready and
// Startup wait for checks that are in their first run, no longer than their Timeout or until ctx ends; a check
// without a result is then Unhealthy with ErrNotChecked.
//
//   - Startup is healthy once the phase was Running and all checks of the group have passed once. That is for ever.
//   - Ready is Unhealthy unless the phase is Running, so also during the drain delay of a stop. Then it is the
//     worst of its checks, those of Startup that have not passed, and all triggers.
//   - Live is the worst of its checks, of which those that have not run count as healthy, until the phase is
//     Stopped. Triggers and the checks of other groups do not matter.
func (h *Health) Report(ctx context.Context, g Group) Report {
	if g != Live {
		h.wait(ctx, g)
	}
	r := Report{Group: g, Status: Unhealthy, Phase: h.engine.Phase(), Checks: h.results(g)}
	if !h.willing(g, r.Phase) {
		return r
	}
	r.Status = Healthy
	for _, c := range r.Checks {
		r.Status = min(r.Status, c.Status)
	}
	return r
}

// willing reports whether the phase lets the group be healthy.
func (h *Health) willing(g Group, phase lifecycle.Phase) bool {
	switch g {
	case Startup:
		return closed(h.engine.Started())
	case Ready:
		return phase == lifecycle.Running
	case Live:
		return phase != lifecycle.Stopped
	}
	return false
}

// wait waits for first results, if it cannot be long.
func (h *Health) wait(ctx context.Context, g Group) {
	if h.engine.Phase() != lifecycle.Running {
		return
	}
	for _, c := range h.concerned(g) {
		select {
		case <-c.known:
		case <-ctx.Done():
			return
		case <-h.engine.Stopping():
			return
		}
	}
}

func (h *Health) results(g Group) []Result {
	all := []Result{} // in JSON a list, also if it is empty
	for _, c := range h.concerned(g) {
		all = append(all, c.current())
	}
	if g != Ready {
		return all
	}
	for _, t := range hosting.TriggersOf(h.engine).All() {
		if i := t.Info(); i.State != hosting.Off {
			all = append(all, triggered(i))
		}
	}
	return all
}

// concerned are the checks that are part of the answer for a group.
func (h *Health) concerned(g Group) []*check {
	h.mu.Lock()
	defer h.mu.Unlock()
	var some []*check
	for _, c := range h.checks {
		if c.group == g || g == Ready && c.group == Startup {
			some = append(some, c)
		}
	}
	return some
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
