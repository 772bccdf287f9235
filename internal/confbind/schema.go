package confbind

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/internal/place"
)

// A Schema is what can be set at a key and below it.
type Schema struct {
	// Keys are those of a section, in the order of declaration. Elem is what the keys of a map, or the items of a list, hold.
	// With neither it is a value.
	Keys []*Schema
	Elem *Schema
	List bool // items, not keys

	Name string // the key; "" for the root and for an Elem
	// Types are those of the fields that are set from here, without pointers: more than one if several structs are bound to
	// a section.
	Types   []reflect.Type
	Default *string
	Doc     string
	// Owner is the struct that has the field, or nil.
	Owner reflect.Type
	// Bound is where the first of them is bound.
	Bound place.Place
}

// NewSchema makes the schema of an application that binds nothing.
func NewSchema() *Schema { return &Schema{Keys: []*Schema{}} }

// Add adds a struct, or a map of structs, that is bound to a section, given by its path. It returns what is wrong with the struct.
func (s *Schema) Add(section []string, t reflect.Type, bound place.Place) []error {
	b := &builder{bound: bound}
	made := b.make(t, &field{path: t.String()})
	if len(b.errs) > 0 {
		return b.errs
	}
	for i, key := range section {
		if s.kind() != "a section" {
			return []error{s.clashes(section[:i], "a section")}
		}
		next := s.key(key)
		if next == nil && i == len(section)-1 {
			made.Name = key
			s.Keys = append(s.Keys, made)
			return nil
		}
		if next == nil {
			next = &Schema{Keys: []*Schema{}, Name: key, Bound: bound}
			s.Keys = append(s.Keys, next)
		}
		s = next
	}
	made.Name = s.Name
	if errs := s.clash(made, section); len(errs) > 0 {
		return errs
	}
	s.join(made)
	return nil
}

// clash reports the keys that are one thing here and another there.
func (s *Schema) clash(other *Schema, path []string) []error {
	if s.kind() != other.kind() {
		return []error{s.clashes(path, other.kind())}
	}
	var errs []error
	for _, k := range other.Keys {
		if mine := s.key(k.Name); mine != nil {
			errs = append(errs, mine.clash(k, at(path, k.Name))...)
		}
	}
	return errs
}

func (s *Schema) clashes(path []string, kind string) error {
	return fmt.Errorf("key %q is %s here, and %s where it is bound at %v", keyOf(path), kind, s.kind(), s.Bound)
}

// kind says in words what stands at the key.
func (s *Schema) kind() string {
	switch {
	case s.List:
		return "a list"
	case s.Elem != nil:
		return "a map"
	case s.Keys != nil:
		return "a section"
	}
	return "a value"
}

// key is the schema of a key, or nil.
func (s *Schema) key(name string) *Schema {
	for _, k := range s.Keys {
		if k.Name == name {
			return k
		}
	}
	if s.Elem != nil && !s.List {
		return s.Elem
	}
	return nil
}

// join adds what another struct has at the same key.
func (s *Schema) join(other *Schema) {
	for _, t := range other.Types {
		if !slices.Contains(s.Types, t) {
			s.Types = append(s.Types, t)
		}
	}
	for _, k := range other.Keys {
		if mine := s.key(k.Name); mine != nil && mine != s.Elem {
			mine.join(k)
			continue
		}
		s.Keys = append(s.Keys, k)
	}
	if s.Elem == nil {
		s.Elem, s.List = other.Elem, other.List
	}
}

// section reports whether it has keys.
func (s *Schema) section() bool { return s.Keys != nil || s.Elem != nil && !s.List }

func (s *Schema) names() []string {
	names := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		names[i] = k.Name
	}
	return names
}

// Path finds the keys that a text with dots means. A key of a map may have dots of its own.
func (s *Schema) Path(dotted string) []string {
	parts := strings.Split(dotted, ".")
	for i := 0; i < len(parts); {
		next := s.key(parts[i])
		if next == nil {
			return parts
		}
		if next == s.Elem { // the key of a map, which ends where one of its elements begins
			end := i + 1
			for end < len(parts) && (!next.section() || next.key(parts[end]) == nil) {
				end++
			}
			if end == len(parts) && next.section() {
				end = i + 1
			}
			name := strings.Join(parts[i:end], ".")
			parts = append(append(parts[:i:i], name), parts[end:]...)
		}
		s = next
		i++
	}
	return parts
}

// A builder makes the schema of a type.
type builder struct {
	bound  place.Place
	inside []reflect.Type
	errs   []error
}

func (b *builder) fail(format string, args ...any) {
	b.errs = append(b.errs, fmt.Errorf(format, args...))
}

// make returns nil if there is something wrong with the type of a field.
func (b *builder) make(t reflect.Type, owner *field) *Schema {
	t = deref(t)
	s := &Schema{Types: []reflect.Type{t}, Bound: b.bound}
	switch {
	case isLeaf(t):
		return s
	case t.Kind() == reflect.Slice:
		s.List = true
		s.Elem = b.make(t.Elem(), owner)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		s.Elem = b.make(t.Elem(), owner)
	case t.Kind() == reflect.Struct:
		return b.structure(t, owner)
	default:
		b.fail(`field %s of type %v cannot be set by a key: give it a type that can, or the tag key:"-"`, owner.path, t)
		return nil
	}
	return s
}

func (b *builder) structure(t reflect.Type, owner *field) *Schema {
	if slices.Contains(b.inside, t) {
		b.fail(`field %s of type %v contains itself: settings have an end; give one of its fields the tag key:"-"`, owner.path, t)
		return nil
	}
	b.inside = append(b.inside, t)
	defer func() { b.inside = b.inside[:len(b.inside)-1] }()

	s := &Schema{Types: []reflect.Type{t}, Keys: []*Schema{}, Bound: b.bound}
	owners := map[string]field{}
	for _, f := range b.fields(t) {
		other, taken := owners[f.key]
		owners[f.key] = f
		switch {
		case f.key == "" || strings.Contains(f.key, "."):
			b.fail("field %s has the key %q: it must not be empty or have dots", f.path, f.key)
			continue
		case taken:
			b.fail("field %s has the key %q of field %s", f.path, f.key, other.path)
			continue
		}
		k := b.make(f.typ, &f)
		if k == nil {
			continue
		}
		if f.def != nil && k.section() {
			b.fail("field %s of type %v cannot have a default", f.path, f.typ)
		}
		k.Name, k.Default, k.Doc, k.Owner = f.key, f.def, f.doc, t
		s.Keys = append(s.Keys, k)
	}
	return s
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer && !isLeaf(t) {
		t = t.Elem()
	}
	return t
}

var (
	typeDuration = reflect.TypeFor[time.Duration]()
	typeURL      = reflect.TypeFor[url.URL]()
	typeTime     = reflect.TypeFor[time.Time]()
	typeRegexp   = reflect.TypeFor[regexp.Regexp]()
	typeLevel    = reflect.TypeFor[zapcore.Level]()
	typeText     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// isLeaf reports whether values of the type are written as one text.
func isLeaf(t reflect.Type) bool {
	if t == typeURL || t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(typeText) {
		return true
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return true
	}
	return false
}

// IsValue reports whether values of the type are written as one text, so that it has no keys.
func IsValue(t reflect.Type) bool { return isLeaf(t) }

// Put sets a key of a section from a source that is not strict, where several things may stand under one name, in capitals: what
// the schema does not know, or knows as a section, says nothing. Keys of a map that are not all in capitals stay as they are.
func (s *Schema) Put(root *Node, path []string, value *Node) {
	known := make([]string, len(path))
	for i, key := range path {
		known[i] = strings.ToLower(key)
		next := s.key(known[i])
		if next == nil {
			return
		}
		if next == s.Elem && key != strings.ToUpper(key) {
			known[i] = key
		}
		s = next
	}
	if !s.section() {
		root.Put(known, value)
	}
}
