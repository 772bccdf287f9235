package app

import (
	"fmt"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// A limit is a setting that bounds the start or the stop. Of several of one kind the last counts.
type limit struct {
	name    string // as in "StartTimeout(-1s)"
	invalid bool
	set     func(*supervise.Limits)
}

func (l limit) apply(limits *supervise.Limits, at place.Place) error {
	if l.invalid {
		return fmt.Errorf("option app.%s at %v makes no sense: the duration must be positive", l.name, at)
	}
	l.set(limits)
	return nil
}

func duration(name string, d, least time.Duration, here place.Here, set func(*supervise.Limits)) fx.Option {
	l := limit{name: fmt.Sprintf("%s(%v)", name, d), invalid: d < least, set: set}
	return decl.New(&decl.Setting{Value: l, Here: here}, here)
}

// StartTimeout limits the start of the application, and in Main and Run its construction too. Who has not
// started by then is named in the error. It wins over fx.StartTimeout. Default: none.
func StartTimeout(d time.Duration) fx.Option {
	return duration("StartTimeout", d, 1, place.Caller(), func(l *supervise.Limits) { l.Start = d })
}

// StopTimeout is the budget for the whole stop. The smaller of 5 s and half of it is kept for hooks and
// cleanups. It wins over fx.StopTimeout. Default: 25 s, since Kubernetes kills after 30.
func StopTimeout(d time.Duration) fx.Option {
	return duration("StopTimeout", d, 1, place.Caller(), func(l *supervise.Limits) { l.Stop = d })
}

// DrainDelay lets the application serve for that long when it is already stopping and not ready, so that
// load balancers notice. It is part of the stop budget. Default: 0.
func DrainDelay(d time.Duration) fx.Option {
	return duration("DrainDelay", d, 0, place.Caller(), func(l *supervise.Limits) { l.Drain = d })
}

// Grace is how long units under way keep a live context when the application stops; then it ends with
// cause lifecycle.ErrStopping. Default: half of the stop budget.
func Grace(d time.Duration) fx.Option {
	return duration("Grace", d, 1, place.Caller(), func(l *supervise.Limits) { l.Grace = d })
}

// ConcurrentStart starts services, and then triggers of each further step, all at once instead of one
// after another in declaration order. Hooks are always started one after another.
func ConcurrentStart() fx.Option {
	here := place.Caller()
	l := limit{set: func(l *supervise.Limits) { l.ConcurrentStart = true }}
	return decl.New(&decl.Setting{Value: l, Here: here}, here)
}

// ConcurrentStop stops the services and triggers of each step all at once instead of one after another
// in reverse. Hooks and cleanups are always run one after another.
func ConcurrentStop() fx.Option {
	here := place.Caller()
	l := limit{set: func(l *supervise.Limits) { l.ConcurrentStop = true }}
	return decl.New(&decl.Setting{Value: l, Here: here}, here)
}

// Logger replaces the default *zap.Logger. constructor is that of a di.Singleton, for example
// func(Settings) (*zap.Logger, error). Any other provider of *zap.Logger does the same; two are an error.
func Logger(constructor any) fx.Option {
	here := place.Caller()
	if !decl.Returns[*zap.Logger](constructor) {
		return fx.Error(fmt.Errorf("option app.Logger at %v needs a constructor of *zap.Logger, has a %T", here.Place(), constructor))
	}
	return di.Singleton(constructor)
}
