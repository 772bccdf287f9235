package crontab_test

import (
	"strconv"
	"strings"
	"time"
)

// A minute is one of real time, with what the clock on the wall shows then.
type minute struct{ at, wall int64 } // in minutes

// A clock is what the clock on the wall of a zone shows, minute by minute.
type clock struct {
	minutes []minute
	days    map[int64]bool // those that it shows
}

func clockOf(from, to time.Time, zone *time.Location) clock {
	c := clock{days: map[int64]bool{}}
	for at := from.Unix() / 60; at < to.Unix()/60; at++ {
		_, offset := time.Unix(at*60, 0).In(zone).Zone()
		wall := at + int64(offset/60)
		c.minutes = append(c.minutes, minute{at, wall})
		c.days[wall/(24*60)] = true
	}
	return c
}

// naive says minute by minute when a schedule is due, from the second minute on. It knows no list that has names.
func naive(spec string, c clock) []int64 {
	words := strings.Fields(spec)
	var sets [5][64]bool
	for i, bounds := range [][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}} {
		sets[i] = set(words[i], bounds[0], bounds[1])
	}
	either := words[2][0] != '*' && words[4][0] != '*'
	named := func(wall int64) bool {
		if !sets[0][wall%60] || !sets[1][wall/60%24] {
			return false
		}
		w := time.Unix(wall*60, 0).UTC()
		day, weekday := sets[2][w.Day()], sets[4][w.Weekday()] || w.Weekday() == 0 && sets[4][7]
		return sets[3][w.Month()] && (day && weekday || either && (day || weekday))
	}
	var due []int64
	realTime := words[1][0] == '*'
	high := c.minutes[0].wall
	for _, m := range c.minutes[1:] {
		if realTime {
			if named(m.wall) {
				due = append(due, m.at)
			}
			continue
		}
		reached := false
		for ; high < m.wall; high++ {
			reached = reached || named(high+1) && c.days[(high+1)/(24*60)]
		}
		if reached {
			due = append(due, m.at)
		}
	}
	return due
}

func set(word string, low, high int) (all [64]bool) {
	for _, element := range strings.Split(word, ",") {
		span, by, stepped := strings.Cut(element, "/")
		first, last, step := low, high, 1
		if span != "*" {
			from, to, ranged := strings.Cut(span, "-")
			first, _ = strconv.Atoi(from)
			switch {
			case ranged:
				last, _ = strconv.Atoi(to)
			case !stepped:
				last = first
			}
		}
		if stepped {
			step, _ = strconv.Atoi(by)
		}
		for n := first; n <= last; n += step {
			all[n] = true
		}
	}
	return all
}
