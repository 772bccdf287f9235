package plan

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/funcs"
	"github.com/berth-go/berth/internal/supervise"
)

// A bound unit is a compiled unit of one application.
type bound struct {
	g    *Graph
	prog *program
	gate *supervise.Gate
}

func (g *Graph) bind(n *Node) *bound {
	b := &bound{g: g, prog: g.program(n)}
	if !n.Unit.Singletons { // without a scope there is nothing to count
		b.gate = g.Engine.NewGateOf(funcs.Symbol(n.Fn.Value.Pointer()), n.name(), n.Declared)
	}
	return b
}

// call runs the unit in a scope of its own. args are what the unit is given, but for the context at index
// at; -1 is none, then ctx is the scope's. A bound function (strict) returns failed cleanups, a trigger only
// reports them.
func (b *bound) call(ctx context.Context, args []reflect.Value, at int, strict bool) (out []reflect.Value, err error) {
	if b.gate != nil {
		if err := b.gate.Enter(); err != nil {
			return nil, err
		}
	}
	if at >= 0 {
		ctx, _ = args[at].Interface().(context.Context)
	} else {
		at = len(args)
	}
	if ctx == nil {
		ctx = b.g.Engine.Context()
	}
	before, after := args[:at], args[min(at+1, len(args)):]
	if b.prog.dynamic {
		return b.callDynamic(ctx, slices.Concat(before, after), strict)
	}
	fr := b.g.frame(b.prog, ctx)
	copy(fr.slots[slotGiven:], before)
	copy(fr.slots[slotGiven+at:], after)
	for _, l := range b.prog.locals {
		if v := b.prog.singles[l.from]; v.IsValid() {
			fr.slots[l.slot] = l.scope(v, ctx)
		}
	}
	r := run{b: b, fr: fr, strict: strict}
	defer r.end(&err)
	if err = fr.segment(0); err == nil {
		err = fr.told
	}
	out = fr.results
	r.returned = true
	return out, err
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
	failed := tidy.run(r.b.g, r.fr.scope)
	if r.returned && r.session == nil && !tidy.late {
		r.fr.free()
	}
	if len(failed) == 0 || !r.strict && *err == nil {
		return
	}
	cleanup := &CleanupError{Errs: failed}
	if *err != nil {
		*err = errors.Join(*err, cleanup)
	} else {
		*err = cleanup
	}
}

// function makes a value of the function type F that calls the unit.
func (b *bound) function(f reflect.Type) reflect.Value {
	plain := func(ctx context.Context) error {
		_, err := b.call(ctx, nil, -1, true)
		return err
	}
	if v := reflect.ValueOf(plain); v.Type().ConvertibleTo(f) {
		return v.Convert(f)
	}
	at := -1
	for i := range f.NumIn() {
		if funcs.IsContext(f.In(i)) {
			at = i
		}
	}
	return reflect.MakeFunc(f, func(args []reflect.Value) []reflect.Value {
		out, err := b.call(b.g.Engine.Context(), args, at, true)
		return returns(f, out, err)
	})
}

// returns shapes the results of a unit as those of F.
func returns(f reflect.Type, out []reflect.Value, err error) []reflect.Value {
	last := f.NumOut() - 1
	for i := range last {
		t := f.Out(i)
		switch {
		case i == len(out): // the unit was not reached
			out = append(out, reflect.Zero(t))
		case out[i].Type() != t:
			out[i] = out[i].Convert(t)
		}
	}
	return append(out, reflect.ValueOf(&err).Elem())
}

// about is what is known of a unit before anything is constructed.
func (n *Node) about() decl.Bound {
	u := n.Unit
	short := n.name()
	if n.clash { // a trigger has a number then
		short = n.Fn.Name
	}
	b := decl.Bound{Func: n.name(), Name: funcs.Plain(short), Defined: n.where(), Place: n.Declared}
	switch {
	case u.Constructs:
		b.Name = funcs.TypeName(n.Fn.Results[0].Type)
	case u.Hosts != nil:
		b.Name = funcs.TypeName(u.Hosts)
	}
	return b
}

// bound is what the trigger of a unit is given.
func (g *Graph) bound(n *Node) decl.Bound {
	u, b := n.Unit, n.about()
	if u.Fn != nil && !u.Constructs {
		unit := g.bind(n)
		b.Call = func(ctx context.Context, given ...decl.Value) ([]decl.Value, error) {
			return unit.call(ctx, given, -1, false)
		}
	}
	return b
}
