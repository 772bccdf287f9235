package hosting_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/decl"
)

var restart = hosting.Restart

// LC-041.
func TestOptionThatMakesNoSenseIsAnError(t *testing.T) {
	tests := []struct {
		name   string
		option fx.Option
		want   string
	}{
		{"interval of nothing", hosting.Every(0, nothing), "interval must be positive, is 0s"},
		{"negative interval", hosting.Every(-time.Second, nothing), "interval must be positive, is -1s"},
		{"Interval", hosting.Every(time.Second, nothing, hosting.Interval(0)), "option Interval must be positive, is 0s"},
		{"Idle", hosting.Loop(nothing, hosting.Idle(0)), "option Idle must be positive, is 0s"},
		{"Delay", hosting.Loop(nothing, hosting.Delay(-1)), "option Delay must not be negative, is -1ns"},
		{"Jitter", hosting.Loop(nothing, hosting.Jitter(-1)), "option Jitter must not be negative, is -1ns"},
		{"Timeout", hosting.Loop(nothing, hosting.Timeout(0)), "option Timeout must be positive, is 0s"},
		{"Grace", hosting.Loop(nothing, hosting.Grace(0)), "option Grace must be positive, is 0s"},
		{"StopTimeout", hosting.Run(nothing, hosting.StopTimeout(0)), "option StopTimeout must be positive, is 0s"},
		{"Name", hosting.Run(nothing, hosting.Name("")), "option Name must not be empty"},
		{"Idle of an Every", hosting.Every(time.Second, nothing, hosting.Idle(time.Second)), "option Idle is not for Every"},
		{"Interval of a Loop", hosting.Loop(nothing, hosting.Interval(time.Second)), "option Interval is not for Loop"},
		{"Intake of a Loop", hosting.Loop(nothing, hosting.Intake()), "option Intake is not for Loop"},
		{"Abandon of a Service", hosting.Service(nothing, hosting.Abandon()), "option Abandon is not for Service"},
		{"Jitter of a hosted singleton", hosting.Host[*worker](hosting.Jitter(1)), "option Jitter is not for Service"},
		{"First of Restart", hosting.Run(nothing, restart(hosting.Policy{First: -1})), "First of option Restart must not be negative, is -1ns"},
		{"Most of Restart", hosting.Run(nothing, restart(hosting.Policy{Most: -1})), "Most of option Restart must not be negative, is -1ns"},
		{"Window of Restart", hosting.Loop(nothing, restart(hosting.Policy{Window: -1})), "Window of option Restart must not be negative, is -1ns"},
		{"Calm of Restart", hosting.Every(1, nothing, restart(hosting.Policy{Calm: -1})), "Calm of option Restart must not be negative, is -1ns"},
		{"Failures of Restart", hosting.Service(nothing, restart(hosting.Policy{Failures: -1})), "Failures of option Restart must not be negative, is -1"},
		{"When of Restart", hosting.Run(nothing, restart(hosting.Policy{When: 3})), "When of option Restart is unknown: 3"},
		{"Then of Restart", hosting.Run(nothing, restart(hosting.Policy{Then: 2})), "Then of option Restart is unknown: 2"},
		{"waits of Restart", hosting.Run(nothing, restart(hosting.Policy{First: 2, Most: 1})), "longest wait of option Restart, 1ns, is shorter than the first, 2ns"},
		{"Restart that never does", hosting.Run(nothing, restart(hosting.Policy{When: hosting.Never, Failures: 1})), "option Restart with Never has no use for waits and counts"},
		{"Restart beside StopOnError", hosting.Loop(nothing, hosting.StopOnError(), restart(hosting.Policy{})), "options StopOnError and Restart exclude each other"},
		{"Delay beside RunAtStart", hosting.Every(1, nothing, hosting.Delay(1), hosting.RunAtStart()), "options Delay and RunAtStart exclude each other"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := unitOf(test.option).Check(); err == nil || err.Error() != test.want {
				t.Errorf("Check returns %v, want %s", err, test.want)
			}
		})
	}
}

func TestCheckReportsAllProblems(t *testing.T) {
	err := unitOf(hosting.Every(0, nothing, hosting.Jitter(-1), hosting.Idle(1))).Check()
	for _, want := range []string{"interval", "Jitter", "Idle"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %s", err, want)
		}
	}
}

func TestCheckAcceptsGoodOptions(t *testing.T) {
	every := hosting.Every(time.Second, nothing, hosting.Name("x"), hosting.Timeout(1), hosting.Grace(1), hosting.Interval(1),
		hosting.Jitter(0), hosting.RunAtStart(), hosting.FixedDelay(), hosting.StopOnError(), hosting.Option{})
	run := hosting.Run(nothing, hosting.Intake(), hosting.AfterIntake(), hosting.Abandon(), hosting.StopTimeout(1), restart(hosting.Policy{}))
	loop := hosting.Loop(nothing, restart(hosting.Policy{When: hosting.Never, Then: hosting.MarkUnhealthy}))
	for _, o := range []fx.Option{every, run, loop} {
		if err := unitOf(o).Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestWithAppliesInjectedOptionsLast(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		first, second := func() hosting.Option { return hosting.Name("x") }, func() hosting.Option { return hosting.Option{} }
		o := hosting.Every(time.Hour, nothing, hosting.With(first), hosting.Interval(time.Minute), hosting.With(second))
		if n := len(unitOf(o).With); n != 2 {
			t.Fatalf("%d functions of With, want 2", n)
		}
		bound := decl.Bound{
			Call: call(func(context.Context) error { p.note(); return nil }),
			With: []any{hosting.Interval(10 * time.Second), hosting.Option{}},
		}
		if err := p.install(o, bound); err != nil {
			t.Fatal(err)
		}
		p.runFor(25 * time.Second)
		p.wantAt(10*time.Second, 20*time.Second)
	})
}

func TestWithResultThatMakesNoSenseIsAnErrorWithItsPlace(t *testing.T) {
	tests := []struct {
		name   string
		result any
		want   string
	}{
		{"value", hosting.Interval(0), "option Interval must be positive, is 0s: Every 1s at "},
		{"trigger", hosting.Idle(1), "option Idle is not for Every: Every 1s at "},
		{"type", time.Second, "function of With must return a hosting.Option, not a time.Duration: Every 1s at "},
		{"nil", nil, "function of With must return a hosting.Option, not a <nil>"},
		{"With", hosting.With(nothing), "function of With must not return another With"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := newProgram(t).install(hosting.Every(time.Second, nothing), decl.Bound{With: []any{test.result}})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "hosting/option_test.go:") {
				t.Errorf("Install returns %v, want %q and the place", err, test.want)
			}
		})
	}
}

func TestOneOptionServesManyApplications(t *testing.T) {
	o := hosting.Every(time.Second, nothing, hosting.With(nothing))
	for _, interval := range []time.Duration{2 * time.Second, 3 * time.Second} {
		bubble(t, func(t *testing.T, p *program) {
			bound := decl.Bound{
				Call: call(func(context.Context) error { p.note(); return nil }),
				With: []any{hosting.Interval(interval)},
			}
			if err := p.install(o, bound); err != nil {
				t.Fatal(err)
			}
			p.runFor(interval + time.Second)
			p.wantAt(interval)
		})
	}
}
