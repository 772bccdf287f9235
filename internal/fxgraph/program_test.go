package fxgraph_test

import (
	"cmp"
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
	returnsNil
)

// A tidy is what a constructor hands over for the end.
type tidy struct {
	shape int // 0 is nothing; func(), func() error, func(context.Context) error, a method Close
	fault fault
}

const closes = 4

// A tape is read to make a program. At its end it is all zeros.
type tape struct{ rest []byte }

func (t *tape) pick(n int) int {
	if len(t.rest) == 0 {
		return 0
	}
	b := t.rest[0]
	t.rest = t.rest[1:]
	return int(b) % n
}

// decode makes a program of any bytes. Most programs are sound: what is asked for is mostly what was provided
// before, and what is provided mostly new.
func decode(data []byte) *program {
	p := &program{outer: []int{-1}}
	t := &tape{data}
	mod := 0
	for len(t.rest) > 0 && len(p.options) < 20 {
		o := &option{id: len(p.options), mod: mod}
		switch op := t.pick(16); op {
		case 14:
			if len(p.outer) < 6 {
				p.outer = append(p.outer, mod)
				mod = len(p.outer) - 1
			}
			continue
		case 15:
			mod = max(p.outer[mod], 0)
			continue
		case 6, 7:
			o.plain = true
			p.provide(t, o)
		case 8, 9:
			o.plain = op == 9
			p.decorate(t, o)
		case 10:
			p.replace(t, o)
		case 11, 12:
			p.bind(t, o)
		case 5:
			o.verb, o.life = starts, scoped
			p.ask(t, o, 4)
			o.cut = t.pick(len(o.needs) + 1)
			o.fault = fault(max(0, t.pick(32)-29))
		case 13:
			o.verb, o.plain = invokes, true
			p.ask(t, o, 4)
			o.fault = fault(max(0, t.pick(16)-13))
		default:
			p.provide(t, o)
		}
		if o.fault == returnsNil && (o.plain || len(o.outs) == 0 || o.value || o.outs[0] < firstFace || o.outs[0] >= firstFunc) {
			o.fault = fine
		}
		p.options = append(p.options, o)
	}
	last := &option{id: len(p.options), verb: invokes, plain: true}
	for _, o := range p.options {
		if o.verb == binds && !o.private && len(last.needs) < 2 {
			last.needs = append(last.needs, need{key: o.gives[0]})
		}
	}
	p.options = append(p.options, last)
	return p
}

// keys are all that was declared so far.
func (p *program) keys() []key {
	var all []key
	for _, o := range p.options {
		if o.verb == provides || o.verb == binds {
			all = append(all, o.gives...)
		}
	}
	return all
}

// typ picks a type, most often one of the first few.
func (t *tape) typ() int {
	if b := t.pick(256); b < 224 {
		return b % 6
	} else {
		return b % firstFunc
	}
}

// fresh is a key that is new, unless the tape wants another one of the same.
func (p *program) fresh(t *tape, k key) key {
	keys := p.keys()
	if k.group != "" || t.pick(12) == 1 {
		return k
	}
	for range firstFunc {
		if !slices.Contains(keys, k) {
			break
		}
		k.typ = (k.typ + 1) % firstFunc
	}
	return k
}

func (p *program) provide(t *tape, o *option) {
	how := t.pick(256)
	o.private = how%8 == 1
	o.fallback = how/8%8 == 1 && !o.plain
	if !o.plain {
		o.life = []lifetime{singleton, scoped, transient, scoped}[how/64]
	}
	k := key{typ: t.typ()}
	switch t.pick(8) {
	case 1:
		k.name = "a"
	case 2:
		k.group = "g"
	}
	if o.private || o.fallback || t.pick(16) == 1 { // most often beside another provider
		k = p.known(t)
		k.typ %= firstFunc
	} else {
		k = p.fresh(t, k)
	}
	o.gives, o.outs = []key{k}, []int{k.typ}
	switch second := t.pick(8); {
	case second == 1 || second == 2:
		if other := p.fresh(t, key{typ: t.typ()}); other.typ != k.typ {
			o.gives, o.outs = append(o.gives, other), append(o.outs, other.typ)
		}
	case second == 3 && !o.plain && !kinds[k.typ].made: // di.As
		o.outs = []int{t.pick(firstFace)}
		if t.pick(2) == 1 && k.group == "" {
			o.gives = append(o.gives, key{typ: o.outs[0], name: k.name})
		}
	}
	p.ask(t, o, 4)
	o.ends(t)
}

func (p *program) decorate(t *tape, o *option) {
	o.verb = decorates
	k := p.known(t)
	o.gives, o.outs = []key{k}, []int{k.typ}
	p.ask(t, o, 3)
	// By the type alone a decorator takes what it wraps.
	o.needs = slices.DeleteFunc(o.needs, func(n need) bool { return n.typ == k.typ })
	if o.plain {
		o.blind = t.pick(4) == 1 && k.typ < firstFunc
		if p.decorated(o.mod, k) { // fx takes one of a key in a module
			o.plain, o.blind = false, false
		}
	}
	o.ends(t)
}

func (p *program) decorated(mod int, k key) bool {
	return slices.ContainsFunc(p.options, func(o *option) bool {
		return o.plain && o.mod == mod && (o.verb == decorates || o.verb == replaces) && o.gives[0] == k
	})
}

func (p *program) replace(t *tape, o *option) {
	o.verb = replaces
	k := p.known(t)
	k.group = ""
	o.gives, o.outs = []key{k}, []int{k.typ}
	how := t.pick(4)
	o.value = how < 2 || k.typ >= firstFunc
	o.plain = how == 0 && k.typ < firstFunc && !p.decorated(o.mod, k)
	o.blind = o.plain
	if !o.value {
		p.ask(t, o, 3)
		o.ends(t)
	}
}

func (p *program) bind(t *tape, o *option) {
	o.verb, o.life = binds, scoped
	how := t.pick(64)
	k := key{typ: firstFunc + how%(len(kinds)-firstFunc)}
	if how/4%4 == 1 {
		k.name = "a"
	}
	if slices.Contains(p.keys(), k) && how/16 > 0 {
		k.typ = firstFunc + (how+1)%(len(kinds)-firstFunc)
	}
	o.private = how/16 == 1
	o.gives = []key{k}
	o.given = kinds[k.typ].given
	p.ask(t, o, 4)
	o.cut = max(0, t.pick(len(o.needs)+3)-2)
	o.fault = fault(max(0, t.pick(16)-13))
}

// known is a key of what was provided, or any.
func (p *program) known(t *tape) key {
	b := t.pick(256)
	if keys := p.keys(); len(keys) > 0 && b < 244 {
		return keys[b%len(keys)]
	}
	k := key{typ: t.pick(firstFunc)}
	if b%4 == 1 {
		k.name = "a"
	} else if b%4 == 2 {
		k.group = "g"
	}
	return k
}

// fitting is a key of what lives as long as the option's own value or longer, most often.
func (p *program) fitting(t *tape, o *option) key {
	k := p.known(t)
	keys := p.keys()
	at := slices.Index(keys, k)
	if at < 0 || t.pick(12) == 1 {
		return k
	}
	for i := range keys {
		k := keys[(at+i)%len(keys)]
		if life := p.lifeOf(k); life == singleton || life == transient && !o.plain || p.life(o) == scoped {
			return k
		}
	}
	return k
}

// lifeOf is how long what is provided under a key lives.
func (p *program) lifeOf(k key) lifetime {
	for _, o := range p.options {
		if o.verb == provides && slices.Contains(o.gives, k) {
			return o.life
		}
	}
	return singleton
}

// life is how long what an option makes may live.
func (p *program) life(o *option) lifetime {
	if o.verb == decorates || o.verb == replaces {
		return p.lifeOf(o.gives[0])
	}
	return o.life
}

// ask adds fewer than n needs.
func (p *program) ask(t *tape, o *option, n int) {
	for range t.pick(n) {
		if len(p.keys()) == 0 && t.pick(8) != 1 {
			continue
		}
		d := need{key: p.fitting(t, o)}
		switch form := t.pick(12); {
		case d.group != "":
		case form == 1:
			d.optional = true
		case form <= 3 && form > 1:
			d.lazy = !o.plain
		}
		o.needs = append(o.needs, d)
	}
	o.opens = !o.plain && t.pick(24) == 1
	// The types of functions are kept for ever: there should not be too many.
	slices.SortFunc(o.needs, func(a, b need) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

// ends says how the function of an option ends.
func (o *option) ends(t *tape) {
	how := t.pick(256)
	if o.fault = fault(how % 16); o.fault > returnsNil {
		o.fault = fine
	}
	if o.plain {
		return
	}
	if o.tidy.shape = how / 16 % 3; o.tidy.shape > 0 {
		o.tidy.shape = 1 + o.outs[0]%3
	}
	if how/16%3 == 1 && o.verb == provides && len(o.outs) == 1 && kinds[o.outs[0]].made {
		o.tidy.shape = closes
	}
	if o.tidy.shape > 0 && t.pick(8) == 1 {
		o.tidy.fault = panics - fault(how/16/5%2)
		if o.tidy.shape == 1 {
			o.tidy.fault = panics
		}
	}
}

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
	fmt.Fprintf(&b, " fault %d, tidy %v", o.fault, o.tidy)
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
