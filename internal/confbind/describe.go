package confbind

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Reason is an error of an UnmarshalText that says what is wanted, and does not quote the text: "must be even".
type Reason string

func (r Reason) Error() string { return string(r) }

// A Line is one key of a configuration.
type Line struct {
	Key   string
	Type  string // in words; "" for what is no single value
	Value string // masked; of a Schema its default
	Set   bool
	Doc   string
	At    string // where it is set; "default" if it is not
}

// Lines are the keys that there are, in the order of their names within their sections. KEY stands for any key of a map, [] for any
// item of a list.
func (s *Schema) Lines() []Line {
	var lines []Line
	s.walk(nil, func(path []string, k *Schema) {
		l := Line{Key: keyOf(path), Type: k.words(), Doc: k.Doc}
		if k.Default != nil {
			l.Value, l.Set = k.show(path, *k.Default), true
		}
		lines = append(lines, l)
	})
	return lines
}

// walk calls fn with all values, and with the lists and maps of values.
func (s *Schema) walk(path []string, fn func([]string, *Schema)) {
	switch {
	case s.List && s.Elem.section():
		s.Elem.walk(at(path, "[]"), fn)
	case s.Elem != nil && !s.List:
		s.Elem.walk(at(path, "KEY"), fn)
	case s.Keys == nil:
		fn(path, s)
	default:
		for _, k := range s.Keys {
			k.walk(at(path, k.Name), fn)
		}
	}
}

// Lines are the keys that are set, or have a default.
func (snap *Snapshot) Lines(s *Schema) []Line {
	d := describer{}
	d.lines(snap.Root, s, nil)
	return d.all
}

type describer struct{ all []Line }

func (d *describer) lines(n *Node, s *Schema, path []string) {
	switch {
	case n != nil && n.Keys == nil && n.Value != nil && s.section():
		d.add(path, "(a value of the program)", n.At)
	case s.section():
		for _, k := range s.Keys {
			var sub *Node
			if n != nil {
				sub = n.Keys[k.Name]
			}
			d.lines(sub, k, at(path, k.Name))
		}
		d.entries(n, s, path)
	case n != nil && n.Items != nil && s.List && s.Elem.section():
		for i, item := range n.Items {
			d.lines(item, s.Elem, at(path, fmt.Sprintf("[%d]", i)))
		}
	case n != nil && n.Items != nil && s.List:
		items := make([]string, len(n.Items))
		for i, item := range n.Items {
			items[i] = s.Elem.show(path, item.Value)
		}
		d.add(path, "["+strings.Join(items, ", ")+"]", n.At)
	case n != nil:
		d.add(path, s.show(path, n.Value), n.At)
	case s.Default != nil:
		d.add(path, s.show(path, *s.Default), "default")
	default:
		d.all = append(d.all, Line{Key: keyOf(path), At: "default"})
	}
}

// entries are the keys of a map.
func (d *describer) entries(n *Node, s *Schema, path []string) {
	if n == nil || s.Elem == nil {
		return
	}
	for _, key := range n.sortedKeys() {
		if !slices.Contains(s.names(), key) {
			d.lines(n.Keys[key], s.Elem, at(path, key))
		}
	}
}

func (d *describer) add(path []string, value, at string) {
	d.all = append(d.all, Line{Key: keyOf(path), Value: value, Set: true, At: at})
}

const mask = "[secret]"

// secretName matches keys whose values are masked, whatever their types.
var secretName = regexp.MustCompile(`(?i)(^|[_.-])(pass(word|wd|phrase|code)?|pwd|secrets?|tokens?|credentials?|(api|access|private|secret|signing|encryption)[_-]?keys?)$`)

// show is a value as people may see it.
func (s *Schema) show(path []string, value any) string {
	for len(path) > 0 && strings.HasPrefix(path[len(path)-1], "[") {
		path = path[:len(path)-1]
	}
	if len(path) > 0 && secretName.MatchString(path[len(path)-1]) {
		return mask
	}
	leaf := s
	if s.List {
		leaf = s.Elem
	}
	for _, t := range leaf.Types {
		if isSecret(t) {
			return mask
		}
	}
	if value == nil {
		return ""
	}
	if len(leaf.Types) == 0 || !isLeaf(leaf.Types[0]) {
		return "(set)"
	}
	v := reflect.New(leaf.Types[0])
	text := textOf(value)
	switch _, own := v.Interface().(encoding.TextUnmarshaler); {
	case s.List: // a text with commas, or a slice
		return redact(text)
	case parse(v.Elem(), text) != "":
		return "(invalid)"
	case own:
		return said(v)
	}
	return redact(text)
}

// said is what a value with a text of its own says of itself.
func said(v reflect.Value) string {
	for _, v := range []any{v.Interface(), v.Elem().Interface()} {
		switch v := v.(type) {
		case fmt.Formatter:
			return quoted(fmt.Sprint(v))
		case fmt.Stringer:
			return quoted(v.String())
		case encoding.TextMarshaler:
			if text, err := v.MarshalText(); err == nil {
				return quoted(string(text))
			}
		}
	}
	return "(set)"
}

// credentials match the user's part of an URL inside a text.
var credentials = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)([^\s/@]*(?:@[^\s/@]*)*)@`)

// redact masks the passwords of URLs in a text, and of what looks like key=value pairs with a password.
func redact(text string) string {
	text = credentials.ReplaceAllStringFunc(text, func(found string) string {
		scheme, user, _ := strings.Cut(strings.TrimSuffix(found, "@"), "://")
		name, _, hasPassword := strings.Cut(user, ":")
		if !hasPassword {
			return found
		}
		return scheme + "://" + name + ":" + mask + "@"
	})
	if u, err := url.Parse(text); err == nil && u.User != nil {
		if _, has := u.User.Password(); has && !strings.Contains(text, mask) {
			text = u.Redacted()
		}
	}
	text = pairs.ReplaceAllString(text, "${1}"+mask)
	return quoted(text)
}

// pairs match passwords as drivers of databases take them, and in queries of URLs.
var pairs = regexp.MustCompile(`(?i)((?:password|passwd|pwd|secret|token)=)[^\s;&]+`)

// quoted is a text on one line.
func quoted(text string) string {
	if text == "" || strings.TrimSpace(text) != text || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// isSecret reports whether a type gives out its text by Reveal only.
func isSecret(t reflect.Type) bool {
	return t.Implements(typeSecret) || reflect.PointerTo(t).Implements(typeSecret)
}

var typeSecret = reflect.TypeFor[interface{ Reveal() string }]()

// Has reports whether a path leads to a key.
func (s *Schema) Has(path []string) bool {
	for _, key := range path {
		if s = s.key(key); s == nil {
			return false
		}
	}
	return true
}

// Bool reports whether a path leads to a value that is true or false.
func (s *Schema) Bool(path []string) bool {
	for _, key := range path {
		if s = s.key(key); s == nil {
			return false
		}
	}
	return s.Keys == nil && s.Elem == nil && len(s.Types) > 0 && s.Types[0].Kind() == reflect.Bool
}

// words names a type for who sets a key.
func (s *Schema) words() string {
	if s.List {
		return "list of " + s.Elem.words()
	}
	if len(s.Types) == 0 {
		return "value"
	}
	t := s.Types[0]
	switch {
	case isSecret(t):
		return "secret"
	case t == typeDuration:
		return "duration"
	case t == typeURL:
		return "URL"
	}
	if reflect.PointerTo(t).Implements(typeText) {
		return strings.ToLower(t.Name())
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "number"
	}
	return "whole number"
}
