package app

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/place"
)

// newLogger is the default logger: to standard error, from info level on, for people on a terminal and as
// JSON otherwise.
func newLogger() *zap.Logger {
	c := zap.NewProductionEncoderConfig()
	c.EncodeDuration = zapcore.StringDurationEncoder
	c.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	out := zapcore.Lock(os.Stderr)
	if !isTerminal(os.Stderr) {
		return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(c), out, zap.InfoLevel))
	}
	c.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	c.EncodeLevel = zapcore.CapitalLevelEncoder
	c.ConsoleSeparator = "  "
	return zap.New(terminal{zapcore.NewCore(zapcore.NewConsoleEncoder(c), out, zap.InfoLevel)})
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// terminal writes an error behind the message, line by line, where zap's console would quote it.
type terminal struct{ zapcore.Core }

func (t terminal) With(fields []zap.Field) zapcore.Core { return terminal{t.Core.With(fields)} }

func (t terminal) Check(e zapcore.Entry, c *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if t.Enabled(e.Level) {
		return c.AddCore(e, t)
	}
	return c
}

func (t terminal) Write(e zapcore.Entry, fields []zap.Field) error {
	rest := make([]zap.Field, 0, len(fields))
	for _, f := range fields {
		err, ok := f.Interface.(error)
		if !ok || f.Type != zapcore.ErrorType || f.Key != "error" {
			rest = append(rest, f)
			continue
		}
		first, lines, _ := strings.Cut(strings.TrimSpace(fmt.Sprintf("%+v", err)), "\n")
		e.Message += ": " + first
		e.Stack = lines // comes behind the fields
	}
	return t.Core.Write(e, rest)
}

// A journal writes what happens to the application's logger. Until that is constructed, and if it cannot
// be, it writes to the default one.
type journal struct {
	standard func() *zap.Logger
	app      atomic.Pointer[zap.Logger] // the application's, named for us
	loud     bool                       // errors that Run returns are logged as errors, else as warnings
	fx       *fxgraph.Events            // those of the application; nil for app.Module

	mu sync.Mutex

	told []error // what failed and was logged
}

// newJournal uses standard, if given, for the default logger.
func newJournal(standard *zap.Logger, loud bool) *journal {
	j := &journal{standard: sync.OnceValue(newLogger), loud: loud}
	if standard != nil {
		j.standard = func() *zap.Logger { return standard }
	}
	return j
}

// provider provides the default logger.
func (j *journal) provider() fx.Option {
	here := place.Caller()
	return decl.New(&decl.Provider{Fn: j.standard, Default: true, Here: here}, here)
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
func (j *journal) use(log *zap.Logger) {
	j.app.Store(log.Named("app"))
	if j.fx != nil {
		j.fx.Use(fxLog(log))
	}
}

// fxLog logs fx's events at debug level.
func fxLog(log *zap.Logger) fxevent.Logger {
	if !log.Core().Enabled(zap.DebugLevel) {
		return fxevent.NopLogger
	}
	z := &fxevent.ZapLogger{Logger: log.Named("fx")}
	z.UseLogLevel(zap.DebugLevel)
	z.UseErrorLevel(zap.DebugLevel) // the error is returned too
	return z
}

func (j *journal) logger() *zap.Logger {
	if log := j.app.Load(); log != nil {
		return log
	}
	return j.standard().Named("app")
}

// flush writes out what the logger holds back. What standard error answers to that says nothing.
func (j *journal) flush() { _ = j.logger().Sync() }
