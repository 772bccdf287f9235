package fxgraph_test

import "slices"

// A tape is read to make a program. At its end it is all zeros.
type tape struct {
	rest []byte
	// A sound tape makes programs that are larger, and mostly right: what is asked for is provided before,
	// seen and not short-lived, and what is provided is new.
	sound bool
}

func (t *tape) pick(n int) int {
	if len(t.rest) == 0 {
		return 0
	}
	b := t.rest[0]
	t.rest = t.rest[1:]
	return int(b) % n
}

// odd decides whether to do what is mostly wrong.
func (t *tape) odd(n int) bool { return t.pick(n) == 1 && !t.sound }

// fault picks one that a function without a result of its own can have.
func (t *tape) fault(n int) fault { return fault(max(0, t.pick(n)-(n-4))) }

// decode makes a program of any bytes. Those whose tape is not sound are mostly wrong, but not by far.
func decode(data []byte) *program {
	p := &program{outer: []int{-1}}
	t := &tape{rest: data}
	t.sound = t.pick(2) == 1
	most, mod := 20, 0
	if t.sound {
		most = 60
	}
	for len(t.rest) > 0 && len(p.options) < most {
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
			o.fault = t.fault(32)
		case 13:
			o.verb, o.plain = invokes, true
			p.ask(t, o, 4)
			o.fault = t.fault(32)
		default:
			p.provide(t, o)
		}
		if o.verb == provides && len(o.gives) == 0 || (o.verb == decorates || o.verb == replaces) && !p.acts(t, o) {
			continue // there is nothing to be said of it in a sound program
		}
		p.options = append(p.options, o)
	}
	last := &option{id: len(p.options), verb: invokes, plain: true}
	for _, o := range p.options {
		if o.verb == binds && !o.private && len(last.needs) < 2+most/20 {
			last.needs = append(last.needs, need{key: o.gives[0]})
		}
	}
	p.options = append(p.options, last)
	return p
}

// acts reports whether a decorator or replacement is right, or need not be.
func (p *program) acts(t *tape, o *option) bool {
	k := o.target()
	return !t.sound || p.sees(o.mod, k) && !(o.verb == replaces && k.group != "") && (!o.plain || p.lifeOf(k) == singleton)
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

// sees reports whether a module sees something under a key.
func (p *program) sees(mod int, k key) bool {
	return slices.ContainsFunc(p.options, func(o *option) bool {
		return (o.verb == provides || o.verb == binds) && slices.Contains(o.gives, k) && (!o.private || p.within(mod, o.mod))
	})
}

func (p *program) within(mod, outer int) bool {
	for mod >= 0 && mod != outer {
		mod = p.outer[mod]
	}
	return mod == outer
}

// typ picks a type, most often one of the first few.
func (t *tape) typ() int {
	if b := t.pick(256); b < 224 {
		return b % 6
	} else {
		return b % firstFunc
	}
}

// fresh is a key that is new, unless the tape wants another one of the same. What handles are given is left out in
// a sound program.
func (p *program) fresh(t *tape, k key) key {
	keys := p.keys()
	if k.group != "" || t.odd(12) {
		return k
	}
	for range firstFunc {
		given := t.sound && (k.typ == firstGiven || k.typ == firstGiven+1)
		if !given && !slices.Contains(keys, k) {
			return k
		}
		k.typ = (k.typ + 1) % firstFunc
	}
	return key{typ: k.typ, group: "g"}
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
	if o.private || o.fallback || t.odd(16) { // most often beside another provider
		k = p.known(t)
		k.typ %= firstFunc
	} else {
		k = p.fresh(t, k)
	}
	if t.sound && slices.ContainsFunc(p.options, func(other *option) bool { // a second default, or in the same place
		same := other.private == o.private && other.fallback == o.fallback && (!o.private || other.mod == o.mod || o.mod == 0)
		return k.group == "" && slices.Contains(other.gives, k) && (same || !o.private && !o.fallback)
	}) {
		return
	}
	o.gives, o.outs = []key{k}, []int{k.typ}
	switch second := t.pick(8); {
	case second == 1 || second == 2:
		if other := p.fresh(t, key{typ: t.typ()}); other.typ != k.typ {
			o.gives, o.outs = append(o.gives, other), append(o.outs, other.typ)
		}
	case second == 3 && !o.plain && !kinds[k.typ].made: // di.As
		o.outs = []int{t.pick(firstFace)}
		itself := key{typ: o.outs[0], name: k.name}
		if t.pick(2) == 1 && k.group == "" && !(t.sound && slices.Contains(p.keys(), itself)) {
			o.gives = append(o.gives, itself)
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
		return o.plain && o.mod == mod && (o.verb == decorates || o.verb == replaces) && o.target() == k
	})
}

func (p *program) replace(t *tape, o *option) {
	o.verb = replaces
	k := p.known(t)
	if !t.sound {
		k.group = ""
	}
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
	if slices.Contains(p.keys(), k) && (t.sound || how/16 > 0) {
		k.typ = firstFunc + (how+1)%(len(kinds)-firstFunc)
	}
	if t.sound && slices.Contains(p.keys(), k) {
		o.verb = starts // a unit of another kind
	} else {
		o.private = how/16 == 1
		o.gives = []key{k}
		o.given = kinds[k.typ].given
	}
	p.ask(t, o, 4)
	if len(o.given) > 0 && t.pick(2) == 1 {
		o.needs = append(o.needs, need{key: key{typ: o.given[0]}})
		sortNeeds(o.needs)
	}
	o.cut = max(0, t.pick(len(o.needs)+3)-2)
	o.fault = t.fault(16)
}
