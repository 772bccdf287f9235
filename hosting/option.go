package hosting

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/berth-go/berth/internal/crontab"
	"github.com/berth-go/berth/internal/supervise"
)

// An Option configures one trigger. It is a value: it may be used for several triggers and in several
// applications. Of an option given twice the last one counts. An option that does not fit the trigger,
// or has a value that makes no sense, is an error at startup that names the place.
type Option struct {
	name  string
	kinds kind // the triggers it is for
	set   func(*settings)
}

// A kind is a bit for each kind of trigger, so that an option can say which it is for.
type kind uint8

const (
	kindService kind = 1 << iota
	kindRun
	kindLoop
	kindEvery
	kindConsume
	kindCron

	timed     = kindEvery | kindCron    // they call it at certain times
	repeating = kindLoop | timed        // they call their unit again and again
	calling   = repeating | kindConsume // the same, or once per item
	lasting   = kindService | kindRun   // they run as long as the application
	anyKind   = calling | lasting
)

func (k kind) String() string {
	switch k {
	case kindService:
		return "Service"
	case kindRun:
		return "Run"
	case kindLoop:
		return "Loop"
	case kindConsume:
		return "Consume"
	case kindCron:
		return "Cron"
	}
	return "Every"
}

// settings are what the options of one trigger come to.
type settings struct {
	kind kind

	name  string // given with Name, or empty
	named bool
	stage supervise.Stage
	with  []any

	timeout, grace, stopTimeout time.Duration

	interval   time.Duration // of Every; Idle of a Loop
	cron       *crontab.Spec // of Cron
	delay      time.Duration // the first wait, if delayed
	delayed    bool
	jitter     time.Duration
	runAtStart bool
	fixedDelay bool

	workers, capacity int
	retry             retrying
	restart           *Policy // nil: the default of the kind
	leftover          any     // a unit

	abandon     bool
	stopOnError bool

	problems []string // what is wrong with the options
}

// problem notes what is wrong with an option.
func (s *settings) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// apply sets options; it writes to a copy, because a declaration serves many applications.
func (s settings) apply(opts []Option) settings {
	s.with, s.problems = slices.Clip(s.with), slices.Clip(s.problems)
	for _, o := range opts {
		switch {
		case o.set == nil: // the zero Option
		case o.kinds&s.kind == 0:
			s.problems = append(s.problems, fmt.Sprintf("option %s is not for %v", o.name, s.kind))
		default:
			o.set(&s)
		}
	}
	return s
}

// check is every problem of the settings in one error.
func (s settings) check() error {
	problems := s.problems
	if s.delayed && s.runAtStart {
		problems = append(slices.Clip(problems), "options Delay and RunAtStart exclude each other")
	}
	if s.stopOnError && s.restart != nil {
		problems = append(slices.Clip(problems), "options StopOnError and Restart exclude each other")
	}
	if len(problems) == 0 {
		return nil
	}
	return errors.New(strings.Join(problems, "; "))
}

// wrong is an option that is nothing but a problem.
func wrong(problem string) Option {
	return Option{"", anyKind, func(s *settings) { s.problems = append(s.problems, problem) }}
}

// positive is an option whose duration must be above zero.
func positive(name string, kinds kind, d time.Duration, set func(*settings)) Option {
	return Option{name, kinds, func(s *settings) {
		if d <= 0 {
			s.problems = append(s.problems, fmt.Sprintf("option %s must be positive, is %v", name, d))
		}
		set(s)
	}}
}

// notNegative is an option whose duration must not be below zero.
func notNegative(name string, kinds kind, d time.Duration, set func(*settings)) Option {
	return Option{name, kinds, func(s *settings) {
		if d < 0 {
			s.problems = append(s.problems, fmt.Sprintf("option %s must not be negative, is %v", name, d))
		}
		set(s)
	}}
}

// Name names the trigger in errors, events, profiles, configuration and tests. Two triggers of one
// application with the same name given are an error at startup. Default: package.Function of the unit,
// package.Type of a service, and with "#2", "#3" behind it where that is taken.
func Name(name string) Option {
	return Option{"Name", anyKind, func(s *settings) {
		if name == "" {
			s.problems = append(s.problems, "option Name must not be empty")
		}
		s.name, s.named = name, true
	}}
}

// Timeout limits each call of the unit of a Loop, Every, Cron or Consume: the call gets a context of its own that ends
// after d. The unit must honour it; the next turn or item waits for it in any case. Default: none.
func Timeout(d time.Duration) Option {
	return positive("Timeout", calling, d, func(s *settings) { s.timeout = d })
}

// Grace is how long a unit of a Loop, Every, Cron or Consume that is under way when the application stops keeps a
// live context, and how long a Consume goes on with what is in its queue. Then its context ends with cause lifecycle.ErrStopping. Default: the grace of the application.
func Grace(d time.Duration) Option {
	return positive("Grace", calling, d, func(s *settings) { s.grace = d })
}

// StopTimeout limits the stop of a Service or Run: after d it is named in the error and not waited for.
// Default: half of what is left of the time to stop, beside its reserve.
func StopTimeout(d time.Duration) Option {
	return positive("StopTimeout", lasting, d, func(s *settings) { s.stopTimeout = d })
}

// Interval replaces the interval of an Every.
func Interval(d time.Duration) Option {
	return positive("Interval", kindEvery, d, func(s *settings) { s.interval = d })
}

// Idle is how long a Loop waits after an iteration that returned nil. Default: 1 s.
func Idle(d time.Duration) Option {
	return positive("Idle", kindLoop, d, func(s *settings) { s.interval = d })
}

// Delay replaces the wait before the first turn; 0 is at once. Default: none for a Loop, the interval for
// an Every, until its schedule is due for a Cron.
func Delay(d time.Duration) Option {
	return notNegative("Delay", repeating, d, func(s *settings) { s.delay, s.delayed = d, true })
}

// Jitter adds a random time from 0 to d to each wait of a Loop, Every or Cron, so that the instances of a
// program do not work in step. It does not move the ticks that follow, and a turn that comes at once
// stays at once. Default: none.
func Jitter(d time.Duration) Option {
	return notNegative("Jitter", repeating, d, func(s *settings) { s.jitter = d })
}

// RunAtStart lets the first turn of an Every or Cron come at once, before those of its schedule.
func RunAtStart() Option {
	return Option{"RunAtStart", timed, func(s *settings) { s.runAtStart = true }}
}

// FixedDelay counts the interval of an Every from the end of one turn to the beginning of the next.
// Default: ticks come at a fixed rate, whatever the turns take.
func FixedDelay() Option {
	return Option{"FixedDelay", kindEvery, func(s *settings) { s.fixedDelay = true }}
}

// Intake marks a Service or Run that brings work in from outside: it starts after all services, loops and
// timers, and is the first to stop.
func Intake() Option {
	return Option{"Intake", lasting, func(s *settings) { s.stage = supervise.Intake }}
}

// AfterIntake marks a Service or Run that starts last, when all intake is open.
func AfterIntake() Option {
	return Option{"AfterIntake", lasting, func(s *settings) { s.stage = supervise.AfterIntake }}
}

// Abandon lets the application stop without waiting for a Run that cannot be interrupted, such as a read
// from a terminal. That it was left behind is an event, not an error.
func Abandon() Option {
	return Option{"Abandon", kindRun, func(s *settings) { s.abandon = true }}
}

// StopOnError makes the first error of a Loop, Every or Cron, and of a Consume the first item that has failed for good, a
// fault: the application stops, and app.Run returns the error. Default: the error is an event, and the
// trigger goes on.
func StopOnError() Option {
	return Option{"StopOnError", calling, func(s *settings) { s.stopOnError = true }}
}

// With takes an option from what is injected: fn's parameters are singletons, its one result is an
// Option, as in
//
//	hosting.With(func(s Settings) hosting.Option { return hosting.Interval(s.CheckEvery) })
//
// fn is called once, when the application is constructed. What it returns counts after all options
// given directly. It may return the zero Option, which changes nothing.
func With(fn any) Option {
	return Option{"With", anyKind, func(s *settings) { s.with = append(s.with, fn) }}
}
