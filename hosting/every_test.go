package hosting_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// LC-044: a tick that came due while nobody waited for it is not lost.
func TestEveryTicks(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name   string
		option fx.Option
		took   []time.Duration // by each turn in order, then nothing
		fails  bool
		want   []time.Duration // when turns begin, within 35 s
	}{
		{
			name:   "each interval, first after one",
			option: hosting.Every(10*s, nothing),
			want:   []time.Duration{10 * s, 20 * s, 30 * s},
		},
		{
			name:   "at a fixed rate, whatever turns take",
			option: hosting.Every(10*s, nothing),
			took:   []time.Duration{4 * s, 9 * s},
			want:   []time.Duration{10 * s, 20 * s, 30 * s},
		},
		{
			name:   "missed ticks merge into one at once and keep the rate",
			option: hosting.Every(5*s, nothing),
			took:   []time.Duration{17 * s},
			want:   []time.Duration{5 * s, 22 * s, 25 * s, 30 * s},
		},
		{
			name:   "fixed delay counts from the end",
			option: hosting.Every(10*s, nothing, hosting.FixedDelay()),
			took:   []time.Duration{4 * s, 3 * s},
			want:   []time.Duration{10 * s, 24 * s},
		},
		{
			name:   "run at start",
			option: hosting.Every(10*s, nothing, hosting.RunAtStart()),
			want:   []time.Duration{0, 10 * s, 20 * s, 30 * s},
		},
		{
			name:   "delay replaces the first wait",
			option: hosting.Every(10*s, nothing, hosting.Delay(3*s)),
			want:   []time.Duration{3 * s, 13 * s, 23 * s, 33 * s},
		},
		{
			name:   "no delay is at once",
			option: hosting.Every(20*s, nothing, hosting.Delay(0)),
			want:   []time.Duration{0, 20 * s},
		},
		{
			name:   "interval replaces the interval",
			option: hosting.Every(time.Hour, nothing, hosting.Interval(15*s)),
			want:   []time.Duration{15 * s, 30 * s},
		},
		{
			name:   "an error changes nothing",
			option: hosting.Every(10*s, nothing),
			fails:  true,
			want:   []time.Duration{10 * s, 20 * s, 30 * s},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				p.add(test.option, func(context.Context) error {
					p.note()
					if n := len(p.at); n <= len(test.took) {
						<-time.After(test.took[n-1])
					}
					if test.fails {
						return errUnit
					}
					return nil
				})
				p.runFor(34 * s)
				p.wantAt(test.want...)
				if failed := p.failures(); test.fails != (len(failed) == len(test.want)) {
					t.Errorf("%d failure events of %d turns", len(failed), len(test.want))
				}
			})
		})
	}
}

func TestJitterAddsUpToItsLimitWithoutMovingTicks(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		const jitter = 10 * time.Second
		p.add(hosting.Every(time.Minute, nothing, hosting.Jitter(jitter)), func(context.Context) error { p.note(); return nil })
		p.runFor(100*time.Minute + 30*time.Second)
		if len(p.at) != 100 {
			t.Fatalf("%d turns, want 100", len(p.at))
		}
		var least, most time.Duration = jitter, 0
		for i, at := range p.at {
			extra := at - time.Duration(i+1)*time.Minute
			least, most = min(least, extra), max(most, extra)
		}
		if least < 0 || most > jitter || most-least < jitter/2 {
			t.Errorf("jitter is from %v to %v, want it spread over 0 to %v", least, most, jitter)
		}
	})
}

func TestRunAtStartIsNotDelayedByJitter(t *testing.T) {
	bubble(t, func(_ *testing.T, p *program) {
		p.add(hosting.Every(time.Minute, nothing, hosting.RunAtStart(), hosting.Jitter(time.Hour)), func(context.Context) error { p.note(); return nil })
		p.runFor(time.Second)
		p.wantAt(0)
	})
}

// LC-042.
func TestEveryTakesShortAndLongIntervals(t *testing.T) {
	for _, test := range []struct {
		interval, runs time.Duration
		want           int
	}{
		{2, 101, 50}, // nanoseconds
		{time.Millisecond, time.Second + 1, 1000},
		{1<<32*time.Millisecond - 2, 50 * 24 * time.Hour, 1},
		{1<<63 - 1, 24 * time.Hour, 0},
	} {
		t.Run(test.interval.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				tr := p.add(hosting.Every(test.interval, nothing), func(context.Context) error { return nil })
				p.runFor(test.runs)
				if n := tr.Info().Runs; n != test.want {
					t.Errorf("%d turns, want %d", n, test.want)
				}
			})
		})
	}
}

// LC-041: where .NET has a greatest period, any duration will do.
func TestLongestIntervalCanBeChanged(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Every(1<<63-1, nothing), func(context.Context) error { p.note(); return nil })
		p.start()
		<-time.After(time.Hour)
		for _, d := range []time.Duration{10 * time.Hour, 1<<63 - 1, 5 * time.Hour} {
			if err := tr.SetInterval(d); err != nil {
				t.Error(err)
			}
		}
		<-time.After(5 * time.Hour)
		p.stop()
		p.wantAt(5 * time.Hour)
	})
}

// LC-046, LC-045 and LC-052.
func TestStopEndsTheWaitForATick(t *testing.T) {
	for name, option := range map[string]fx.Option{
		"Every": hosting.Every(time.Hour, nothing),
		"Cron":  hosting.Cron("CRON_TZ=UTC @hourly", nothing),
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				tr := p.add(option, func(context.Context) error { p.note(); return nil })
				p.start()
				<-time.After(90 * time.Minute)
				began := time.Now()
				p.stop()
				p.stop()
				if took := time.Since(began); took != 0 {
					t.Errorf("the stop took %v", took)
				}
				for range 2 {
					if err := tr.RunNow(t.Context()); !errors.Is(err, lifecycle.ErrStopping) {
						t.Errorf("RunNow returns %v, want ErrStopping", err)
					}
				}
				<-time.After(10 * time.Hour)
				p.wantAt(time.Hour)
			})
		})
	}
}

// LC-043: what is not positive is refused; a change after the stop is none, and changes nothing.
func TestIntervalMayBeSetAfterTheStop(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Every(time.Hour, nothing), func(context.Context) error { p.note(); return nil })
		cr := p.cron("CRON_TZ=UTC @hourly")
		p.start()
		if err := tr.SetInterval(-1); err == nil {
			t.Error("SetInterval takes a negative interval")
		}
		p.stop()
		if err := errors.Join(tr.SetInterval(time.Minute), cr.SetCron("@every 1m")); err != nil {
			t.Error(err)
		}
		<-time.After(10 * time.Hour)
		p.wantAt()
		if i := tr.Info(); i.State != hosting.Ended || !i.NextRun.IsZero() {
			t.Errorf("info = %+v", i)
		}
	})
}
