package confbind

import (
	"maps"
	"reflect"
	"slices"
)

// Changed are the paths of the keys that say something else in another snapshot, in the order of their names. Of a key that has become, or
// is no longer, a section it is that key.
func Changed(before, after *Snapshot) [][]string {
	var paths [][]string
	differ(before.Root, after.Root, nil, &paths)
	return paths
}

func differ(a, b *Node, path []string, paths *[][]string) {
	if a == nil {
		a = &Node{}
	}
	if b == nil {
		b = &Node{}
	}
	if (a.Keys != nil || a.empty()) && (b.Keys != nil || b.empty()) {
		names := maps.Clone(a.Keys)
		if names == nil {
			names = map[string]*Node{}
		}
		maps.Copy(names, b.Keys)
		for _, key := range slices.Sorted(maps.Keys(names)) {
			differ(a.Keys[key], b.Keys[key], at(path, key), paths)
		}
		return
	}
	if !same(a, b) {
		*paths = append(*paths, path)
	}
}

// same reports whether two nodes say the same, wherever they stand.
func same(a, b *Node) bool {
	return (a.Keys == nil) == (b.Keys == nil) && maps.EqualFunc(a.Keys, b.Keys, same) &&
		(a.Items == nil) == (b.Items == nil) && slices.EqualFunc(a.Items, b.Items, same) &&
		reflect.DeepEqual(a.Value, b.Value)
}
