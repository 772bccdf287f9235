package confbind

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/berth-go/berth/internal/place"
)

// A Source is what one source says, as a section.
type Source struct {
	Root *Node
	// Strict makes keys that nothing takes, and values in places of sections, errors; else they say nothing.
	Strict bool
}

// A Snapshot is what all sources say together: the later hides the earlier, and lists are replaced whole. It holds
// the keys of its schema only and does not change. The zero Snapshot says nothing.
type Snapshot struct {
	Root *Node // nil says nothing
	// Partial: a source could not be read.
	Partial bool
}

// An Error is one thing that is wrong with a configuration. It never contains a value.
type Error struct {
	Key    string // the key with its section: "grace.check_interval"
	Source string // where it stands: "berth.yaml:12:3", "$ORDERING_GRACE__PERIOD"
	Reason string // "must be true or false"

	bound place.Place
	typ   reflect.Type
}

func (e *Error) Error() string {
	return fmt.Sprintf("key %q in %s %s", e.Key, e.Source, e.Reason)
}

// Format prints one line, or under %+v a paragraph that says who asks for the key.
func (e *Error) Format(s fmt.State, verb rune) {
	if verb != 'v' || !s.Flag('+') {
		io.WriteString(s, e.Error())
		return
	}
	fmt.Fprintf(s, "key %q %s\n     set in    %s", e.Key, e.Reason, e.Source)
	if e.typ != nil {
		fmt.Fprintf(s, "\n     bound at  %v  %v", e.bound, e.typ)
	}
}

// Wrong is what somebody else finds wrong with a key of the snapshot.
func (snap *Snapshot) Wrong(path []string, reason string) *Error {
	e := &Error{Key: keyOf(path), Reason: reason}
	if n := snap.At(path...); n != nil {
		e.Source = n.At
	}
	return e
}

// Compose makes a snapshot of sources, the lowest first. What is wrong with a source is left out of the snapshot.
func Compose(schema *Schema, sources []Source) (*Snapshot, []error) {
	c := &composer{}
	all := &Snapshot{}
	for _, s := range sources {
		if s.Root != nil {
			c.strict = s.Strict
			all.Root = merge(all.Root, c.admit(s.Root, schema, nil))
		}
	}
	return all, c.errs
}

type composer struct {
	strict bool
	errs   []error
}

func (c *composer) fail(path []string, n *Node, s *Schema, format string, args ...any) {
	if !c.strict {
		return
	}
	typ := s.Owner
	if len(s.Types) > 0 && s.Keys != nil {
		typ = s.Types[0]
	}
	c.errs = append(c.errs, &Error{Key: keyOf(path), Source: n.At, Reason: fmt.Sprintf(format, args...), bound: s.Bound, typ: typ})
}

// admit is what a node says that the schema knows, or nil.
func (c *composer) admit(n *Node, s *Schema, path []string) *Node {
	switch {
	case n.empty():
		return nil
	case !s.section():
		return c.items(n, s, path)
	case n.Keys == nil && n.Value != nil && assignable(n.Value, s):
		return n
	case n.Keys == nil:
		c.fail(path, n, s, "must be a section with keys of its own%s", s.example(path))
		return nil
	}
	known := Section(n.At)
	for _, key := range n.sortedKeys() {
		sub, next := n.Keys[key], s.key(key)
		if next == nil {
			c.fail(at(path, key), sub, s, "is unknown%s", s.suggest(key))
			continue
		}
		if sub = c.admit(sub, next, at(path, key)); sub != nil {
			known.Keys[key] = sub
		}
	}
	return known
}

// example shows how a key of a map is written.
func (s *Schema) example(path []string) string {
	if len(s.Keys) > 0 || len(path) == 0 {
		return ""
	}
	return fmt.Sprintf(", such as %q", keyOf(at(path, "KEY")))
}

// items admits the sections in a list.
func (c *composer) items(n *Node, s *Schema, path []string) *Node {
	if !s.List || n.Items == nil || !s.Elem.section() {
		return n
	}
	items := make([]*Node, len(n.Items))
	for i, item := range n.Items {
		items[i] = c.admit(item, s.Elem, at(path, fmt.Sprintf("[%d]", i)))
		if items[i] == nil {
			items[i] = Section(item.At)
		}
	}
	return List(n.At, items)
}

// assignable reports whether a Go value is one that a field can hold as it is.
func assignable(value any, s *Schema) bool {
	for _, t := range s.Types {
		if reflect.TypeOf(value).AssignableTo(t) {
			return true
		}
	}
	return false
}

// suggest names the known key that is nearest to a misspelled one, if any is near.
func (s *Schema) suggest(key string) string {
	if first, rest, ok := strings.Cut(key, "."); ok && s.key(first) != nil && s.key(first).section() {
		return fmt.Sprintf("; write %q as a key of the section %q", rest, first)
	}
	best := Nearest(key, s.names())
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// Nearest is the name that is nearest to a misspelled one, or "" if none is near.
func Nearest(misspelled string, names []string) string {
	best, least := "", max(2, len(misspelled)/3)+1
	for _, k := range names {
		if d := distance(misspelled, k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best
}

// distance counts the bytes to insert, delete or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
