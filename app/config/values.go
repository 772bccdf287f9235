package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/berth-go/berth/internal/confbind"
)

// Values sets keys from the program, above all other sources: {"grace.check_interval": "1s"}, or nested maps. A
// value is a text as in a file, or a Go value of the field's type. It is meant for tests, and is only read.
func Values(values map[string]any) Option {
	return Option{rank: rankValues, read: func(r reading) (confbind.Source, error) {
		at := fmt.Sprintf("config.Values at %v", r.loaded)
		root := confbind.Section(at)
		err := putAll(root, r.schema, "", values, at)
		if err != nil {
			return confbind.Source{}, err
		}
		return confbind.Source{Root: root, Strict: true}, nil
	}}
}

// putAll puts nested maps whose keys may have dots into a section.
func putAll(root *confbind.Node, schema *confbind.Schema, prefix string, values map[string]any, at string) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(values)) {
		dotted := prefix + key
		if section, ok := values[key].(map[string]any); ok {
			errs = append(errs, putAll(root, schema, dotted+".", section, at))
			continue
		}
		node := &confbind.Node{Value: values[key], At: at}
		if list, ok := values[key].([]any); ok {
			node = listOf(list, at)
		}
		if root.Put(schema.Path(dotted), node) != nil {
			errs = append(errs, &Error{Key: dotted, Source: at, Reason: "is a value and also a section"})
		}
	}
	return errors.Join(errs...)
}

// nodeOf is a Go value as it would be read from a file.
func nodeOf(value any, at string) *confbind.Node {
	switch value := value.(type) {
	case []any:
		return listOf(value, at)
	case map[string]any:
		section := confbind.Section(at)
		for key, v := range value {
			section.Keys[key] = nodeOf(v, at)
		}
		return section
	}
	return &confbind.Node{Value: value, At: at}
}

func listOf(values []any, at string) *confbind.Node {
	items := make([]*confbind.Node, len(values))
	for i, v := range values {
		items[i] = nodeOf(v, at)
	}
	return confbind.List(at, items)
}
