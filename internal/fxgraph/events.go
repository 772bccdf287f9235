package fxgraph

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/plan"
	"github.com/berth-go/berth/lifecycle/event"
)

// Events is a logger of fx's events that knows what the functions stand for that fx is given in place of others,
// and passes on nothing about those that stand for none. It is used by the goroutine that constructs, and later
// by that of each hook.
type Events struct {
	graph    *Graph
	made     string // what made out, as fx names it
	stubs    stubs
	populate bool          // of the last stub that fx invokes: it is an fx.Populate
	ours     bool          // fx invokes a function of ours
	before   fxevent.Event // before a stub runs: whose turn it is shows only afterwards
	kept     []fxevent.Event
	out      fxevent.Logger
}

// stubs are the functions behind those that are made by reflection, in the order in which fx comes to them. nil is one of
// ours alone.
type stubs struct{ provided, invoked []any }

// Events logs the events of a whole application. It keeps them until it is told of a logger.
func (g *Graph) Events() *Events { return &Events{graph: g, stubs: g.stubs} }

// Use passes on what was kept, and what comes.
func (l *Events) Use(out fxevent.Logger) {
	l.out = out
	for _, ev := range l.kept {
		l.pass(ev)
	}
	l.kept = nil
}

// LogEvent is called by fx.
func (l *Events) LogEvent(ev fxevent.Event) {
	if l.out == fxevent.NopLogger {
		return
	}
	if isBeforeRun(ev) {
		l.graph.called = nil
		if isStub(fieldOf(ev, "Name")) {
			l.before = ev
			return
		}
	}
	if run, ok := ev.(*fxevent.Run); ok && isStub(run.Name) {
		name := nameForFx(l.graph.called)
		if name == "" {
			return
		}
		if l.before != nil {
			l.pass(with(l.before, "Name", name))
			l.before = nil
		}
		ev = with(ev, "Name", name)
	}
	l.pass(ev)
}

// pass passes an event on.
func (l *Events) pass(ev fxevent.Event) {
	if l.out == nil {
		l.kept = append(l.kept, ev)
		return
	}
	if ev = l.theirs(ev); ev != nil {
		l.out.LogEvent(ev)
	}
}

// theirs is an event as it would be without us, or nil for one that would not be.
func (l *Events) theirs(ev fxevent.Event) fxevent.Event {
	var name string
	switch e := ev.(type) {
	case *fxevent.Provided:
		if name = e.ConstructorName; isStub(name) {
			name = nameForFx(next(&l.stubs.provided))
		}
		if name == "" {
			return nil
		}
		provided := *e
		provided.ConstructorName = name
		provided.OutputTypeNames = slices.DeleteFunc(slices.Clone(e.OutputTypeNames), isMember)
		provided.Err = l.graph.Failure(e.Err)
		ev = &provided
	case *fxevent.Decorated:
		name = e.DecoratorName
	case *fxevent.Invoking:
		name = e.FunctionName
		l.populate = isStub(name) && next(&l.stubs.invoked) != nil
		if l.ours = isOurs(name) || isStub(name) && !l.populate; !l.ours {
			name = ""
		}
	case *fxevent.Invoked:
		if l.ours {
			l.ours = false
			return nil
		}
		invoked := *e
		invoked.Err = l.graph.Failure(e.Err)
		ev = &invoked
	case *fxevent.OnStartExecuting:
		name = e.FunctionName
	case *fxevent.OnStartExecuted:
		name = e.FunctionName
	case *fxevent.OnStopExecuting:
		name = e.FunctionName
	case *fxevent.OnStopExecuted:
		name = e.FunctionName
	case *fxevent.LoggerInitialized:
		if name = e.ConstructorName; isStub(name) {
			name = l.made
			ev = with(ev, "ConstructorName", name)
		}
	case *fxevent.Run:
		name = e.Name
	default:
		if isBeforeRun(ev) {
			name = fieldOf(ev, "Name")
		}
	}
	if l.ours && strings.HasPrefix(name, "go.uber.org/fx.") {
		return nil // fx makes what only we ask for
	}
	if isStub(name) || isOurs(name) {
		return nil
	}
	return outside(ev)
}

// BeforeRun is new in fx 1.24.
func isBeforeRun(ev fxevent.Event) bool { return reflect.TypeOf(ev).Elem().Name() == "BeforeRun" }

func fieldOf(ev fxevent.Event, field string) string {
	return reflect.ValueOf(ev).Elem().FieldByName(field).String()
}

// with is a copy of an event with another text in a field.
func with(ev fxevent.Event, field, text string) fxevent.Event {
	v := reflect.New(reflect.TypeOf(ev).Elem())
	v.Elem().Set(reflect.ValueOf(ev).Elem())
	v.Elem().FieldByName(field).SetString(text)
	return v.Interface().(fxevent.Event)
}

// outside is an event without the lines of its stacks that are ours.
func outside(ev fxevent.Event) fxevent.Event {
	v := reflect.ValueOf(ev).Elem()
	for _, field := range []string{"StackTrace", "ModuleTrace"} { // fx has them in some events, and not from the first on
		f := v.FieldByName(field)
		if !f.IsValid() {
			continue
		}
		if v.Addr().Interface() == any(ev) { // not yet a copy
			c := reflect.New(v.Type())
			c.Elem().Set(v)
			v, f = c.Elem(), c.Elem().FieldByName(field)
		}
		lines, _ := f.Interface().([]string)
		f.Set(reflect.ValueOf(slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
			return isOurs(line) || strings.HasPrefix(line, "runtime/pprof.Do ") || // of the goroutine that constructs
				strings.HasPrefix(line, ":0") // of a bare option
		})))
	}
	return v.Addr().Interface().(fxevent.Event)
}

func next(origins *[]any) (origin any) {
	if len(*origins) > 0 {
		origin, *origins = (*origins)[0], (*origins)[1:]
	}
	return origin
}

// stubbed reports whether fx will name a function, or one that is annotated, as one that was made by reflection.
func stubbed(value any) bool {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return false
	case v.Type() == annotatedType || v.Type() == oldAnnotated:
		v = v.FieldByName("Target").Elem()
	}
	return v.Kind() == reflect.Func && v.Pointer() == stub
}

// isStub reports whether fx names a function that was made by reflection.
func isStub(name string) bool { return strings.Contains(name, "reflect.makeFuncStub") }

// isOurs reports whether a function, or a line of a stack, is of the framework itself.
func isOurs(name string) bool {
	rest, ok := strings.CutPrefix(name, "github.com/berth-go/berth/")
	return ok && (strings.HasPrefix(rest, "internal/") || strings.HasPrefix(rest, "app."))
}

// isMember reports whether a type stands under a name that only we use.
func isMember(typ string) bool { return strings.Contains(typ, `[name = "berth.`) }

// nameForFx names what a stub stands for as fx does: a function, or what fx.Annotate made of one.
func nameForFx(origin any) string {
	switch o := origin.(type) {
	case nil:
		return ""
	case *funcs.Func:
		if o.Value.Pointer() == stub {
			return o.Name // fx.Supply
		}
		return nameForFx(o.Value.Interface())
	}
	v := reflect.ValueOf(origin)
	if v.Kind() != reflect.Func {
		return fmt.Sprint(origin)
	}
	return strings.ReplaceAll(runtime.FuncForPC(v.Pointer()).Name(), "%2e", ".") + "()"
}

// eventLogger has the logger of an fx.WithLogger see what Events lets through, and the hooks of a whole application.
func (e *emitter) eventLogger(t *tree, it item) fx.Option {
	fn := it.logger.fn
	index := slices.IndexFunc(fn.Results, func(r funcs.Result) bool { return r.Type == loggerInterface && len(r.Path) == 0 })
	if index < 0 {
		return it.option
	}
	out := fn.Results[index].Out
	wrapped := reflect.MakeFunc(fn.Value.Type(), func(args []reflect.Value) []reflect.Value {
		made := call(fn.Value, args)
		if fn.Err >= 0 && !made[fn.Err].IsNil() {
			var err error = &plan.ConstructError{Func: fn.Name, Place: fn.Place, Err: made[fn.Err].Interface().(error)}
			made[fn.Err] = reflect.ValueOf(&err).Elem()
			return made
		}
		logger, _ := made[out].Interface().(fxevent.Logger)
		if _, ours := logger.(*Events); ours || logger == nil {
			return made
		}
		events := &Events{graph: e.graph, made: nameForFx(fn), stubs: e.stubs[t], out: logger}
		if t.module == nil {
			e.graph.events.Store(events)
		}
		logger = events
		made[out] = reflect.ValueOf(&logger).Elem()
		return made
	})
	return withStack(fx.WithLogger(wrapped.Interface()), func(stack reflect.Value) {
		stack.Set(reflect.ValueOf(it.option).FieldByName("Stack"))
	})
}

func call(fn reflect.Value, args []reflect.Value) []reflect.Value {
	if fn.Type().IsVariadic() {
		return fn.CallSlice(args)
	}
	return fn.Call(args)
}

var loggerInterface = reflect.TypeFor[fxevent.Logger]()

// loggerConstructor is what an fx.WithLogger was given, or nil.
func loggerConstructor(o fx.Option) any {
	v := reflect.New(reflect.TypeOf(o)).Elem()
	v.Set(reflect.ValueOf(o))
	for i := range v.NumField() {
		if f := v.Field(i); f.Type() == reflect.TypeFor[any]() {
			return *(*any)(unsafe.Pointer(f.UnsafeAddr()))
		}
	}
	return nil
}

// tell passes on, to the program's own logger of fx's events, how the application starts and stops, where fx does not.
func (g *Graph) tell(ev event.Event) {
	log := g.events.Load()
	if log == nil {
		return
	}
	switch ev := ev.(type) {
	case event.Started:
		log.pass(&fxevent.Started{})
	case event.StartFailed:
		g.startFailed.Store(&ev.Err)
		log.pass(&fxevent.RollingBack{StartErr: ev.Err})
	case event.Stopped:
		if failed := g.startFailed.Load(); failed != nil { // for fx, this is the end of a start
			log.pass(&fxevent.RolledBack{Err: ev.Err})
			log.pass(&fxevent.Started{Err: errors.Join(*failed, ev.Err)})
			break
		}
		log.pass(&fxevent.Stopped{Err: ev.Err})
	}
}

// Stopping tells the program's own logger of fx's events that a run ends, at a signal or, where that is nil, without one:
// fx calls that SIGTERM.
func (g *Graph) Stopping(at *os.Signal) {
	log := g.events.Load()
	if log == nil {
		return
	}
	ev := &fxevent.Stopping{Signal: syscall.SIGTERM}
	if at != nil {
		ev.Signal = *at
	}
	log.pass(ev)
}

// told is a hook that tells the program's own logger of fx's events when it runs, as fx would.
func (g *Graph) told(hook fx.Hook, caller string) fx.Hook {
	if start := hook.OnStart; start != nil {
		name := func() string { return rawName(hook, "onStartName", start) }
		hook.OnStart = func(ctx context.Context) error {
			return g.tellOf(func() error { return start(ctx) },
				func() fxevent.Event { return &fxevent.OnStartExecuting{FunctionName: name(), CallerName: caller} },
				func(took time.Duration, err error) fxevent.Event {
					return &fxevent.OnStartExecuted{FunctionName: name(), CallerName: caller, Runtime: took, Err: err}
				})
		}
	}
	if stop := hook.OnStop; stop != nil {
		name := func() string { return rawName(hook, "onStopName", stop) }
		hook.OnStop = func(ctx context.Context) error {
			return g.tellOf(func() error { return stop(ctx) },
				func() fxevent.Event { return &fxevent.OnStopExecuting{FunctionName: name(), CallerName: caller} },
				func(took time.Duration, err error) fxevent.Event {
					return &fxevent.OnStopExecuted{FunctionName: name(), CallerName: caller, Runtime: took, Err: err}
				})
		}
	}
	return hook
}

// tellOf tells of a call before and after, if the program has a logger of its own.
func (g *Graph) tellOf(call func() error, before func() fxevent.Event, after func(time.Duration, error) fxevent.Event) (err error) {
	log := g.events.Load()
	if log == nil {
		return call()
	}
	log.pass(before())
	began := time.Now()
	defer func() { log.pass(after(time.Since(began), err)) }()
	return call()
}

// rawName is the name of a hook's function as fx logs it. Of those that fx makes by itself it keeps the name.
func rawName(hook fx.Hook, field string, fn func(context.Context) error) string {
	if f := reflect.ValueOf(hook).FieldByName(field); f.IsValid() && f.Kind() == reflect.String && f.Len() > 0 {
		return f.String()
	}
	return nameForFx(fn)
}
