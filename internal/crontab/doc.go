// Package crontab reads the specs of schedules and says when they are due: crontab(5) with five fields, @daily and
// its like, @every, and a time zone in front.
//
// A schedule with a fixed hour keeps to the clock on the wall: each time that it names comes once, at the first
// instant at which a clock that is never set back shows that time or a later one. That is the first instant after a
// gap, and the first pass of a repeated hour. A schedule whose hour is * or */n follows real time: it is due
// whenever the clock on the wall shows a time that it names, in both passes of a repeated hour, and never within a gap.
package crontab
