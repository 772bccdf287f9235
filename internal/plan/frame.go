package plan

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/supervise"
)

// A frame is one run of a program. Those of units are kept for the next run: nothing that a user may hold
// leads to one.
type frame struct {
	g       *Graph
	prog    *program
	scope   context.Context // of the scope, for constructors
	caller  context.Context // of the unit: the one a wrapper handed to next
	slots   []reflect.Value
	args    []reflect.Value // of the call to be made
	out     []reflect.Value // of the call that was made
	current *step           // what is being called, for the error of a panic
	results []reflect.Value
	told    error // by the unit to its trigger, past the wrappers
	startup bool  // builds singletons: cleanups go to the engine
	tidy    tidier
}

func (g *Graph) frame(p *program, ctx context.Context) *frame {
	fr, _ := p.frames.Get().(*frame)
	if fr == nil {
		return g.newFrame(p, ctx)
	}
	fr.scope, fr.caller = ctx, ctx
	return fr
}

func (g *Graph) newFrame(p *program, ctx context.Context) *frame {
	fr := &frame{g: g, prog: p, slots: make([]reflect.Value, p.size), scope: ctx, caller: ctx}
	fr.slots[slotContext] = reflect.ValueOf(&fr.scope).Elem()
	fr.slots[slotCaller] = reflect.ValueOf(&fr.caller).Elem()
	return fr
}

// free keeps the frame for the next run. It is not called if anybody may still use it.
func (fr *frame) free() {
	clear(fr.slots[slotNext:])
	clear(fr.args)
	clear(fr.out[:cap(fr.out)])
	fr.tidy.reset()
	fr.scope, fr.caller, fr.current, fr.results, fr.told = nil, nil, nil, nil, nil
	fr.prog.frames.Put(fr)
}

// segment runs the calls before wrapper or unit number i, and then it.
func (fr *frame) segment(i int) error {
	seg := &fr.prog.segments[i]
	if err := fr.construct(seg.steps); err != nil {
		return err
	}
	fr.current = &seg.call
	if i == len(fr.prog.segments)-1 {
		return fr.unit(&seg.call)
	}
	inner := newInner(func(ctx context.Context) error {
		if ctx != nil {
			fr.caller = ctx
		}
		err := fr.segment(i + 1)
		fr.current = &seg.call
		return err
	})
	fr.slots[slotNext] = reflect.ValueOf(Next(inner.next))
	// What next runs may still run when the wrapper has returned, and writes to fr.out.
	out := seg.call.do(fr.gather(seg.call.args), nil)
	return inner.outcome(seg.call.node, errorOf(out[0]))
}

// construct runs the steps before a wrapper or unit. What a constructor panics with is an error like any other of it.
func (fr *frame) construct(steps []step) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if value := recover(); value != nil {
			err = fr.panicked(value)
		}
	}()
	for i := range steps {
		if err = fr.exec(&steps[i]); err != nil {
			break
		}
	}
	returned = true
	return err
}

func (fr *frame) unit(s *step) error {
	fn := s.node.Fn
	var out []reflect.Value
	if len(fn.Results) > 0 { // they are handed on
		out = s.do(fr.gather(s.args), nil)
	} else {
		out = fr.call(s)
	}
	if fn.Err < 0 {
		fr.results = out
		return nil
	}
	fr.results = out[:fn.Err]
	return fr.verdict(s.node.Unit, errorOf(out[fn.Err]))
}

// verdict is what wrappers see of what a unit returned.
func (fr *frame) verdict(u *decl.Unit, err error) error {
	if err == nil {
		return nil
	}
	for _, fine := range u.Fine {
		if errors.Is(err, fine) {
			fr.told = err
			return nil
		}
	}
	return err
}

// call makes the call of a step. What it returns stands until the next call.
func (fr *frame) call(s *step) []reflect.Value {
	fr.out = s.do(fr.gather(s.args), fr.out[:0])
	return fr.out
}

// do calls the function of a step and appends its results to out.
func (s *step) do(args, out []reflect.Value) []reflect.Value {
	switch {
	case s.take != nil:
		return s.take(args, out)
	case s.words != nil:
		return s.words.Call(args, out)
	case out == nil:
		return s.fn.Call(args)
	}
	return append(out, s.fn.Call(args)...)
}

func errorOf(v reflect.Value) error {
	if v.IsNil() {
		return nil
	}
	return v.Interface().(error)
}

// gather returns the values at some indexes. They stand until the next gather.
func (fr *frame) gather(at []int) []reflect.Value {
	if len(at) > len(fr.args) {
		fr.args = make([]reflect.Value, len(at))
	}
	args := fr.args[:len(at)]
	for j, i := range at {
		if i >= 0 {
			args[j] = fr.slots[i]
		} else {
			args[j] = fr.prog.singles[^i]
		}
	}
	return args
}

func (fr *frame) exec(s *step) error {
	switch s.op {
	case opSlice:
		fr.slots[s.outs[0].slot] = gatherSlice(s.typ, fr.gather(s.args), s.flat)
		return nil
	case opStruct:
		fr.slots[s.outs[0].slot] = fillStruct(s.typ, s.fields, fr.gather(s.args))
		return nil
	}
	fr.current = s
	if fr.startup {
		done := fr.g.Engine.Building(s.node.name(), s.node.where())
		defer done()
	}
	return fr.keep(s, fr.call(s))
}

// keep stores what a constructor returned and remembers its cleanup.
func (fr *frame) keep(s *step, out []reflect.Value) error {
	fn := s.node.Fn
	if fn.Err >= 0 {
		if err := errorOf(out[fn.Err]); err != nil {
			return &ConstructError{Func: s.node.name(), Place: s.node.where(), Err: err}
		}
	}
	if fn.Cleanup >= 0 && !out[fn.Cleanup].IsNil() {
		fr.remember(s.node, out[fn.Cleanup].Interface())
	}
	for i := range s.outs {
		o := &s.outs[i]
		v := out[o.out]
		for _, f := range o.path {
			v = v.Field(f)
		}
		if v.Kind() == reflect.Interface && v.IsNil() {
			return &ConstructError{Func: s.node.name(), Place: s.node.where(), Err: errNilInterface}
		}
		if s.closer != nil && i == 0 {
			if release := s.closer(v); release != nil {
				fr.remember(s.node, release)
			}
		}
		if o.as != nil {
			v = v.Convert(o.as)
		}
		fr.slots[o.slot] = v
	}
	return nil
}

func (fr *frame) remember(n *Node, cleanup any) {
	if fr.startup {
		fr.g.Engine.Release(n.name(), n.where(), uniform(cleanup))
		return
	}
	fr.tidy.add(n, cleanup)
}

// uniform brings a cleanup into the one shape that takes a context and returns an error.
func uniform(cleanup any) func(context.Context) error {
	switch f := cleanup.(type) {
	case func():
		return func(context.Context) error { f(); return nil }
	case func() error:
		return func(context.Context) error { return f() }
	case func(context.Context) error:
		return f
	}
	panic(fmt.Sprintf("cleanup of type %T", cleanup)) // funcs knows these three
}

func gatherSlice(t reflect.Type, members []reflect.Value, flat []bool) reflect.Value {
	all := reflect.MakeSlice(t, 0, len(members))
	for i, v := range members {
		if flat[i] {
			all = reflect.AppendSlice(all, v)
		} else {
			all = reflect.Append(all, v)
		}
	}
	return all
}

func fillStruct(t reflect.Type, fields []int, values []reflect.Value) reflect.Value {
	s := reflect.New(t).Elem()
	for i, f := range fields {
		s.Field(f).Set(values[i])
	}
	return s
}

// panicked is the error of a panic in what was being called.
func (fr *frame) panicked(value any) error {
	name, at := fr.prog.node.name(), fr.prog.node.where()
	if fr.current != nil {
		name, at = fr.current.node.name(), fr.current.node.where()
	}
	return supervise.Recovered(value, name, at)
}

// start runs a program of construction once: a singleton, a service, a function of With. leaves
// are the values from dig, given the first slots after the fixed ones.
func (g *Graph) start(p *program, leaves, given []reflect.Value) (fr *frame, err error) {
	if err := g.Engine.Interrupted(); err != nil {
		return nil, err
	}
	p.fill(leaves)
	fr = g.newFrame(p, g.Engine.Context()) // for this once
	fr.startup = true
	copy(fr.slots[slotGiven:], given)
	defer func() {
		// A Goexit (t.FailNow in a constructor) goes on.
		if value := recover(); value != nil {
			err = fr.panicked(value)
		}
	}()
	for i := range p.segments {
		seg := &p.segments[i]
		for j := range seg.steps {
			if err := fr.exec(&seg.steps[j]); err != nil {
				return fr, err
			}
		}
		if seg.call.node != nil {
			if err := fr.exec(&seg.call); err != nil {
				return fr, err
			}
		}
	}
	return fr, nil
}

// fill puts in what dig has built, and names it for its consumers.
func (p *program) fill(leaves []reflect.Value) {
	for i, v := range leaves {
		if v.IsValid() {
			p.singles[p.leafAt[i]] = v
		}
	}
	for _, a := range p.prelude {
		if v := p.singles[a.from]; v.IsValid() && !p.singles[a.to].IsValid() {
			p.singles[a.to] = a.adapt(v, a.consumer)
		}
	}
}

// values reads outputs after a run.
func (fr *frame) values(at []int) []reflect.Value {
	out := make([]reflect.Value, len(at))
	for i, slot := range at {
		out[i] = fr.slots[slot]
	}
	return out
}
