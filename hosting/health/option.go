package health

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// An Option configures one Check. It is a value: it may be used for several checks and in several applications. Of
// an option given twice the last one counts. A value that makes no sense is an error at startup that names the place.
type Option interface{ apply(*settings) }

// A Group says which question a check helps to answer. A Group is an option: health.Check(name, unit, health.Live).
type Group uint8

// The groups.
const (
	// Ready: may the application be given work? This is the group of a check that says nothing else.
	Ready Group = iota
	// Live: is a restart of the process needed? A check of this group must not depend on anything
	// outside of the process: when a database is down, restarts of everybody help nobody.
	Live
	// Startup: has the application come up? Such a check runs until it has passed once, and then never again.
	Startup
)

// String is the name of the group in lower case.
func (g Group) String() string {
	names := [...]string{"ready", "live", "startup"}
	if int(g) >= len(names) {
		return fmt.Sprintf("Group(%d)", uint8(g))
	}
	return names[g]
}

// MarshalText makes the name the value in JSON.
func (g Group) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

func (g Group) apply(s *settings) {
	if g > Startup {
		s.problem("group %d is unknown: it is Ready, Live or Startup", uint8(g))
	}
	s.group = g
}

// Timeout is how long one run of a check may take: then its context ends and it has failed. It must honour the context; while it
// goes on all the same, it stays failed and is not run again. Default: 5 s.
func Timeout(d time.Duration) Option {
	return option(func(s *settings) { s.timeout = s.positive("Timeout", d) })
}

// Every is how long a check rests between the end of one run and the next. Default: 10 s, and 1 s for one of
// group Startup.
func Every(d time.Duration) Option {
	return option(func(s *settings) { s.every = s.positive("Every", d) })
}

// FailureStatus is what a failure of a check means: Unhealthy or Degraded. Default: Unhealthy.
func FailureStatus(status Status) Option {
	return option(func(s *settings) {
		if status >= Healthy {
			s.problem("option FailureStatus must be Degraded or Unhealthy, is %v", status)
		}
		s.failure = status
	})
}

type option func(*settings)

func (o option) apply(s *settings) { o(s) }

// settings are what the options of one check come to.
type settings struct {
	group          Group
	timeout, every time.Duration
	failure        Status

	problems []string // what is wrong with the options
}

func settingsOf(opts []Option) settings {
	s := settings{timeout: 5 * time.Second}
	for _, o := range opts {
		if o != nil {
			o.apply(&s)
		}
	}
	if s.every == 0 {
		s.every = 10 * time.Second
		if s.group == Startup {
			s.every = time.Second
		}
	}
	return s
}

// positive notes a duration that is not above zero.
func (s *settings) positive(name string, d time.Duration) time.Duration {
	if d <= 0 {
		s.problem("option %s must be positive, is %v", name, d)
	}
	return d
}

func (s *settings) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// check is every problem in one error.
func (s *settings) check() error {
	if len(s.problems) == 0 {
		return nil
	}
	return errors.New(strings.Join(s.problems, "; "))
}
