package crontab_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/berth-go/berth/internal/crontab"
)

// specs are schedules at the hours at which zones change, and others.
var specs = []string{
	"0 0 * * *", "30 0 * * *", "15 1 * * *", "0 2 * * *", "30 2 * * *", "59 2 * * *", "0 3 * * *", "30 23 * * *",
	"*/10 2 * * *", "*/15 1-3 * * *", "0 1,2,3 * * *", "5 0-23 * * *", "* 2 * * *", "0,30 2 * 3,10 *", "10 0,23 * * *",
	"0 * * * *", "30 * * * *", "*/7 * * * *", "0 */2 * * *", "45 */3 * * *", "15 */6 1-7 * *", "* * * * 0",
	"0 3 * * 0", "30 1 * * 1-5", "0 0 1 * *", "30 2 29-31 * *", "30 2 30 12 *", "0 9 13 * 5", "0 9 */2 * 1", "30 2 1-7 * 7", "20 2 * 2-11 0,6",
}

// yearly are those of them that are walked through a whole year; the others are around the changes of the zone.
var yearly = []string{"30 0 * * *", "30 2 * * *", "0 */2 * * *", "30 2 29-31 * *", "0 9 13 * 5", "0 9 */2 * 1"}

func TestAYearAgreesWithAClockThatIsReadMinuteByMinute(t *testing.T) {
	for _, test := range []struct {
		zone string
		year int
	}{
		{"Europe/Berlin", 2024},
		{"America/New_York", 2025},
		{"Australia/Lord_Howe", 2023}, // half an hour
		{"America/Asuncion", 2023},    // leaves midnight out
		{"America/Havana", 2022},      // repeats it
		{"Africa/Cairo", 2024},
		{"America/Nuuk", 2024},      // its gap ends at midnight
		{"Antarctica/Troll", 2021},  // two hours
		{"Europe/Dublin", 2020},     // turns to standard time in summer
		{"Africa/Casablanca", 2019}, // changes four times
		{"Asia/Kolkata", 2024},      // never
		{"Pacific/Apia", 2011},      // leaves a day out
		{"Asia/Pyongyang", 2015},    // half an hour, once
		{"UTC", 2024},
	} {
		t.Run(fmt.Sprint(test.zone, " ", test.year), func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			from := time.Date(test.year, 1, 1, 0, 0, 0, 0, time.UTC)
			to := from.AddDate(1, 0, 1)
			year := clockOf(from, to, zone)
			for _, text := range yearly {
				agree(t, test.zone, text, year)
			}
			for at := from.In(zone); ; {
				if _, at = at.ZoneBounds(); at.IsZero() || at.After(to) {
					break
				}
				change := clockOf(at.AddDate(0, 0, -2), at.AddDate(0, 0, 2), zone)
				for _, text := range specs {
					agree(t, test.zone, text, change)
				}
			}
		})
	}
}

// agree compares the times of a schedule with the naive ones.
func agree(t *testing.T, zone, text string, c clock) {
	t.Helper()
	spec, err := crontab.Parse("CRON_TZ=" + zone + " " + text)
	if err != nil {
		t.Fatal(err)
	}
	want := naive(text, c)
	var got []int64
	for at := time.Unix(c.minutes[0].at*60, 0); ; {
		next := spec.Next(at)
		if next.Unix()/60 > c.minutes[len(c.minutes)-1].at {
			break
		}
		got = append(got, next.Unix()/60)
		at = next
	}
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("%s in %s: %d times, want %d; number %d is %s, want %s", text, zone, len(got), len(want), i, moment(got, i), moment(want, i))
			return
		}
	}
}

func moment(minutes []int64, i int) string {
	if i >= len(minutes) {
		return "missing"
	}
	return time.Unix(minutes[i]*60, 0).UTC().Format(time.RFC3339)
}

func TestFixedHourComesOncePerDay(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Africa/Cairo", "Antarctica/Troll", "Asia/Kolkata"} {
		for hour := range 24 {
			spec, err := crontab.Parse(fmt.Sprintf("CRON_TZ=%s 30 %d * * *", name, hour))
			if err != nil {
				t.Fatal(err)
			}
			zone, _ := time.LoadLocation(name)
			days := map[string]int{}
			begin, end := time.Date(2024, 1, 1, 0, 0, 0, 0, zone), time.Date(2025, 1, 1, 0, 0, 0, 0, zone)
			for at := spec.Next(begin.Add(-1)); at.Before(end); at = spec.Next(at) {
				days[at.Format(time.DateOnly)]++
			}
			if len(days) != 366 {
				t.Errorf("%v: %d days, want 366", spec, len(days))
			}
			for day, n := range days {
				if n != 1 {
					t.Errorf("%v: %d times on %s", spec, n, day)
				}
			}
		}
	}
}
