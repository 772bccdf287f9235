package fxgraph_test

import (
	"cmp"
	"fmt"
	"slices"
)

// known is a key of what was provided, or any.
func (p *program) known(t *tape) key {
	b := t.pick(256)
	if keys := p.keys(); len(keys) > 0 && (t.sound || b < 244) {
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

// fitting is a key of what lives as long as the option's own value or longer, most often. In a sound program it
// always is, and the module sees it; a decorator or replacement takes what was provided before its target.
func (p *program) fitting(t *tape, o *option) (k key, ok bool) {
	k = p.known(t)
	keys := p.keys()
	at := slices.Index(keys, k)
	if at < 0 || t.odd(12) {
		return k, !t.sound
	}
	for i := range keys {
		k := keys[(at+i)%len(keys)]
		if t.sound && !(p.sees(o.mod, k) && p.earlier(k, o)) {
			continue
		}
		if life := p.lifeOf(k); life == singleton || life == transient && !o.plain || p.life(o) == scoped {
			return k, true
		}
	}
	return k, !t.sound
}

// earlier reports whether all that is provided under a key is declared before what an option acts on.
func (p *program) earlier(k key, o *option) bool {
	if o.verb != decorates && o.verb != replaces {
		return k.group == "" || o.verb != provides || !slices.Contains(o.gives, k)
	}
	begun := false
	for _, other := range p.options {
		begun = begun || slices.Contains(other.gives, o.target())
		if begun && slices.Contains(other.gives, k) {
			return false
		}
	}
	return true
}

// lifeOf is how long what is provided under a key lives: scoped is the shortest.
func (p *program) lifeOf(k key) (life lifetime) {
	for _, o := range p.options {
		if o.verb == provides && slices.Contains(o.gives, k) {
			if o.life == scoped {
				return scoped
			}
			life = max(life, o.life)
		}
	}
	return life
}

// life is how long what an option makes may live.
func (p *program) life(o *option) lifetime {
	if o.verb == decorates || o.verb == replaces {
		return p.lifeOf(o.target())
	}
	return o.life
}

// ask adds fewer than n needs.
func (p *program) ask(t *tape, o *option, n int) {
	for range t.pick(n) {
		if len(p.keys()) == 0 && !t.odd(8) {
			continue
		}
		k, ok := p.fitting(t, o)
		if !ok {
			continue
		}
		d := need{key: k}
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
	sortNeeds(o.needs)
}

// sortNeeds sorts them: the types of functions are kept for ever, and there should not be too many.
func sortNeeds(needs []need) {
	slices.SortFunc(needs, func(a, b need) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

// ends says how the function of an option ends.
func (o *option) ends(t *tape) {
	how := t.pick(256)
	if n := how % 16; n <= int(returnsNil) && !(t.sound && how/16 > 1) {
		o.fault = fault(n)
	}
	if len(o.outs) > 0 && o.fault == returnsNil && (o.plain || o.value || o.outs[0] < firstFace || o.outs[0] >= firstFunc) {
		o.fault = fine
	}
	if o.plain || len(o.outs) == 0 {
		return
	}
	if o.tidy.shape = how / 16 % 3; o.tidy.shape > 0 {
		o.tidy.shape = 1 + o.outs[0]%3
	}
	if how/16%3 == 1 && o.verb == provides && len(o.outs) == 1 && kinds[o.outs[0]].made {
		o.tidy.shape = closes
	}
	if o.tidy.shape > 0 && t.pick(8) == 1 {
		o.tidy.fault = []fault{fails, panics, exits}[how/16/3%3]
		if o.tidy.shape == 1 && o.tidy.fault == fails {
			o.tidy.fault = panics
		}
	}
}
