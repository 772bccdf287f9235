package app

import (
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/app/log"
	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/logs"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/settings"
)

// A journal writes what happens to the application's logger. Until that is constructed, and if it cannot
// be, it writes to the default one.
type journal struct {
	given    *zap.Logger                 // that of a test, in place of the default one
	settings logs.Settings               // of the default logger; set before anything is constructed
	standard func() (*zap.Logger, error) // makes the default logger when that is first needed
	levels   *log.Levels
	root     *logs.Root
	app      atomic.Pointer[zap.Logger] // the application's, named for us
	loud     bool                       // Main: errors that Run returns are logged here
	adopt    func(*zap.Logger)          // Main: is given the application's logger; else nil
	budgets  []zap.Field                // of the start and stop, and the profile
	slowest  slowest
	fx       *fxgraph.Events // those of the application; nil for app.Module

	mu sync.Mutex

	verbose bool                     // the logger of a test is in use, which wants to see all
	taken   bool                     // the settings, from start
	output  string                   // where log.output is set
	wanted  map[string]zapcore.Level // by the newest settings
	told    []error                  // what failed and was logged
	end     func()                   // closes the output of the default logger; nil until it is made
}

// newJournal uses given, where there is one, in place of the default logger.
func newJournal(given *zap.Logger, loud bool) *journal {
	j := &journal{given: given, loud: loud, levels: new(log.Levels)}
	j.standard = sync.OnceValues(j.open)
	return j
}

// open makes the default logger, which the settings are for.
func (j *journal) open() (*zap.Logger, error) {
	if j.given != nil {
		j.mu.Lock()
		j.verbose = true
		j.mu.Unlock()
		j.levels.Replace(j.rules(j.settings))
		return j.given.WithOptions(zap.WrapCore(j.levels.Core)), nil
	}
	l, end, err := logs.Open(j.settings, j.levels)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.end = end
	if wrong := (*confbind.Error)(nil); errors.As(err, &wrong) {
		wrong.Source = j.output
	}
	return l, err
}

// rules are the levels that settings ask for, of the default logger or any other.
func (j *journal) rules(s logs.Settings) map[string]zapcore.Level {
	rules := map[string]zapcore.Level{}
	j.mu.Lock()
	if j.verbose {
		rules[""] = zap.DebugLevel
	}
	j.mu.Unlock()
	maps.Copy(rules, s.Levels)
	return rules
}

// set is handed the settings of the log, and again at each reload, when only levels count.
func (j *journal) set(s logs.Settings) {
	j.mu.Lock()
	first, before := !j.taken, j.wanted
	j.taken, j.wanted = true, s.Levels
	j.mu.Unlock()
	if first {
		j.settings = s
	}
	if first || !maps.Equal(before, s.Levels) { // else what was changed at run time stays
		j.levels.Replace(j.rules(s))
	}
}

// locate notes where the output is set.
func (j *journal) locate(_ logs.Settings, snap *confbind.Snapshot) error {
	if n := snap.At("log", "output"); n != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.output = n.At
	}
	return nil
}

// isLevel reports whether a key of the section log takes effect at a reload.
func isLevel(key []string) bool { return key[0] == "levels" }

// defaultLogger is the constructor of the default logger, under a name that its errors begin with.
func (j *journal) defaultLogger() (*zap.Logger, error) { return j.standard() }

// slog makes the default logger of the standard library's kind.
func (j *journal) slog(l *zap.Logger) *slog.Logger { return j.root.NewSlog(l) }

// builtins are the loggers that the application provides, and what they are made of.
func (j *journal) builtins() []fx.Option {
	here := place.Caller()
	return []fx.Option{
		settings.Claim("log", here, settings.Taker[logs.Settings]{Check: j.locate, Take: j.set, Live: isLevel}),
		decl.Builtin(func(any, string) *log.Levels { return j.levels }),
		decl.New(&decl.Provider{Fn: j.defaultLogger, Default: true, Here: here}, here),
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
	if j.adopt != nil {
		j.adopt(l)
	}
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
	std, err := j.standard()
	if err != nil { // which is reported, here
		std, _, _ = logs.Open(logs.Settings{}, new(log.Levels))
	}
	return logs.Named(std, "app")
}

// flush writes out what the logger holds back. It has nobody to tell that this failed.
func (j *journal) flush() { _ = j.logger().Sync() }

// close closes the output of the default logger. What is written later goes to standard error.
func (j *journal) close() {
	j.mu.Lock()
	end := j.end
	j.mu.Unlock()
	if end != nil {
		end()
	}
}

// adapters name loggers after their consumers, and have them say of what scope they write.
func adapters(root *logs.Root) decl.Adapters {
	all := decl.Adapters{}
	decl.Adapt(all, func(l *zap.Logger, consumer string) *zap.Logger {
		if consumer == "slog.Logger" { // it is the same logger, and will be named after its own consumers
			consumer = ""
		}
		return logs.Named(l, consumer)
	}, root.Bind)
	decl.Adapt(all, root.NamedSlog, root.BindSlog)
	return all
}
