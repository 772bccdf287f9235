package crontab_test

import (
	"strconv"
	"strings"
	"time"
)

// A minute is one of real time, with what the clock on the wall shows then.
type minute struct{ at, wall int64 } // in minutes

// minutes are those of real time from one moment to another in a zone.
func minutes(from, to time.Time, zone *time.Location) []minute {
	var all []minute
	for at := from.Unix() / 60; at < to.Unix()/60; at++ {
		_, offset := time.Unix(at*60, 0).In(zone).Zone()
		all = append(all, minute{at, at + int64(offset/60)})
	}
	return all
}

// naive says minute by minute when a schedule is due, from the second minute on. It knows no list that has names.
func naive(spec string, clock []minute) []int64 {
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
	shown := map[int64]bool{} // the days that exist
	for _, m := range clock {
		shown[m.wall/(24*60)] = true
	}
	var due []int64
	high := clock[0].wall
	for _, m := range clock[1:] {
		if words[1][0] == '*' {
			if named(m.wall) {
				due = append(due, m.at)
			}
			continue
		}
		reached := false
		for ; high < m.wall; high++ {
			reached = reached || shown[(high+1)/(24*60)] && named(high+1)
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
