package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/berth-go/berth/internal/confbind"
)

// mostNodes is what aliases may expand to.
const mostNodes = 100_000

// parseYAML keeps values as they are written, since only the field knows whether 1.10 is a number or a version.
func parseYAML(file string, text []byte) (*confbind.Node, error) {
	d := &document{file: file, text: text}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var root yaml.Node
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, d.malformed(err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		return nil, fmt.Errorf("%s:%d:%d: the file has more than one document", file, max(second.Line, 1), max(second.Column, 1))
	} else if !errors.Is(err, io.EOF) {
		return nil, d.malformed(err)
	}

	n, err := d.node(root.Content[0], root.Content[0], 0)
	switch {
	case err != nil:
		return nil, err
	case n.Keys == nil && (n.Items != nil || n.Value != nil):
		return nil, d.errorAt(root.Content[0], "the file must be a section with keys")
	case n.Keys == nil:
		return nil, nil
	}
	return n, nil
}

// A document is a file of YAML that is being read.
type document struct {
	file  string
	text  []byte
	nodes int
}

func (d *document) at(n *yaml.Node) string {
	return fmt.Sprintf("%s:%d:%d", d.file, n.Line, n.Column)
}

func (d *document) errorAt(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s: %s", d.at(n), fmt.Sprintf(format, args...))
}

// unclear are messages of the parser that do not say what to do, or quote what may be a password that begins with a star.
var unclear = []struct{ prefix, first, instead string }{
	{"unknown anchor", "", "a text that begins with * must be quoted; else the star names an anchor above, and there is none of that name"},
	{"found character that cannot start", "\t", "a tab stands where YAML wants spaces"},
	{"found character that cannot start", "", "a text that begins with @, % or ` must be quoted"},
}

// malformed is what the parser says, without values, behind the place.
func (d *document) malformed(err error) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %s", d.file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	message := e.Message
	for _, u := range unclear {
		if strings.HasPrefix(message, u.prefix) && strings.HasPrefix(string(d.text[min(max(e.Mark.Index, 0), len(d.text)):]), u.first) {
			message = u.instead
			break
		}
	}
	switch {
	case e.Mark.Line > 0 && e.Mark.Column > 0:
		return fmt.Errorf("%s:%d:%d: %s", d.file, e.Mark.Line, e.Mark.Column, message)
	case e.Mark.Line > 0:
		return fmt.Errorf("%s:%d: %s", d.file, e.Mark.Line, message)
	}
	return fmt.Errorf("%s: %s", d.file, message)
}

// node reads n, which stands behind key or is an item of a list itself.
func (d *document) node(n, key *yaml.Node, depth int) (*confbind.Node, error) {
	if d.nodes++; d.nodes > mostNodes {
		return nil, d.errorAt(n, "the file has more than %d values", mostNodes)
	}
	if depth > mostDepth {
		return nil, d.errorAt(n, "the value lies more than %d levels deep", mostDepth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return d.node(n.Alias, key, depth+1)
	case yaml.MappingNode:
		section := confbind.Section(d.at(key))
		return section, d.mapping(n, section, depth)
	case yaml.SequenceNode:
		items := make([]*confbind.Node, len(n.Content))
		for i, item := range n.Content {
			var err error
			if items[i], err = d.node(item, item, depth+1); err != nil {
				return nil, err
			}
		}
		return confbind.List(d.at(key), items), nil
	}
	return d.scalar(n, key)
}

// scalar reads one text. What looks like a sign of YAML at its beginning may have been meant as a part of it.
func (d *document) scalar(n, key *yaml.Node) (*confbind.Node, error) {
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch {
	case n.Tag != "" && !strings.HasPrefix(n.Tag, "!!"):
		return nil, d.errorAt(n, "the tag is unknown; a text that begins with ! must be quoted")
	case n.Anchor != "" && n.Value == "" && !quoted:
		return nil, d.errorAt(n, "the anchor has no value; a text that begins with & must be quoted")
	case n.Tag == "!!null":
		return &confbind.Node{At: d.at(key)}, nil
	}
	return &confbind.Node{Value: n.Value, At: d.at(key)}, nil
}

func (d *document) mapping(n *yaml.Node, section *confbind.Node, depth int) error {
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
		sub, err := d.node(item, key, depth+1)
		if err != nil {
			return err
		}
		section.Keys[key.Value] = sub
	}
	for _, merge := range merges {
		if err := d.merge(merge, section, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// merge adds the keys of what "<<" names to a section that does not have them itself.
func (d *document) merge(n *yaml.Node, section *confbind.Node, depth int) error {
	if n.Kind == yaml.SequenceNode && depth <= mostDepth {
		for _, item := range n.Content {
			if err := d.merge(item, section, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	base, err := d.node(n, n, depth)
	if err != nil {
		return err
	}
	if base.Keys == nil {
		return d.errorAt(n, "only a section can be merged by <<")
	}
	for key, v := range base.Keys {
		if section.Keys[key] == nil {
			section.Keys[key] = v
		}
	}
	return nil
}
