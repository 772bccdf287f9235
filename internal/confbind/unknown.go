package confbind

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// CheckSections reports the keys of strict layers that lie in none of the bound sections.
func CheckSections(layers []Layer, bound []string) []error {
	b := &binder{elsewhere: bound}
	for i := range layers {
		if layers[i].Strict {
			b.unknown(saying{&layers[i], layers[i].Tree}, nil, nil)
		}
	}
	return b.errs
}

// unknown reports the keys of a section that are neither known nor bound elsewhere.
func (b *binder) unknown(s saying, path, known []string) {
	tree := s.value.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		if slices.Contains(known, key) || tree[key] == nil {
			continue
		}
		sub := at(path, key)
		whole, part := b.boundElsewhere(sub)
		switch _, section := tree[key].(map[string]any); {
		case whole:
		case part && section:
			b.unknown(saying{s.layer, tree[key]}, sub, nil)
		case part:
			b.fail(sub, s.layer.Place(sub), "must be a section with keys of its own")
		default:
			b.fail(sub, s.layer.Place(sub), "is unknown%s", suggest(key, append(b.next(path), known...)))
		}
	}
}

// boundElsewhere reports whether a section is bound as a whole, or has parts that are.
func (b *binder) boundElsewhere(path []string) (whole, part bool) {
	name := strings.Join(path, ".")
	for _, section := range b.elsewhere {
		whole = whole || section == name
		part = part || strings.HasPrefix(section, name+".")
	}
	return whole, part
}

// next lists the keys of a section that lead to sections bound elsewhere.
func (b *binder) next(path []string) []string {
	prefix := strings.Join(append(path[:len(path):len(path)], ""), ".")
	var keys []string
	for _, section := range b.elsewhere {
		if rest, ok := strings.CutPrefix(section, prefix); ok {
			key, _, _ := strings.Cut(rest, ".")
			keys = append(keys, key)
		}
	}
	return keys
}

// suggest names the known key that is nearest to a misspelled one, if any is near.
func suggest(key string, known []string) string {
	best, least := "", max(2, len(key)/3)+1
	for _, k := range known {
		if d := distance(key, k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
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
