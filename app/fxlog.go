package app

import (
	"slices"
	"strings"

	"go.uber.org/fx/fxevent"
	"go.uber.org/zap"
)

// fxLog logs fx's events at debug level, but for those about what we give fx. Until there is a logger, it
// keeps them. It is used by the goroutine that constructs.
type fxLog struct {
	kept []fxevent.Event
	out  fxevent.Logger
}

// use passes on what was kept.
func (l *fxLog) use(log *zap.Logger) {
	l.out = fxevent.NopLogger
	if log.Core().Enabled(zap.DebugLevel) {
		z := &fxevent.ZapLogger{Logger: log.Named("fx")}
		z.UseLogLevel(zap.DebugLevel)
		z.UseErrorLevel(zap.DebugLevel) // the error is returned too
		l.out = z
	}
	for _, ev := range l.kept {
		l.LogEvent(ev)
	}
	l.kept = nil
}

// LogEvent is called by fx.
func (l *fxLog) LogEvent(ev fxevent.Event) {
	switch l.out {
	case nil:
		l.kept = append(l.kept, ev)
		return
	case fxevent.NopLogger:
		return
	}
	var name string
	switch e := ev.(type) {
	case *fxevent.Provided:
		name = e.ConstructorName
		ev = &fxevent.Provided{
			ConstructorName: name, OutputTypeNames: e.OutputTypeNames, ModuleName: e.ModuleName, Private: e.Private, Err: e.Err,
			StackTrace: theirs(e.StackTrace), ModuleTrace: theirs(e.ModuleTrace),
		}
	case *fxevent.Supplied:
		ev = &fxevent.Supplied{
			TypeName: e.TypeName, ModuleName: e.ModuleName, Err: e.Err,
			StackTrace: theirs(e.StackTrace), ModuleTrace: theirs(e.ModuleTrace),
		}
	case *fxevent.Replaced:
		ev = &fxevent.Replaced{
			OutputTypeNames: e.OutputTypeNames, ModuleName: e.ModuleName, Err: e.Err,
			StackTrace: theirs(e.StackTrace), ModuleTrace: theirs(e.ModuleTrace),
		}
	case *fxevent.Decorated:
		name = e.DecoratorName
		ev = &fxevent.Decorated{
			DecoratorName: name, OutputTypeNames: e.OutputTypeNames, ModuleName: e.ModuleName, Err: e.Err,
			StackTrace: theirs(e.StackTrace), ModuleTrace: theirs(e.ModuleTrace),
		}
	case *fxevent.BeforeRun:
		name = e.Name
	case *fxevent.Run:
		name = e.Name
	case *fxevent.Invoking:
		name = e.FunctionName
	case *fxevent.Invoked:
		name = e.FunctionName
	case *fxevent.LoggerInitialized:
		name = e.ConstructorName
	}
	if !isOurs(name) {
		l.out.LogEvent(ev)
	}
}

// theirs are the lines of a stack outside Berth.
func theirs(stack []string) []string {
	return slices.DeleteFunc(slices.Clone(stack), isOurs)
}

// isOurs reports whether a function is one of ours or made by reflection.
func isOurs(function string) bool {
	rest, ok := strings.CutPrefix(function, "github.com/berth-go/berth/")
	return ok && (strings.HasPrefix(rest, "internal/") || strings.HasPrefix(rest, "app.")) ||
		strings.HasPrefix(function, "reflect.makeFuncStub")
}
