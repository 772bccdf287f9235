package plan

import (
	"context"
	"errors"
	"reflect"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// ErrNextTwice is returned by the next of a wrapper that is called a second time.
var ErrNextTwice = errors.New("next was called twice by one wrapper")

// ErrSkipped is returned for a unit whose wrapper returned nil without calling next.
var ErrSkipped = errors.New("unit was skipped: a wrapper returned nil without calling next")

// A bound unit is a compiled unit of one application.
type bound struct {
	g    *Graph
	prog *program
	gate *supervise.Gate
}

func (g *Graph) bind(n *Node) *bound {
	b := &bound{g: g, prog: g.program(n)}
	if !n.Unit.Singletons { // without a scope there is nothing to count
		b.gate = g.Engine.NewGate(n.name(), n.Declared)
	}
	return b
}

// call runs the unit in a scope of its own. A bound function (strict) returns failed cleanups,
// a trigger only reports them.
func (b *bound) call(ctx context.Context, given []reflect.Value, strict bool) (out []reflect.Value, err error) {
	if b.gate != nil {
		if err := b.gate.Enter(); err != nil {
			return nil, err
		}
	}
	if ctx == nil {
		ctx = b.g.Engine.Context()
	}
	if b.prog.dynamic {
		return b.callDynamic(ctx, given, strict)
	}
	fr := b.g.frame(b.prog, ctx)
	copy(fr.slots[slotGiven:], given)
	r := run{b: b, fr: fr, strict: strict}
	defer r.end(&err)
	err = fr.segment(0)
	r.returned = true
	return fr.results, err
}

// A run is a call under way, for what has to happen however it ends.
type run struct {
	b        *bound
	fr       *frame
	session  *session // of a unit on an explicit scope
	strict   bool
	returned bool
}

// end is deferred: it makes an error of a panic, runs the cleanups and counts the scope as closed. A Goexit
// goes on when it returns.
func (r *run) end(err *error) {
	if r.b.gate != nil {
		defer r.b.gate.Leave()
	}
	if !r.returned {
		if value := recover(); value != nil {
			*err = r.fr.panicked(value)
		}
	}
	tidy := &r.fr.tidy
	if r.session != nil {
		tidy = r.session.shut()
	}
	if len(tidy.list) == 0 {
		return
	}
	failed := tidy.run(r.b.g, r.fr.scope)
	if len(failed) == 0 {
		return
	}
	cleanup := &CleanupError{Errs: failed}
	r.b.g.cleanupFailed(r.b.prog.node, cleanup)
	if *err != nil {
		*err = errors.Join(*err, cleanup)
	} else if r.strict {
		*err = cleanup
	}
}

func (g *Graph) cleanupFailed(n *Node, err error) {
	g.Engine.Emit(event.CleanupFailed{Source: event.Source{Name: n.name(), Place: n.where()}, Err: err})
}

// function makes a value of the function type F that calls the unit.
func (b *bound) function(f reflect.Type) reflect.Value {
	plain := func(ctx context.Context) error {
		_, err := b.call(ctx, nil, true)
		return err
	}
	if v := reflect.ValueOf(plain); v.Type().ConvertibleTo(f) {
		return v.Convert(f)
	}
	context := -1
	for i := range f.NumIn() {
		if funcs.IsContext(f.In(i)) {
			context = i
		}
	}
	return reflect.MakeFunc(f, func(args []reflect.Value) []reflect.Value {
		return b.returns(f, args, context)
	})
}

// returns calls the unit with the arguments of F and shapes its results.
func (b *bound) returns(f reflect.Type, args []reflect.Value, at int) []reflect.Value {
	var ctx context.Context
	given := args
	if at >= 0 {
		ctx, _ = args[at].Interface().(context.Context)
		given = make([]reflect.Value, 0, len(args)-1)
		given = append(append(given, args[:at]...), args[at+1:]...)
	}
	results, err := b.call(ctx, given, true)
	out := make([]reflect.Value, f.NumOut())
	last := len(out) - 1
	for i := range last {
		if i < len(results) {
			out[i] = results[i]
			if t := f.Out(i); out[i].Type() != t {
				out[i] = out[i].Convert(t)
			}
		} else {
			out[i] = reflect.Zero(f.Out(i))
		}
	}
	out[last] = reflect.New(f.Out(last)).Elem()
	if err != nil {
		out[last].Set(reflect.ValueOf(err))
	}
	return out
}

// Bound is what the trigger of a unit is given.
func (g *Graph) bound(n *Node) decl.Bound {
	u := n.Unit
	b := decl.Bound{Func: n.name(), Name: funcs.Plain(n.name()), Defined: n.where(), Place: n.Declared}
	switch {
	case u.Constructs:
		b.Name = funcs.TypeName(n.Fn.Results[0].Type)
	case u.Hosts != nil:
		b.Name = funcs.TypeName(u.Hosts)
	}
	if u.Fn != nil && !u.Constructs {
		unit := g.bind(n)
		b.Call = func(ctx context.Context, given ...decl.Value) ([]decl.Value, error) {
			return unit.call(ctx, given, false)
		}
	}
	return b
}
