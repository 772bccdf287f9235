package plan

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/words"
)

// A leaf is a singleton that a program takes from dig: a key as one module sees it.
type leaf struct {
	View  *Module
	Key   Key
	Slice bool // a whole group, as dig has it
	Soft  bool

	// Optional: it may be missing in a part of the tree that could not be read.
	Optional bool
}

// A program is the flat list of calls that builds a singleton, or that one unit of work takes.
//
// Values live in two tables. singles are filled once, during construction: what dig
// built, and constants. slots belong to one run. An index i >= 0 means slot i, i < 0 single ^i.
type program struct {
	node     *Node
	leaves   []leaf          // what dig supplies
	leafAt   []int           // and where it goes among the singles
	singles  []reflect.Value // of dig, what prelude makes of them, and constants
	prelude  []adaption
	locals   []local // of a unit
	segments []segment
	size     int    // slots of a run
	outputs  []int  // of a provider: where its results are
	wants    []leaf // built before this where that is no cycle (Lazy)
	frames   sync.Pool

	// dynamic marks a unit whose instances may be asked for while it runs (Lazy, *Scope): it runs on an
	// explicit scope instead of the list.
	dynamic bool
}

// The first slots of a run.
const (
	slotContext = iota // the scope's, for constructors
	slotCaller         // the unit's: what a wrapper handed to next
	slotNext           // of the wrapper that is called
	slotGiven          // given values from here on
)

// A segment is what runs before the next wrapper, and that wrapper or the unit.
type segment struct {
	steps []step
	call  step
}

// A step is one call, or one value put together of others.
type step struct {
	op     opcode
	node   *Node
	fn     reflect.Value
	words  *words.Func                                     // calls fn, or nil where that takes reflection
	take   func(args, out []reflect.Value) []reflect.Value // does what fn does, or nil
	args   []int
	outs   []output
	typ    reflect.Type // of what opSlice and opStruct make
	fields []int
	flat   []bool
	closer func(reflect.Value) func(context.Context) error
}

type opcode uint8

const (
	opCall   opcode = iota // call fn
	opSlice                // gather a group
	opStruct               // fill an fx.In struct
)

// An output says where a result goes.
type output struct {
	out  int
	path []int
	slot int
	as   reflect.Type // convert to this interface, or nil
}

// An adaption names a value for its consumer.
type adaption struct {
	from, to int // indexes of singles
	adapt    func(v reflect.Value, consumer string) reflect.Value
	consumer string
}

// A local is what a unit makes of a single for each of its scopes.
type local struct {
	from  int // index of the single
	slot  int
	scope func(v reflect.Value, ctx context.Context) reflect.Value
}

type compiler struct {
	g     *Graph
	p     *program
	given []reflect.Type
	root  bool // of a singleton: no scope
	steps []step
	inner int

	// Made when there is something to put in: most providers need one or two singletons and nothing else.
	leafAt  map[leaf]int // where there are many
	namedAt map[namedLeaf]int
	built   map[*Result]int // shared instances of a scope
	zeroAt  map[reflect.Type]int
}

type namedLeaf struct {
	leaf
	consumer string
}

func (g *Graph) compiler(n *Node, root bool) *compiler {
	return &compiler{g: g, p: &program{node: n}, root: root, given: n.Given, inner: -1}
}

// provider compiles a singleton with its decorators.
func (g *Graph) provider(n *Node) *program {
	c := g.compiler(n, true)
	c.p.size = slotGiven
	c.p.outputs = c.construct(n, n.Results)
	c.p.segments = []segment{{steps: c.steps}}
	return c.p
}

// foreign compiles the decorators of ours around what a plain fx constructor returns. Slots from slotGiven on
// hold its results, in the order of its Results.
func (g *Graph) foreign(n *Node) *program {
	c := g.compiler(n, true)
	c.given = nil // to the unit of a bound function, not to its decorators
	c.p.size = slotGiven + len(n.Results)
	for i, r := range n.Results {
		c.p.outputs = append(c.p.outputs, c.decorate(r, slotGiven+i))
	}
	c.p.segments = []segment{{steps: c.steps}}
	return c.p
}

// unit compiles a unit of work.
func (g *Graph) unit(n *Node) *program {
	c := g.compiler(n, n.Unit.Singletons || n.Unit.Constructs)
	c.p.size = slotGiven + len(n.Given)
	for _, s := range n.Segments {
		call := c.call(s)
		if n.Unit.Constructs {
			r := s.Fn.Results[0]
			call.outs = []output{{out: r.Out, path: r.Path, slot: c.slot()}}
			c.p.outputs = []int{call.outs[0].slot}
		}
		c.p.segments = append(c.p.segments, segment{steps: c.steps, call: call})
		c.steps = nil
	}
	return c.p
}

// option compiles a function of With.
func (g *Graph) option(n *Node) *program {
	c := g.compiler(n, true)
	c.p.size = slotGiven
	call := c.call(n)
	call.outs = []output{{out: n.Fn.Results[0].Out, slot: c.slot()}}
	c.p.outputs = []int{call.outs[0].slot}
	c.p.segments = []segment{{steps: c.steps, call: call}}
	return c.p
}

func (c *compiler) slot() int {
	c.p.size++
	return c.p.size - 1
}

// single appends to the singles.
func (c *compiler) single(v reflect.Value) int {
	c.p.singles = append(c.p.singles, v)
	return ^(len(c.p.singles) - 1)
}

// leaf takes a singleton from dig.
func (c *compiler) leaf(l leaf) int {
	l.View = c.g.canonical(l.View, l.Key)
	if at, ok := c.taken(l); ok {
		return at
	}
	at := c.single(reflect.Value{})
	c.p.leaves = append(c.p.leaves, l)
	c.p.leafAt = append(c.p.leafAt, ^at)
	switch {
	case c.leafAt != nil:
		c.leafAt[l] = at
	case len(c.p.leaves) > few:
		c.leafAt = make(map[leaf]int, 2*few)
		for i, l := range c.p.leaves {
			c.leafAt[l] = ^c.p.leafAt[i]
		}
	}
	return at
}

// few leaves are found faster without a map.
const few = 8

// taken returns where a leaf is that the program takes already.
func (c *compiler) taken(l leaf) (at int, ok bool) {
	if c.leafAt != nil {
		at, ok = c.leafAt[l]
		return at, ok
	}
	i := slices.Index(c.p.leaves, l)
	if i < 0 {
		return 0, false
	}
	return ^c.p.leafAt[i], true
}

// canonical is the outermost module that sees the same under a key: two views that cannot differ are one leaf.
func (g *Graph) canonical(m *Module, k Key) *Module {
	for ; m.Parent != nil; m = m.Parent {
		if m.decorated[k] != nil || m.private[k] != nil {
			return m
		}
		if k.Group != "" {
			for _, r := range g.groups[k] {
				if r.Private && r.Node.Mod == m {
					return m
				}
			}
		}
	}
	return m
}

// construct calls a constructor, decorates what is asked of its results, and returns where they are.
func (c *compiler) construct(n *Node, results []*Result) []int {
	call := c.call(n)
	at := make([]int, 0, len(results))
	for _, r := range results {
		slot := c.slot()
		out := output{out: r.Out, path: r.Path, slot: slot}
		if r.Key.Type != r.From && !r.Flatten {
			out.as = r.Key.Type
		}
		call.outs = append(call.outs, out)
		at = append(at, slot)
	}
	if n.Prov != nil && n.Prov.Close {
		call.closer = closerOf(n.Fn.Results[0].Type)
	}
	c.steps = append(c.steps, call)
	for i, r := range results {
		at[i] = c.decorate(r, at[i])
	}
	return at
}

// decorate runs the decorators of a result over the value at an index.
func (c *compiler) decorate(r *Result, at int) int {
	for _, d := range r.Decorators {
		outer := c.inner
		c.inner = at
		call := c.call(d)
		c.inner = outer
		res := d.Fn.Results[0]
		out := output{out: res.Out, path: res.Path, slot: c.slot()}
		call.outs = []output{out}
		c.steps = append(c.steps, call)
		at = out.slot
	}
	return at
}

// call compiles the arguments of a node's function.
func (c *compiler) call(n *Node) step {
	s := step{op: opCall, node: n, fn: n.Fn.Value}
	if !c.root { // a singleton is built once
		s.words = words.Of(s.fn)
	}
	if n.renewed != nil {
		s.take = n.renewed.Take
	}
	for _, d := range c.g.depsOf(n) {
		s.args = append(s.args, c.arg(n, d))
	}
	return s
}

// arg returns the index of a parameter's value, with the steps before it that make it.
func (c *compiler) arg(n *Node, d *dep) int {
	switch d.kind {
	case fromContext:
		if n.Kind == Runs {
			return slotCaller
		}
		return slotContext
	case fromNext:
		return slotNext
	case fromInner:
		return c.inner
	case fromResult:
		return c.result(n, d.res)
	case fromDig:
		return c.leaf(d.leaf(n.Mod))
	case fromStruct:
		s := step{op: opStruct, node: n, typ: d.typ, fields: d.indexes}
		for _, f := range d.fields {
			s.args = append(s.args, c.arg(n, f))
		}
		return c.make(s)
	case fromMembers:
		s := step{op: opSlice, node: n, typ: d.typ}
		for _, r := range d.members {
			s.args = append(s.args, c.result(n, r))
			s.flat = append(s.flat, r.Flatten)
		}
		return c.make(s)
	case fromGiven:
		for i, t := range c.given {
			if t == d.key.Type && d.key.Name == "" {
				return slotGiven + i
			}
		}
		// Only an explicit scope can be given it; Check has said the rest.
		return c.zero(d.typ)
	case fromFactory:
		return c.single(reflect.ValueOf(c.g.factory(n)))
	case fromLazy:
		return c.lazy(n, d)
	case fromScope:
		c.p.dynamic, c.g.explore = true, true
		return c.zero(d.typ)
	}
	return c.zero(d.typ)
}

func (c *compiler) make(s step) int {
	slot := c.slot()
	s.outs = []output{{slot: slot}}
	c.steps = append(c.steps, s)
	return slot
}

func (c *compiler) zero(t reflect.Type) int {
	if at, ok := c.zeroAt[t]; ok {
		return at
	}
	at := c.single(reflect.Zero(t))
	if c.zeroAt == nil {
		c.zeroAt = map[reflect.Type]int{}
	}
	c.zeroAt[t] = at
	return at
}

// result returns the index of what a provider provides.
func (c *compiler) result(n *Node, r *Result) int {
	p := r.Node
	if p.Prov != nil && p.Prov.Builtin != nil {
		return c.single(p.Prov.Builtin(c.g.Engine, n.consumer()))
	}
	switch p.Lifetime {
	case decl.Transient:
		return c.construct(p, []*Result{r})[0]
	case decl.Scoped:
		if at, ok := c.built[r]; ok {
			return at
		}
		at := c.construct(p, p.Results)
		if c.built == nil {
			c.built = map[*Result]int{}
		}
		for i, res := range p.Results {
			c.built[res] = at[i]
		}
		return c.built[r]
	}
	l := c.g.leafOf(n.Mod, r)
	r.Emitted = true
	if adapt, ok := c.g.Adapt[r.Key.Type]; ok && r.Key.Name == "" && r.Key.Group == "" {
		l.View = c.g.canonical(l.View, l.Key)
		named := namedLeaf{l, n.consumer()}
		if at, ok := c.namedAt[named]; ok {
			return at
		}
		from := c.leaf(l)
		to := c.single(reflect.Value{})
		c.p.prelude = append(c.p.prelude, adaption{from: ^from, to: ^to, adapt: adapt.Name, consumer: named.consumer})
		if !c.root {
			from, to = to, c.slot()
			c.p.locals = append(c.p.locals, local{from: ^from, slot: to, scope: adapt.Scope})
		}
		if c.namedAt == nil {
			c.namedAt = map[namedLeaf]int{}
		}
		c.namedAt[named] = to
		return to
	}
	return c.leaf(l)
}

// leafOf is the leaf under which module m reads a singleton.
func (g *Graph) leafOf(m *Module, r *Result) leaf {
	if r.Apart {
		return leaf{View: g.Root, Key: Key{Type: r.Key.Type, Name: r.Member}}
	}
	if r.Key.Group == "" {
		return leaf{View: m, Key: r.Key}
	}
	t := r.Key.Type
	if r.Flatten {
		t = reflect.SliceOf(t)
	}
	view := g.Root
	if r.Private {
		view = r.Node.Mod
	}
	return leaf{View: view, Key: Key{Type: t, Name: r.Member}}
}

// lazy makes the handle of a Lazy parameter. In a scope it belongs to the scope, so that
// the unit runs on an explicit one; in a singleton it belongs to the application.
func (c *compiler) lazy(n *Node, d *dep) int {
	if d.res != nil {
		later := c.g.reach()
		later.result(n.Mod, d.res)
		c.p.wants = append(c.p.wants, later.leaves...)
	}
	if !c.root {
		c.p.dynamic = true
		return c.zero(d.typ)
	}
	return c.single(newLazy(d.typ, &lazyRef{scope: c.g.root(), node: n, dep: d}))
}

// leaf is what module m asks of dig.
func (d *dep) leaf(m *Module) leaf {
	return leaf{View: m, Key: d.key, Slice: d.key.Group != "", Soft: d.soft, Optional: d.optional}
}

func (g *Graph) canonicalLeaf(l leaf) leaf {
	l.View = g.canonical(l.View, l.Key)
	return l
}
