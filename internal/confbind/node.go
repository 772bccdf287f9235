package confbind

import (
	"maps"
	"slices"
	"strings"
)

// A Node is what is said about a key: a section if Keys is not nil, a list if Items is not nil, else a value. It is
// not changed once it is part of a Source.
type Node struct {
	Keys  map[string]*Node
	Items []*Node
	// Value is a text as it is written, or a Go value; nil says nothing.
	Value any
	// At is where the key stands: "berth.yaml:12:3", "$ORDERING_GRACE__PERIOD".
	At string
}

// Section makes an empty section.
func Section(at string) *Node { return &Node{Keys: map[string]*Node{}, At: at} }

// List makes a list of its items.
func List(at string, items []*Node) *Node {
	if items == nil {
		items = []*Node{}
	}
	return &Node{Items: items, At: at}
}

// empty reports whether the node says nothing.
func (n *Node) empty() bool { return n.Keys == nil && n.Items == nil && n.Value == nil }

// Put sets a key of a section, and of the sections inside it for which the path has names. It returns the node that is in the
// way: a value where a section is needed, a section where a value is, or the value that the key has already.
func (n *Node) Put(path []string, value *Node) (taken *Node) {
	for _, key := range path[:len(path)-1] {
		sub := n.Keys[key]
		if sub == nil {
			sub = Section(value.At)
			n.Keys[key] = sub
		}
		if sub.Keys == nil {
			return sub
		}
		n = sub
	}
	last := path[len(path)-1]
	if other := n.Keys[last]; other != nil {
		return other
	}
	n.Keys[last] = value
	return nil
}

// At is the node of a key, or nil.
func (snap *Snapshot) At(path ...string) *Node {
	n := snap.Root
	for _, key := range path {
		if n == nil {
			return nil
		}
		n = n.Keys[key]
	}
	return n
}

// merge is what two nodes say together: sections key by key, and else what the higher one says.
func merge(low, high *Node) *Node {
	switch {
	case low == nil || low.empty():
		return high
	case high == nil || high.empty():
		return low
	case low.Keys == nil || high.Keys == nil:
		return high
	}
	both := &Node{Keys: maps.Clone(low.Keys), At: high.At}
	for key, n := range high.Keys {
		both.Keys[key] = merge(low.Keys[key], n)
	}
	return both
}

func (n *Node) sortedKeys() []string { return slices.Sorted(maps.Keys(n.Keys)) }

// at is the path of a key below path, never sharing memory with its siblings.
func at(path []string, key string) []string {
	return append(path[:len(path):len(path)], key)
}

// keyOf joins a path as people write it: "servers[0].name".
func keyOf(path []string) string {
	return strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
}
