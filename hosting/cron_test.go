package hosting_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/internal/decl"
)

func (p *program) cron(spec string, opts ...hosting.Option) *hosting.Trigger {
	p.t.Helper()
	return p.add(hosting.Cron(spec, nothing, opts...), func(context.Context) error { p.note(); return nil })
}

// hours are durations since the start, at midnight of the first of January 2000 in UTC, a Saturday.
func hours(all ...float64) []time.Duration {
	var d []time.Duration
	for _, h := range all {
		d = append(d, time.Duration(h*float64(time.Hour)))
	}
	return d
}

func TestCronComesAtItsTimes(t *testing.T) {
	for _, test := range []struct {
		spec string
		opts []hosting.Option
		want []time.Duration
	}{
		{"CRON_TZ=UTC 0 3 * * *", nil, hours(3, 27)},
		{"TZ=Asia/Kolkata 30 9,10 * * *", nil, hours(4, 5, 28, 29)},
		{"CRON_TZ=UTC @daily", nil, hours(24)},
		{"@every 20h", nil, hours(20, 40)},
		{"CRON_TZ=UTC 0 */10 * * *", []hosting.Option{hosting.RunAtStart()}, hours(0, 10, 20, 24, 34, 44)},
		{"CRON_TZ=UTC 0 */10 * * *", []hosting.Option{hosting.Delay(time.Hour)}, hours(1, 10, 20, 24, 34, 44)},
		{"CRON_TZ=UTC 0 0 * * SUN", []hosting.Option{hosting.Delay(26 * time.Hour)}, hours(26)},
		{"CRON_TZ=UTC 0 3 * * *", []hosting.Option{hosting.Spec("CRON_TZ=UTC 0 5 * * *")}, hours(5, 29)},
	} {
		t.Run(test.spec, func(t *testing.T) {
			bubble(t, func(_ *testing.T, p *program) {
				p.cron(test.spec, test.opts...)
				p.runFor(47 * time.Hour)
				p.wantAt(test.want...)
			})
		})
	}
}

func TestCronMergesTicksMissedDuringATurn(t *testing.T) {
	for _, test := range []struct {
		spec string
		want []time.Duration
	}{
		{"CRON_TZ=UTC 0 * * * *", hours(1, 3.5, 6, 7, 8)},
		{"@every 1h", hours(1, 3.5, 6, 7, 8)},
	} {
		t.Run(test.spec, func(t *testing.T) {
			bubble(t, func(_ *testing.T, p *program) {
				p.add(hosting.Cron(test.spec, nothing), func(context.Context) error {
					if p.note(); len(p.at) <= 2 {
						<-time.After(150 * time.Minute)
					}
					return nil
				})
				p.runFor(8*time.Hour + time.Minute)
				p.wantAt(test.want...)
			})
		})
	}
}

func TestCronGoesOnAfterFailures(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.add(hosting.Cron("CRON_TZ=UTC @hourly", nothing), func(context.Context) error {
			p.note()
			return errUnit
		})
		p.runFor(3*time.Hour + time.Minute)
		p.wantAt(hours(1, 2, 3)...)
		if i := tr.Info(); len(p.failures()) != 3 || i.Failures != 3 || !errors.Is(i.LastError, errUnit) {
			t.Errorf("%d failures, info = %+v", len(p.failures()), i)
		}
	})
}

func TestJitterOfACronDoesNotMoveWhatFollows(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		p.cron("CRON_TZ=UTC @hourly", hosting.Jitter(10*time.Minute))
		p.runFor(100*time.Hour + 11*time.Minute)
		if len(p.at) != 100 {
			t.Fatalf("%d turns, want 100", len(p.at))
		}
		exact := 0
		for i, at := range p.at {
			late := at - time.Duration(i+1)*time.Hour
			if late < 0 || late > 10*time.Minute {
				t.Errorf("turn %d is %v late", i, late)
			}
			if late == 0 {
				exact++
			}
		}
		if exact > 10 {
			t.Errorf("%d turns have no jitter", exact)
		}
	})
}

func TestCronIsControlledLikeEveryOtherTrigger(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		tr := p.cron("CRON_TZ=UTC @hourly", hosting.Name("clean"))
		p.start()
		synctest.Wait()
		i := tr.Info()
		if i.Kind != "Cron" || i.Cron != "CRON_TZ=UTC @hourly" || i.State != hosting.Waiting || !i.NextRun.Equal(p.begun.Add(time.Hour)) || !i.LastRun.IsZero() {
			t.Errorf("info = %+v", i)
		}
		if !strings.HasPrefix(i.Place, "hosting/cron_test.go:") {
			t.Errorf("place is %q", i.Place)
		}
		<-time.After(90 * time.Minute)
		if err := tr.RunNow(t.Context()); err != nil {
			t.Error(err)
		}
		tr.Pause()
		<-time.After(time.Hour)
		tr.Resume()
		<-time.After(time.Hour)
		if i := tr.Info(); !i.LastRun.Equal(p.begun.Add(3*time.Hour)) || !i.NextRun.Equal(p.begun.Add(4*time.Hour)) || i.Runs != 3 {
			t.Errorf("info = %+v", i)
		}
		p.stop()
		p.wantAt(hours(1, 1.5, 3)...)
	})
}

func TestSetCronAppliesToTheWaitUnderWay(t *testing.T) {
	for _, test := range []struct {
		spec string
		opts []hosting.Option
		want []time.Duration
	}{
		{"CRON_TZ=UTC 0 5 * * *", nil, hours(1, 5)},
		{"CRON_TZ=UTC 30 * * * *", nil, hours(1, 2.5, 3.5, 4.5, 5.5)},
		{"@every 90m", nil, hours(1, 3, 4.5, 6)},
		{"CRON_TZ=UTC 30 * * * *", []hosting.Option{hosting.Delay(2 * time.Hour)}, hours(2, 2.5, 3.5, 4.5, 5.5)},
	} {
		t.Run(test.spec, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				tr := p.cron("CRON_TZ=UTC @hourly", test.opts...)
				p.start()
				<-time.After(90 * time.Minute)
				if err := tr.SetCron(test.spec); err != nil || tr.Info().Cron != test.spec {
					t.Errorf("SetCron returns %v, info = %+v", err, tr.Info())
				}
				<-time.After(270*time.Minute + time.Second)
				p.stop()
				p.wantAt(test.want...)
			})
		})
	}
}

func TestSetCronRefusesWhatMakesNoSense(t *testing.T) {
	p := newProgram(t)
	tr := p.cron("@hourly", hosting.Name("clean"))
	every := p.add(hosting.Every(time.Hour, nothing, hosting.Name("poll")), nothing)
	for _, test := range []struct {
		err  error
		want string
	}{
		{tr.SetCron("0 24 * * *"), `trigger "clean": cron "0 24 * * *": hour "24" makes no sense: write `},
		{tr.SetInterval(time.Hour), `trigger "clean" has no interval: it is a Cron`},
		{every.SetCron("@daily"), `trigger "poll" has no spec: it is no Cron`},
	} {
		if test.err == nil || !strings.HasPrefix(test.err.Error(), test.want) {
			t.Errorf("error is %v, want %s", test.err, test.want)
		}
	}
	if i := tr.Info(); i.Cron != "@hourly" {
		t.Errorf("info = %+v", i)
	}
}

func TestCronThatMakesNoSenseIsAnErrorAtStartup(t *testing.T) {
	with := func(o hosting.Option) hosting.Option { return hosting.With(func() hosting.Option { return o }) }
	for _, test := range []struct {
		option fx.Option
		want   string
	}{
		{hosting.Cron("0 0 30 2 *", nothing), `day of month "30" does not exist in month "2": write a day that the month has`},
		{hosting.Cron("CRON_TZ=Mars/Base 0 0 * * *", nothing), `time zone "Mars/Base" is unknown: write a name of the IANA database`},
		{hosting.Cron("0 0 * *", nothing), `spec has 4 fields, not 5: write minute, hour, day of month, month and day of week`},
		{hosting.Cron("@daily", nothing, hosting.Spec("@often")), `cron "@often": "@often" is unknown`},
		{hosting.Cron("@daily", nothing, with(hosting.Spec("@often"))), `cron "@often": "@often" is unknown`},
		{hosting.Cron("@daily", nothing, hosting.Interval(1)), "option Interval is not for Cron"},
		{hosting.Cron("@daily", nothing, hosting.FixedDelay()), "option FixedDelay is not for Cron"},
		{hosting.Every(1, nothing, hosting.Spec("@daily")), "option Spec is not for Every"},
		{hosting.Cron("@daily", nothing, hosting.RunAtStart(), hosting.Delay(1)), "options Delay and RunAtStart exclude each other"},
	} {
		t.Run(test.want, func(t *testing.T) {
			err := app.New(fx.NopLogger, test.option).Err()
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "hosting/cron_test.go:") {
				t.Errorf("error is %v, want %q and the place", err, test.want)
			}
		})
	}
}

func TestCronTakesItsSpecFromSettings(t *testing.T) {
	bubble(t, func(t *testing.T, p *program) {
		bound := decl.Bound{
			Call: call(func(context.Context) error { p.note(); return nil }),
			With: []any{hosting.Spec("CRON_TZ=UTC 0 6 * * *")},
		}
		if err := p.install(hosting.Cron("@daily", nothing), bound); err != nil {
			t.Fatal(err)
		}
		p.runFor(7 * time.Hour)
		p.wantAt(hours(6)...)
	})
}

func TestCronRunsOncePerDayForAYear(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Asuncion", "America/Havana", "Asia/Kolkata"} {
		t.Run(zone, func(t *testing.T) {
			bubble(t, func(t *testing.T, p *program) {
				place, err := time.LoadLocation(zone)
				if err != nil {
					t.Fatal(err)
				}
				days := map[string]int{}
				p.add(hosting.Cron("CRON_TZ="+zone+" 0 2 * * *", nothing), func(context.Context) error {
					days[time.Now().In(place).Format(time.DateOnly)]++
					return nil
				})
				<-time.After(12 * time.Hour) // noon of the first of January, in UTC
				p.runFor(366 * 24 * time.Hour)
				if len(days) != 366 {
					t.Errorf("%d days, want 366", len(days))
				}
				for day, n := range days {
					if n != 1 {
						t.Errorf("%d turns on %s", n, day)
					}
				}
			})
		})
	}
}

func TestLocalTimeIsUsedWithoutAZone(t *testing.T) {
	bubble(t, func(_ *testing.T, p *program) {
		p.cron("0 3 * * *")
		p.runFor(24 * time.Hour)
		three := time.Date(2000, 1, 1, 3, 0, 0, 0, time.Local)
		for three.Before(p.begun) {
			three = three.AddDate(0, 0, 1)
		}
		for three.Sub(p.begun) > 24*time.Hour {
			three = three.AddDate(0, 0, -1)
		}
		p.wantAt(three.Sub(p.begun))
	})
}
