package app

import (
	"log/slog"
	"sync"
	"sync/atomic"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/place"
)

// A journal writes what happens to the application's logger. Until that is constructed, and if it cannot
// be, it writes to the default one.
type journal struct {
	standard func() *zap.Logger
	given    *zap.Logger // that of a test, in place of the default one
	levels   *log.Levels
	root     *logs.Root
	end      func()                     // closes the output of the default logger; nil until it is made
	app      atomic.Pointer[zap.Logger] // the application's, named for us
	loud     bool                       // errors that Run returns are logged as errors, else as warnings
	fx       *fxgraph.Events            // those of the application; nil for app.Module

	mu sync.Mutex

	told []error // what failed and was logged
}

// newJournal uses standard, if given, for the default logger.
func newJournal(standard *zap.Logger, loud bool) *journal {
	j := &journal{loud: loud, levels: new(log.Levels), given: standard}
	j.standard = sync.OnceValue(j.fallback)
	if standard != nil {
		j.levels.Set("", zap.DebugLevel)
	}
	return j
}

// fallback is the logger before there are settings.
func (j *journal) fallback() *zap.Logger {
	if j.given != nil {
		return j.given
	}
	std, _, err := logs.Open(log.Settings{}, new(log.Levels))
	if err != nil { // the zero Settings are valid, and standard error needs no opening
		return zap.NewNop()
	}
	return std
}

// open makes the default logger.
func (j *journal) open(s log.Settings) (*zap.Logger, error) {
	if j.given != nil {
		for name, level := range s.Levels {
			j.levels.Set(name, level)
		}
		return j.given.WithOptions(zap.WrapCore(j.levels.Core)), nil
	}
	std, end, err := logs.Open(s, j.levels)
	if err != nil {
		return nil, err
	}
	j.end = end
	return std, nil
}

// slog makes the default logger of the standard library's kind.
func (j *journal) slog(l *zap.Logger) *slog.Logger { return j.root.NewSlog(l) }

// builtins are the loggers that the application provides, and what they are made of.
func (j *journal) builtins() []fx.Option {
	here := place.Caller()
	return []fx.Option{
		config.Bind[log.Settings]("log", di.Default()),
		decl.Builtin(func(any, string) *log.Levels { return j.levels }),
		decl.New(&decl.Provider{Fn: j.open, Default: true, Here: here}, here),
		decl.New(&decl.Provider{Fn: j.slog, Default: true, Here: here}, here),
	}
}

// options join the journal to the application, before all options of the program: a module's functions are
// invoked before others, and of several fx.WithLogger the last one counts. Without fxEvents, those are left
// to who calls fx.New.
func (j *journal) options(fxEvents bool) []fx.Option {
	opts := []fx.Option{fx.Module("app", fx.Invoke(j.use))}
	if fxEvents {
		opts = append(opts, fx.Logger(nowhere{}), fx.WithLogger(func() fxevent.Logger { return j.fx }))
	}
	return opts
}

// nowhere is where fx writes when it cannot even construct its logger, all that it has done so far and an error
// that is returned too.
type nowhere struct{}

// Printf is called by fx.
func (nowhere) Printf(string, ...any) {}

// use is given the application's logger as soon as there is one.
func (j *journal) use(l *zap.Logger) {
	j.root.Use(l)
	j.app.Store(logs.Named(l, "app"))
	if j.fx != nil {
		j.fx.Use(fxLog(l))
	}
}

// fxLog logs fx's events at debug level.
func fxLog(l *zap.Logger) fxevent.Logger {
	l = logs.Named(l, "fx")
	if !l.Core().Enabled(zap.DebugLevel) {
		return fxevent.NopLogger
	}
	z := &fxevent.ZapLogger{Logger: l}
	z.UseLogLevel(zap.DebugLevel)
	z.UseErrorLevel(zap.DebugLevel) // the error is returned too
	return z
}

func (j *journal) logger() *zap.Logger {
	if l := j.app.Load(); l != nil {
		return l
	}
	return j.standard().Named("app")
}

// flush writes out what the logger holds back. It has nobody to tell that this failed.
func (j *journal) flush() { _ = j.logger().Sync() }

// adapters name loggers after their consumers, and have them say of what scope they write.
func adapters(root *logs.Root) decl.Adapters {
	all := decl.Adapters{}
	decl.Adapt(all, logs.Named, root.Bind)
	decl.Adapt(all, root.NamedSlog, root.BindSlog)
	return all
}
