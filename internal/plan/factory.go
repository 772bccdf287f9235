package plan

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/berth-go/berth/internal/supervise"
)

// A Factory opens scopes for one consumer, and sees what that sees.
type Factory struct {
	g     *Graph
	view  *Module
	owner Step
	gate  *supervise.Gate
}

// factory is the factory of a consumer, made once.
func (g *Graph) factory(n *Node) *Factory {
	g.factoriesMu.Lock()
	defer g.factoriesMu.Unlock()
	f := g.factories[n]
	if f == nil {
		f = &Factory{g: g, view: n.Mod, owner: n.step(), gate: g.Engine.NewGate(n.name(), n.where())}
		g.factories[n] = f
	}
	return f
}

// FactoryOf makes the factory that plain fx hands out in a module.
func (g *Graph) FactoryOf(m *Module) *Factory {
	name := "fx"
	if m.Name != "" {
		name = "fx module " + m.Name
	}
	owner := Step{Func: name}
	return &Factory{g: g, view: m, owner: owner, gate: g.Engine.NewGate(owner.Func, owner.Place)}
}

// A Given is a value for a scope together with the type it is given as.
type Given struct{ Value reflect.Value }

// Open opens a scope. Who opens it closes it.
func (f *Factory) Open(ctx context.Context, values ...Given) (*Scope, error) {
	if f == nil || f.g == nil {
		return nil, errors.New("scopes.Factory is not filled: take one as a parameter")
	}
	given := make([]reflect.Value, len(values))
	for i, v := range values {
		if !v.Value.IsValid() {
			return nil, errors.New("scopes.Value is empty: scopes.Given makes one")
		}
		given[i] = v.Value
	}
	if err := f.gate.Enter(); err != nil {
		return nil, err
	}
	for i, v := range given {
		t := v.Type()
		var err error
		if r := f.g.find(f.view, Key{Type: t}); r != nil {
			err = &DuplicateError{
				Type: t, Providers: []Step{r.Node.provider(), f.owner},
				Hint: "what Open is given may not be provided too",
			}
		} else if slices.ContainsFunc(given[:i], func(o reflect.Value) bool { return o.Type() == t }) {
			err = &DuplicateError{Type: t, Providers: []Step{f.owner, f.owner}, Hint: "Open is given it twice"}
		}
		if err != nil {
			f.gate.Leave()
			return nil, err
		}
	}
	return &Scope{session: f.g.scope(ctx, f.view, f.gate, f.owner, given)}, nil
}

// callDynamic runs a unit on an explicit scope, whose instances may be asked for while it runs. The gate
// has been entered.
func (b *bound) callDynamic(ctx context.Context, given []reflect.Value, strict bool) (out []reflect.Value, err error) {
	n := b.prog.node
	typed := make([]reflect.Value, len(given))
	for i, v := range given {
		if v.Type() != n.Given[i] {
			v = v.Convert(n.Given[i])
		}
		typed[i] = v
	}
	s := b.g.scope(ctx, n.Mod, b.gate, n.step(), typed)
	s.unit = true
	fr := b.g.frame(&program{node: n, size: slotGiven}, ctx)
	r := run{b: b, fr: fr, strict: strict, session: s}
	defer r.end(&err)
	if err = b.dynamicSegment(s, fr, 0); err == nil {
		err = fr.told
	}
	r.returned = true
	return fr.results, err
}

func (b *bound) dynamicSegment(s *session, fr *frame, i int) error {
	n := b.prog.node.Segments[i]
	call := &step{op: opCall, node: n, fn: n.Fn.Value}
	inner := newInner(func(ctx context.Context) error {
		if ctx != nil {
			fr.caller = ctx
		}
		err := b.dynamicSegment(s, fr, i+1)
		fr.current = call
		return err
	})
	deps := b.g.depsOf(n)
	args := make([]reflect.Value, len(deps))
	for j, d := range deps {
		v, err := b.dynamicArg(s, fr, n, d, inner.next)
		if err != nil {
			return err
		}
		args[j] = v
	}
	fr.current = call
	out := n.Fn.Value.Call(args)
	if i == len(b.prog.node.Segments)-1 {
		fr.results = out
		if n.Fn.Err < 0 {
			return nil
		}
		fr.results = out[:n.Fn.Err]
		return fr.verdict(n.Unit, errorOf(out[n.Fn.Err]))
	}
	return inner.outcome(n, errorOf(out[0]))
}

func (b *bound) dynamicArg(s *session, fr *frame, n *Node, d *dep, next Next) (reflect.Value, error) {
	switch d.kind {
	case fromContext:
		return fr.slots[slotCaller], nil
	case fromNext:
		return reflect.ValueOf(next), nil
	}
	return s.arg(nil, n, d)
}
