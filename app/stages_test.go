package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/hosting"
)

// A staged service has the six stages, and does the same in each.
type staged struct {
	name string
	do   func(ctx context.Context, stage, name string) error
}

func (s *staged) Starting(ctx context.Context) error { return s.do(ctx, "starting", s.name) }
func (s *staged) Start(ctx context.Context) error    { return s.do(ctx, "start", s.name) }
func (s *staged) Started(ctx context.Context) error  { return s.do(ctx, "started", s.name) }
func (s *staged) Stopping(ctx context.Context) error { return s.do(ctx, "stopping", s.name) }
func (s *staged) Stop(ctx context.Context) error     { return s.do(ctx, "stop", s.name) }
func (s *staged) Stopped(ctx context.Context) error  { return s.do(ctx, "stopped", s.name) }

// stages declares services that do that.
func stages(do func(ctx context.Context, stage, name string) error, names ...string) fx.Option {
	var all []fx.Option
	for _, name := range names {
		all = append(all, hosting.Service(func() *staged { return &staged{name, do} }, hosting.Name(name)))
	}
	return fx.Options(all...)
}

var stageNames = []string{"starting", "start", "started", "stopping", "stop", "stopped"}

// LC-003, LC-004, LC-005, LC-011, LC-012, LC-013
func TestServicesAreInAStageTogetherWhereThatIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		meeting := map[string]chan struct{}{} // nobody leaves a stage before all three have entered it
		for _, stage := range stageNames {
			meeting[stage] = make(chan struct{}, 2)
		}
		do := func(_ context.Context, stage, name string) error {
			r.add("enter " + stage)
			if name == "c" {
				meeting[stage] <- struct{}{}
				meeting[stage] <- struct{}{}
			} else {
				<-meeting[stage]
			}
			<-time.After(time.Second)
			r.add("leave " + stage)
			return nil
		}
		a := app.New(quiet, app.ConcurrentStart(), app.ConcurrentStop(), stages(do, "a", "b", "c"))
		began := time.Now()
		if err := errors.Join(a.Start(t.Context()), a.Stop(t.Context())); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 6*time.Second {
			t.Errorf("six stages took %v, want a second each", took)
		}
		var want []string
		for _, stage := range stageNames {
			want = append(want, slices.Repeat([]string{"enter " + stage}, 3)...)
			want = append(want, slices.Repeat([]string{"leave " + stage}, 3)...)
		}
		r.want(t, want...)
	})
}

// LC-006, LC-014
func TestServicesGoThroughAStageOneAfterAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		do := func(_ context.Context, stage, name string) error {
			r.add("enter " + stage + " " + name)
			<-time.After(time.Second)
			r.add("leave " + stage + " " + name)
			return nil
		}
		a := app.New(quiet, app.StopTimeout(time.Minute), stages(do, "a", "b"))
		if err := errors.Join(a.Start(t.Context()), a.Stop(t.Context())); err != nil {
			t.Error(err)
		}
		var want []string
		for i, stage := range stageNames {
			names := []string{"a", "b"}
			if i >= 3 {
				slices.Reverse(names)
			}
			for _, name := range names {
				want = append(want, "enter "+stage+" "+name, "leave "+stage+" "+name)
			}
		}
		r.want(t, want...)
	})
}

// LC-007, LC-009, HO-031: of what has failed, nothing further is called; what had been started is stopped, and only that.
func TestStageThatFailsEndsTheStart(t *testing.T) {
	tests := []struct {
		stage      string
		concurrent bool
		want       []string // in each stage of the start, and in the stops
	}{
		{"starting", false, []string{"starting a", "starting b"}},
		{"starting", true, []string{"starting a", "starting b", "starting c"}},
		{"start", false, []string{"starting a", "starting b", "starting c", "start a", "start b", "stop a"}},
		{"start", true, []string{"starting a", "starting b", "starting c", "start a", "start b", "start c", "stop a", "stop c"}},
		{
			"started", false,
			[]string{"starting a", "starting b", "starting c", "start a", "start b", "start c", "started a", "started b", "stop a", "stop b", "stop c"},
		},
		{
			"started", true,
			[]string{"starting a", "starting b", "starting c", "start a", "start b", "start c", "started a", "started b", "started c", "stop a", "stop b", "stop c"},
		},
	}
	for _, test := range tests {
		for _, wait := range []time.Duration{0, time.Second} {
			bubble(t, fmt.Sprintf("%s concurrent %v after %v", test.stage, test.concurrent, wait), func(t *testing.T) {
				var r record
				do := func(_ context.Context, stage, name string) error {
					if stage != "stopping" && stage != "stopped" {
						r.add(stage + " " + name)
					}
					if stage != test.stage || name != "b" {
						return nil
					}
					<-time.After(wait)
					return errBoom
				}
				options := fx.Options(quiet, stages(do, "a", "b", "c"))
				if test.concurrent {
					options = fx.Options(options, app.ConcurrentStart())
				}
				err := app.New(options).Start(t.Context())
				if !errors.Is(err, errBoom) || !strings.HasPrefix(fmt.Sprint(err), test.stage+` of Service "b" (app/stages_test.go:`) {
					t.Errorf("Start returned %v", err)
				}
				order := func(a, b string) int { // in one stage the order does not matter here
					stage := func(line string) int { return slices.Index(stageNames, strings.Fields(line)[0]) }
					if d := stage(a) - stage(b); d != 0 {
						return d
					}
					return strings.Compare(a, b)
				}
				if !slices.IsSortedFunc(r.lines, func(a, b string) int { return order(strings.Fields(a)[0], strings.Fields(b)[0]) }) {
					t.Errorf("stages are mixed: %q", r.lines)
				}
				slices.SortFunc(r.lines, order)
				r.want(t, test.want...)
			})
		}
	}
}

// invalid are settings that are never right.
type invalid struct{}

func (invalid) Validate() error { return errBoom }

// LC-010
func TestNothingStartsWithSettingsThatAreWrong(t *testing.T) {
	var r record
	do := func(_ context.Context, stage, name string) error { r.add(stage + " " + name); return nil }
	err := app.Run(t.Context(), quiet, config.Bind[invalid]("some"), stages(do, "a"))
	if !errors.Is(err, errBoom) {
		t.Errorf("Run returned %v", err)
	}
	r.want(t)
}

func TestEveryServiceThatFailsOrHangsIsNamedAndTheOthersStop(t *testing.T) {
	for name, concurrent := range map[string]fx.Option{"in order": fx.Options(), "concurrent": app.ConcurrentStop()} {
		bubble(t, name, func(t *testing.T) {
			var r record
			release := make(chan struct{})
			do := func(_ context.Context, stage, name string) error {
				switch {
				case stage != "stop":
				case name == "failing":
					return errBoom
				case name == "panicking":
					panic("secret")
				case name == "hanging":
					<-release
				default:
					r.add("stop " + name)
				}
				return nil
			}
			a := app.New(quiet, concurrent, stages(do, "good", "hanging", "well", "panicking", "failing", "fine"))
			if err := a.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			results := make(chan error)
			for range 2 {
				go func() { results <- a.Stop(t.Context()) }()
			}
			err := <-results
			if again := <-results; again != err { //nolint:errorlint // the very same
				t.Errorf("another Stop returned %v, not %v", again, err)
			}
			text := fmt.Sprint(err)
			for _, part := range []string{
				`stop of Service "failing" (app/stages_test.go:`, `stop of Service "panicking" (app/stages_test.go:`,
				`stop of Service "hanging" (app/stages_test.go:`, "hangs: it did not return within ", "app_test.(*staged).Stop(",
			} {
				if !strings.Contains(text, part) {
					t.Errorf("error does not say %q:\n%s", part, text)
				}
			}
			if strings.Count(text, "goroutine ") != 1 || strings.Count(text, "Service ") != 3 || strings.Contains(text, "secret") {
				t.Errorf("error says too much:\n%s", text)
			}
			slices.Sort(r.lines)
			r.want(t, "stop fine", "stop good", "stop well")
			close(release)
			synctest.Wait()
		})
	}
}
