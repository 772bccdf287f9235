package fxgraph_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/supervise"
)

// verdict compares what is said of the graph.
func (t *trial) verdict(err error) {
	var build *di.BuildError
	if err != nil && !errors.As(err, &build) {
		t.errorf("%T: %v", err, err)
		return
	}
	got := map[problem]int{}
	if build != nil {
		for _, p := range build.Problems {
			switch e := p.(type) {
			case *di.MissingError:
				got[problem{"missing", keyOf(e.Type, e.Name, e.Group)}] = 1
			case *di.LifetimeError:
				got[problem{"lifetime", keyOf(e.Type, e.Name, "")}] = 1
			case *di.DuplicateError:
				got[problem{"duplicate", keyOf(e.Type, e.Name, "")}] = 1
			case *di.ReplaceError:
				got[problem{e.Verb, keyOf(e.Type, e.Name, "")}] = 1
			case *di.CycleError:
				got[problem{kind: "cycle"}]++
			default:
				t.errorf("%T: %v", p, p)
			}
		}
	}
	cycle, want := problem{kind: "cycle"}, maps.Clone(t.o.problems)
	if got[cycle] > want[cycle] && (t.o.circular || t.o.hopeless) {
		want[cycle] = got[cycle]
	}
	if !maps.Equal(got, want) {
		t.errorf("problems are %v, want %v\n%+v", got, want, err)
	}
}

func keyOf(typ reflect.Type, name, group string) key {
	return key{slices.IndexFunc(kinds, func(k kind) bool { return k.typ == typ }), name, group}
}

// check compares an error with the faults that should be in it.
func (t *trial) check(what string, err error, faults []blunder) {
	if err != nil && len(faults) == 0 && !(t.o.doubt && what == "construction") {
		t.errorf("%s: unexpected error: %+v", what, err)
	}
	exited := slices.ContainsFunc(faults, func(b blunder) bool { return b.how == exits })
	for _, b := range faults {
		want := error(b)
		switch {
		case exited && what != "stop": // the goroutine that would return the others has ended
			want = supervise.ErrGoexit
		case b.how == exits:
			want = supervise.ErrGoexit
		case b.how == returnsNil:
			want = err
		}
		if err == nil || !errors.Is(err, want) {
			t.errorf("%s: error %v, want %v", what, err, b)
		}
	}
}

// built compares what was built in a phase with what should have been.
func (t *trial) built(want map[*node]bool, life lifetime) {
	counts := func(o *option) bool { // a group may be decorated with members of several lifetimes
		return o.unitless() && !o.value && !slices.ContainsFunc(t.nodes(o), func(n *node) bool { return n.life != life })
	}
	count := map[int]int{}
	for n := range want {
		if counts(n.option) {
			count[n.id]++
		}
	}
	for _, c := range t.whole {
		if c.phase == t.phase && counts(c.by) {
			count[c.by.id]--
		}
	}
	for id, n := range count {
		if n != 0 {
			t.errorf("phase %d: %d calls too few of %v", t.phase, n, t.o.options[id])
		}
	}
}

// once finds what was called more often in a phase than its lifetime says. What has failed may be tried again.
func (t *trial) once() {
	type run struct{ id, phase int }
	count := map[run]int{}
	for _, c := range t.whole {
		nodes := t.nodes(c.by)
		transients := slices.ContainsFunc(nodes, func(n *node) bool { return n.life == transient })
		at := run{c.by.id, c.phase}
		if count[at]++; count[at] > len(nodes) && !transients && !c.by.plain && c.by.unitless() && !t.faulty[c.phase] {
			t.errorf("%v is called %d times", c, count[at])
		}
	}
}

// ordered compares the order of construction with what each one needs, now or later: unless that is a circle.
func (t *trial) ordered() {
	at := map[int]int{}
	for i, c := range t.whole {
		at[c.by.id] = i + 1
	}
	anything := func(n *node, _ need, p *provision) bool { return t.o.stands(n.mod, p) }
	leads := map[*node]map[*node]bool{}
	for _, n := range t.o.nodes {
		if leads[n] = t.o.follow(t.o.uses(n, anything), anything); leads[n][n] {
			return
		}
	}
	for n, all := range leads {
		for m := range all {
			single := n.life == singleton && m.life == singleton && len(t.nodes(n.option)) == 1 && len(t.nodes(m.option)) == 1
			if single && m.unitless() && at[n.id] > 0 && at[m.id] >= at[n.id] {
				t.errorf("%v is built before %v", n, m)
			}
		}
	}
}

// released compares the cleanups that have run with those of the phase.
func (t *trial) released() {
	var want []*call
	for _, c := range slices.Backward(t.whole) {
		if c.phase == t.phase && c.by.tidy.shape > 0 {
			want = append(want, c)
		}
	}
	if !slices.Equal(t.ended, want) {
		t.errorf("phase %d: released %v, want %v", t.phase, t.ended, want)
	}
}

// arguments compares what functions got with what they should get.
func (t *trial) arguments() {
	shared := map[*call]int{}
	for _, c := range t.made {
		for _, a := range c.args {
			t.argument(a)
			for _, v := range values(a.at) {
				shared[v]++
			}
		}
		if c.inner.IsValid() {
			for _, v := range values(c.inner) {
				shared[v]++
			}
		}
	}
	for _, c := range t.made {
		if shared[c] > 1 && !slices.ContainsFunc(t.nodes(c.by), func(n *node) bool { return n.life != transient }) {
			t.errorf("%v is transient and shared by %d", c, shared[c])
		}
	}
}

// values are the calls that made what is in an argument.
func values(v reflect.Value) (all []*call) {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			all = append(all, values(v.Index(i))...)
		}
		return all
	}
	if o, ok := v.Interface().(interface{ origin() value }); ok && !v.IsZero() {
		all = append(all, o.origin().from)
	}
	return all
}

// way lists the options that a value went through, the last first.
func (c *call) way() []int {
	way := []int{c.by.id}
	if c.inner.IsValid() && c.inner.Kind() != reflect.Slice {
		if inner := values(c.inner); len(inner) == 1 {
			return append(way, inner[0].way()...)
		}
		return append(way, -2)
	}
	return way
}

// argument compares one argument.
func (t *trial) argument(a arg) {
	if a.lazy || a.typ >= firstFunc {
		return
	}
	got := [][]int{}
	for _, c := range values(a.at) {
		got = append(got, c.way())
		lives := func(n *node) bool {
			return n.life == singleton && c.phase == starting || n.life != singleton && c.phase == a.by.phase
		}
		if nodes := t.nodes(c.by); len(nodes) > 0 && !c.by.value && !slices.ContainsFunc(nodes, lives) {
			t.errorf("%v got %v", a.by, c)
		}
	}
	var want [][]int
	for _, n := range t.nodes(a.by.by) {
		want = [][]int{}
		ways, ordered := t.o.gets(n, a.key)
		for _, way := range ways {
			ids := []int{}
			for _, w := range way {
				ids = append(ids, w.id)
			}
			want = append(want, ids)
		}
		if u := a.by.unit; len(ways) == 0 && u != nil && u.giving(a.need) && a.group == "" {
			want = [][]int{{-1}}
		}
		if !ordered {
			slices.SortFunc(got, slices.Compare[[]int])
			slices.SortFunc(want, slices.Compare[[]int])
		}
		if slices.EqualFunc(got, want, slices.Equal[[]int]) {
			return
		}
	}
	t.errorf("%v got %v for %v, want %v", a.by, got, a.key, want)
}
