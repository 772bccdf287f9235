package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/berth-go/berth/internal/confbind"
)

// parseJSON reads JSON by its tokens, for their places, and since encoding/json takes the last of two equal keys.
func parseJSON(file string, text []byte) (*confbind.Node, error) {
	d := &jsonReader{sourceText: newSourceText(file, text), dec: json.NewDecoder(bytes.NewReader(text))}
	d.dec.UseNumber()
	begin := d.begin()
	if begin == len(text) {
		return nil, nil
	}
	root, err := d.node(d.at(begin), 0)
	if err != nil {
		return nil, err
	}
	if root.Keys == nil && root.Items == nil && root.Value == nil {
		return nil, nil
	}
	if root.Keys == nil {
		return nil, d.errorAt(begin, "the file must be a section with keys")
	}
	if end := d.begin(); end < len(text) {
		return nil, d.errorAt(end, "there is more behind the end of the section")
	}
	return root, nil
}

type jsonReader struct {
	*sourceText
	dec *json.Decoder
}

// begin is where the next token begins.
func (d *jsonReader) begin() int {
	offset := int(d.dec.InputOffset())
	for offset < len(d.text) && bytes.IndexByte([]byte(" \t\r\n,:"), d.text[offset]) >= 0 {
		offset++
	}
	return offset
}

func (d *jsonReader) token() (json.Token, error) {
	begin := d.begin()
	token, err := d.dec.Token()
	if err == nil {
		return token, nil
	}
	if wrong := (*json.SyntaxError)(nil); errors.As(err, &wrong) { // its text quotes what it has found
		return nil, d.errorAt(max(begin, int(wrong.Offset)-1), "this is no JSON")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, d.errorAt(len(d.text), "the file ends too early")
	}
	return nil, d.errorAt(begin, "this is no JSON")
}

// node reads the next value, of the key at the given place.
func (d *jsonReader) node(at string, depth int) (*confbind.Node, error) {
	if depth > mostDepth {
		return nil, d.errorAt(d.begin(), "the value lies more than %d levels deep", mostDepth)
	}
	token, err := d.token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return d.list(at, depth)
		}
		return d.section(at, depth)
	case json.Number:
		return &confbind.Node{Value: token.String(), At: at}, nil
	case bool:
		return &confbind.Node{Value: token, At: at}, nil
	case string:
		return &confbind.Node{Value: token, At: at}, nil
	}
	return &confbind.Node{At: at}, nil
}

func (d *jsonReader) list(at string, depth int) (*confbind.Node, error) {
	var items []*confbind.Node
	for d.dec.More() {
		item, err := d.node(d.at(d.begin()), depth+1)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := d.token()
	return confbind.List(at, items), err
}

func (d *jsonReader) section(at string, depth int) (*confbind.Node, error) {
	section := confbind.Section(at)
	for d.dec.More() {
		begin := d.begin()
		token, err := d.token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, d.errorAt(begin, "a key must be a text")
		}
		if first := section.Keys[key]; first != nil {
			return nil, d.errorAt(begin, "key %q stands at %s already", key, first.At)
		}
		if section.Keys[key], err = d.node(d.at(begin), depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.token()
	return section, err
}
