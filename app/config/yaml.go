package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A document reads YAML for koanf. It keeps scalars as they are written, since only the field knows whether 1.10 is a
// number or a version, and remembers the line of each key.
type document struct {
	file  string
	lines map[string]int // by path, joined
	nodes int
}

// What aliases may expand to.
const (
	mostNodes = 100_000
	mostDepth = 100
)

// Unmarshal implements koanf.Parser. Its errors say file and line.
func (d *document) Unmarshal(text []byte) (map[string]any, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var root yaml.Node
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return map[string]any{}, nil
	} else if err != nil {
		return nil, d.malformed(err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("file %q has more than one document", d.file)
	}

	value, err := d.value(root.Content[0], nil)
	if err != nil {
		return nil, err
	}
	switch value := value.(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return value, nil
	}
	return nil, d.errorAt(root.Content[0], "the file must be a section with keys")
}

// Marshal implements koanf.Parser.
func (d *document) Marshal(map[string]any) ([]byte, error) { return nil, errors.ErrUnsupported }

// place says where a key stands: the line of the nearest key above it that has one.
func (d *document) place(path []string) string {
	for n := len(path); n > 0; n-- {
		if line := d.lines[joined(path[:n])]; line > 0 {
			return fmt.Sprintf("%s:%d", d.file, line)
		}
	}
	return d.file
}

func joined(path []string) string { return strings.Join(path, "\x00") }

func (d *document) errorAt(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", d.file, n.Line, n.Column, fmt.Sprintf(format, args...))
}

var lineOf = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)

// malformed puts the file in front of what the parser says, in the form of all places. The parser quotes no values.
func (d *document) malformed(err error) error {
	text := err.Error()
	if m := lineOf.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s:%s: %s", d.file, m[1], text[len(m[0]):])
	}
	return fmt.Errorf("%s: %s", d.file, strings.TrimPrefix(text, "yaml: "))
}

// count ends what expands without end.
func (d *document) count(n *yaml.Node, path []string) error {
	if d.nodes++; d.nodes > mostNodes {
		return d.errorAt(n, "the file has more than %d values", mostNodes)
	}
	if len(path) > mostDepth {
		return d.errorAt(n, "the value lies more than %d levels deep", mostDepth)
	}
	return nil
}

func (d *document) value(n *yaml.Node, path []string) (any, error) {
	if err := d.count(n, path); err != nil {
		return nil, err
	}
	switch n.Kind {
	case yaml.AliasNode:
		return d.value(n.Alias, path)
	case yaml.MappingNode:
		tree := map[string]any{}
		return tree, d.mapping(n, path, tree)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			value, err := d.value(item, d.at(path, fmt.Sprintf("[%d]", i), item))
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	}
	if n.Tag == "!!null" {
		return nil, nil
	}
	return n.Value, nil
}

// at is the path of a key, noted with its line.
func (d *document) at(path []string, key string, n *yaml.Node) []string {
	sub := append(path[:len(path):len(path)], key)
	d.lines[joined(sub)] = n.Line
	return sub
}

func (d *document) mapping(n *yaml.Node, path []string, tree map[string]any) error {
	first := map[string]int{}
	var merges []*yaml.Node
	for i := 0; i < len(n.Content); i += 2 {
		key, item := n.Content[i], n.Content[i+1]
		switch {
		case key.Tag == "!!merge":
			merges = append(merges, item)
			continue
		case key.Kind != yaml.ScalarNode:
			return d.errorAt(key, "a key must be a name")
		case first[key.Value] > 0:
			return d.errorAt(key, "key %q stands in line %d already", key.Value, first[key.Value])
		}
		first[key.Value] = key.Line
		value, err := d.value(item, d.at(path, key.Value, key))
		if err != nil {
			return err
		}
		tree[key.Value] = value
	}

	for _, merge := range merges {
		if err := d.merge(merge, path, tree); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the keys of what "<<" names to a section that does not have them itself.
func (d *document) merge(n *yaml.Node, path []string, tree map[string]any) error {
	if err := d.count(n, path); err != nil {
		return err
	}
	switch n.Kind {
	case yaml.AliasNode:
		return d.merge(n.Alias, path, tree)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if err := d.merge(item, path, tree); err != nil {
				return err
			}
		}
		return nil
	case yaml.MappingNode:
	default:
		return d.errorAt(n, "only a section can be merged by <<")
	}

	base := &document{file: d.file, lines: map[string]int{}, nodes: d.nodes}
	value, err := base.value(n, path)
	d.nodes = base.nodes
	if err != nil {
		return err
	}
	for key, v := range value.(map[string]any) {
		if _, own := tree[key]; own {
			continue
		}
		tree[key] = v
		prefix := joined(append(path[:len(path):len(path)], key))
		for at, line := range base.lines {
			if at == prefix || strings.HasPrefix(at, prefix+"\x00") {
				d.lines[at] = line
			}
		}
	}
	return nil
}
