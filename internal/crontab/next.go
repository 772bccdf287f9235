package crontab

import "time"

// years is how far ahead a schedule is searched: the 29th of February of one weekday is up to 40 years away.
const years = 40

// Every returns the interval of @every.
func (s *Spec) Every() (time.Duration, bool) { return s.every, s.every > 0 }

// correction is by how much a clock is set back when it was wrong before, and not merely fast. It is that of other crons.
const correction = 3 * time.Hour

// After returns the first time at which the schedule is due after it was due last. It is not after now if it has been
// missed. A clock that has been set back since then, so that it shows now, does not make the schedule due for a second time, unless
// it was set back so far that what it showed before means nothing.
func (s *Spec) After(last, now time.Time) time.Time {
	if last.Sub(now) > correction {
		last = now
	}
	return s.Next(last)
}

// Next returns the first time after t at which the schedule is due, in its zone.
func (s *Spec) Next(t time.Time) time.Time {
	if s.every > 0 {
		return t.Add(s.every)
	}
	zone := s.zone
	if zone == nil {
		zone = time.Local
	}
	at := t.In(zone)
	wall := local(at).Truncate(time.Minute).Add(time.Minute)
	if start, _ := at.ZoneBounds(); !s.realTime && !start.IsZero() {
		wall = later(wall, before(start)) // what the clock has shown before it was set back is over
	}
	// Between two changes of the zone the clock on the wall runs evenly.
	for {
		var ok bool
		if wall, ok = s.wall(wall); !ok {
			return time.Time{}
		}
		_, end := at.ZoneBounds()
		due := wall.Add(-offset(at)).In(zone)
		if end.IsZero() || due.Before(end) {
			return due
		}
		closes, opens := before(end), local(end)
		switch {
		case s.realTime:
			wall, at = opens, end
		case !wall.Before(opens):
			at = end
		case dayIsLost(wall, closes, opens):
			wall = midnight(wall).Add(24 * time.Hour)
		default:
			return end
		}
	}
}

// dayIsLost reports whether the day of a time within the gap from closes to opens is left out as a whole. Nothing is due on
// such a day, as nothing is on the 30th of February.
func dayIsLost(wall, closes, opens time.Time) bool {
	day := midnight(wall)
	return !day.Before(closes) && !day.Add(24*time.Hour).After(opens)
}

// wall returns the first time from t on that the schedule names. Times on the wall are written as times of UTC.
func (s *Spec) wall(t time.Time) (time.Time, bool) {
	if rest := t.Sub(t.Truncate(time.Minute)); rest > 0 {
		t = t.Add(time.Minute - rest)
	}
	for last := t.Year() + years; t.Year() <= last; {
		year, month, day := t.Date()
		switch {
		case s.month&(1<<month) == 0:
			t = time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
		case !s.onDay(day, t.Weekday()):
			t = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC)
		case s.hour&(1<<t.Hour()) == 0:
			t = t.Truncate(time.Hour).Add(time.Hour)
		case s.minute&(1<<t.Minute()) == 0:
			t = t.Add(time.Minute)
		default:
			return t, true
		}
	}
	return time.Time{}, false
}

func (s *Spec) onDay(day int, weekday time.Weekday) bool {
	byDay, byWeekday := s.day&(1<<day) != 0, s.weekday&(1<<weekday) != 0
	if s.eitherDay {
		return byDay || byWeekday
	}
	return byDay && byWeekday
}

// local is what the clock on the wall shows at t.
func local(t time.Time) time.Time { return t.UTC().Add(offset(t)) }

// before is what the clock on the wall would show at t, had the zone not changed then.
func before(t time.Time) time.Time { return t.UTC().Add(offset(t.Add(-1))) }

func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

func midnight(wall time.Time) time.Time { return wall.Truncate(24 * time.Hour) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
