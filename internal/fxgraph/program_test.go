package fxgraph_test

import (
	"fmt"
	"slices"
	"strings"
)

// A program is a random application as data. FuzzPlan makes options of it, and the oracle judges it.
type program struct {
	outer   []int     // of each module the one around it; module 0 is the root, around which is -1
	options []*option // in order of declaration
}

// A key is what is provided and asked for. Types are indexes of kinds.
type key struct {
	typ         int
	name, group string
}

type verb int

const (
	provides verb = iota
	decorates
	replaces
	binds
	invokes
	starts
)

type lifetime int

const (
	singleton lifetime = iota
	scoped
	transient
)

// target is what a decorator or replacement acts on.
func (o *option) target() key { return o.gives[0] }

// An option is one declaration: a function of which the results are gives, the parameters needs.
type option struct {
	id, mod int
	verb    verb
	plain   bool // of fx, not of ours
	life    lifetime
	gives   []key // of a decorator or replacement: what it acts on
	outs    []int // types of the results of the function; fewer than gives with di.As
	needs   []need
	cut     int   // of a unit: how many of the needs its wrapper has
	given   []int // types that the caller of a bound function gives

	opens             bool // takes a *scopes.Factory too
	private, fallback bool
	blind             bool // a decorator of fx that does not take what it decorates
	value             bool // a replacement without a function

	fault fault
	tidy  tidy
}

type need struct {
	key
	optional, lazy bool
}

// A fault is how a function ends.
type fault int

const (
	fine fault = iota
	fails
	panics
	exits // its goroutine
	returnsNil
)

func (f fault) String() string {
	return []string{"fine", "fails", "panics", "exits", "returns nil"}[f]
}

// A tidy is what a constructor hands over for the end.
type tidy struct {
	shape int // 0 is nothing; func(), func() error, func(context.Context) error, a method Close
	fault fault
}

const closes = 4

func (k key) String() string {
	return fmt.Sprintf("%d%s", k.typ, strings.Join(slices.DeleteFunc([]string{"", k.name, k.group}, func(s string) bool { return s == "" }), ""))
}

func (o *option) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%d module %d: ", o.id, o.mod)
	if o.plain {
		b.WriteString("fx ")
	}
	b.WriteString([]string{[]string{"singleton", "scoped", "transient"}[o.life], "decorate", "replace", "bind", "invoke", "start"}[o.verb])
	fmt.Fprint(&b, " ", o.gives, " of ", o.outs, " needs")
	for _, n := range o.needs {
		fmt.Fprint(&b, " ", n.key)
		if n.optional {
			b.WriteString("?")
		}
		if n.lazy {
			b.WriteString("~")
		}
	}
	for word, set := range map[string]bool{"private": o.private, "default": o.fallback, "opens": o.opens, "blind": o.blind, "value": o.value} {
		if set {
			b.WriteString(" " + word)
		}
	}
	fmt.Fprintf(&b, ", %v", o.fault)
	if o.tidy.shape > 0 {
		fmt.Fprintf(&b, ", cleanup %d %v", o.tidy.shape, o.tidy.fault)
	}
	return b.String()
}

func (p *program) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, "modules", p.outer)
	for _, o := range p.options {
		fmt.Fprintln(&b, o)
	}
	return b.String()
}
