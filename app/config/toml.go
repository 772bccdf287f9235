package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/berth-go/berth/internal/confbind"
)

// parseTOML has the library read the values, and its parser say where their keys stand.
func parseTOML(file string, text []byte) (*confbind.Node, error) {
	d := &tomlReader{sourceText: newSourceText(file, text), places: map[string]int{}, floats: map[string]string{}, tables: map[string]int{}}
	var values map[string]any
	if err := toml.Unmarshal(text, &values); err != nil {
		return nil, d.malformed(err)
	}
	d.find()
	root := confbind.Section(d.at(0))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		n, err := d.node(values[key], []string{key})
		if err != nil {
			return nil, err
		}
		root.Keys[key] = n
	}
	return root, nil
}

type tomlReader struct {
	*sourceText
	places map[string]int    // of keys, by their paths
	floats map[string]string // as they are written: 1.10 may be a version
	tables map[string]int    // how many each array of tables has
}

// found matches what the library quotes of the text: a character, or what follows a colon.
var found = regexp.MustCompile(`(?s)( but got|:)? ?U\+[0-9A-F]+( '.*?')?| float:.*`)

func (d *tomlReader) malformed(err error) error {
	message := strings.TrimPrefix(found.ReplaceAllString(err.Error(), ""), "toml: ")
	message = strings.Replace(message, "at start of value", "at start of value; texts must be quoted", 1)
	if wrong := (*toml.DecodeError)(nil); errors.As(err, &wrong) {
		line, column := wrong.Position()
		return fmt.Errorf("%s:%d:%d: %s", d.file, line, column, message)
	}
	return fmt.Errorf("%s: %s", d.file, message)
}

// find notes where keys stand.
func (d *tomlReader) find() {
	var p unstable.Parser
	p.Reset(d.text)
	var table []string
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table:
			table = d.keys(e.Key(), nil)
		case unstable.ArrayTable:
			table = d.keys(e.Key(), nil)
			name := joined(table)
			table = below(table, fmt.Sprintf("[%d]", d.tables[name]))
			d.places[joined(table)] = d.places[name]
			d.tables[name]++
		case unstable.KeyValue:
			d.pair(e, table)
		}
	}
}

// keys notes the keys of a path, and returns the whole path.
func (d *tomlReader) keys(it unstable.Iterator, path []string) []string {
	for it.Next() {
		key := it.Node()
		path = below(path, string(key.Data))
		if _, known := d.places[joined(path)]; !known {
			d.places[joined(path)] = int(key.Raw.Offset)
		}
		if n := d.tables[joined(path)]; n > 0 && !it.IsLast() { // a table in the last of an array
			path = below(path, fmt.Sprintf("[%d]", n-1))
		}
	}
	return path
}

func (d *tomlReader) pair(e *unstable.Node, table []string) {
	d.value(e.Value(), d.keys(e.Key(), table))
}

func (d *tomlReader) value(v *unstable.Node, path []string) {
	switch v.Kind {
	case unstable.Float:
		d.floats[joined(path)] = strings.ReplaceAll(string(v.Data), "_", "")
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			d.pair(it.Node(), path)
		}
	case unstable.Array:
		n := 0
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			item := below(path, fmt.Sprintf("[%d]", n))
			if raw := it.Node().Raw; raw.Length > 0 {
				d.places[joined(item)] = int(raw.Offset)
			}
			d.value(it.Node(), item)
			n++
		}
	}
}

// place is that of a key, or of the nearest above it.
func (d *tomlReader) place(path []string) string {
	for n := len(path); n > 0; n-- {
		if offset, ok := d.places[joined(path[:n])]; ok {
			return d.at(offset)
		}
	}
	return d.file
}

func (d *tomlReader) node(value any, path []string) (*confbind.Node, error) {
	at := d.place(path)
	if len(path) > mostDepth {
		return nil, fmt.Errorf("%s: the value lies more than %d levels deep", at, mostDepth)
	}
	switch value := value.(type) {
	case map[string]any:
		section := confbind.Section(at)
		for key, v := range value {
			n, err := d.node(v, below(path, key))
			if err != nil {
				return nil, err
			}
			section.Keys[key] = n
		}
		return section, nil
	case []any:
		items := make([]*confbind.Node, len(value))
		for i, v := range value {
			var err error
			if items[i], err = d.node(v, below(path, fmt.Sprintf("[%d]", i))); err != nil {
				return nil, err
			}
		}
		return confbind.List(at, items), nil
	case float64:
		if text, ok := d.floats[joined(path)]; ok {
			return &confbind.Node{Value: text, At: at}, nil
		}
	}
	return &confbind.Node{Value: value, At: at}, nil
}
