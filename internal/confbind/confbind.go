// Package confbind sets the fields of a struct from layers of configuration: what a file, the environment
// and the like say, the later hiding the earlier, with the defaults of the struct below them all.
//
// It reports all that is wrong, by key and source, and never prints a value: what stands in a configuration may be
// a secret, and be it because somebody put it under the wrong key.
package confbind

import (
	"encoding"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Layer is what one source says.
type Layer struct {
	// Tree is nested maps. Its leaves are lists, texts and other Go values; nil is as if the key were absent.
	Tree map[string]any
	// Strict makes keys that nothing takes, and values in places of sections, errors.
	Strict bool
	// Place says where a key stands: "berth.yaml:12", "$ORDERS_GRACE__PERIOD".
	Place func(path []string) string
}

// An Error is one thing that is wrong with a configuration. It never contains a value.
type Error struct {
	Key    string // the key with its section: "grace.check_interval"
	Source string // where it stands: "berth.yaml:12", "$ORDERS_GRACE__PERIOD"
	Reason string // "must be true or false"
}

func (e *Error) Error() string {
	return fmt.Sprintf("key %q in %s %s", e.Key, e.Source, e.Reason)
}

// Bind sets the struct that target points to from what the layers say about a section. Sections that are bound
// elsewhere, with dots between their parts, are not unknown keys here.
func Bind(target any, section string, layers []Layer, elsewhere []string) []error {
	v := reflect.ValueOf(target).Elem()
	if v.Kind() != reflect.Struct || isLeaf(v.Type()) {
		return []error{fmt.Errorf("type %v cannot be bound to a section: it is not a struct", v.Type())}
	}
	if errs := checkType(v.Type()); len(errs) > 0 {
		return errs
	}

	path := strings.Split(section, ".")
	b := &binder{elsewhere: elsewhere}
	said := make([]saying, 0, len(layers))
	for i := range layers {
		said = append(said, saying{&layers[i], layers[i].Tree})
	}
	for _, key := range path {
		said = below(said, key)
	}
	b.bind(v, path, said, nil)
	return b.errs
}

// A saying is what one layer says about the key at hand.
type saying struct {
	layer *Layer
	value any // not nil
}

type binder struct {
	elsewhere []string
	errs      []error
}

func (b *binder) fail(path []string, source, format string, args ...any) {
	b.errs = append(b.errs, &Error{Key: keyOf(path), Source: source, Reason: fmt.Sprintf(format, args...)})
}

// below is what is said about a key of a section.
func below(said []saying, key string) []saying {
	var sub []saying
	for _, s := range said {
		if tree, ok := s.value.(map[string]any); ok && tree[key] != nil {
			sub = append(sub, saying{s.layer, tree[key]})
		}
	}
	return sub
}

// sections keeps what is said as a section. Anything else there is wrong in a strict layer, and else not meant for us.
func (b *binder) sections(said []saying, path []string) []saying {
	var kept []saying
	for _, s := range said {
		if _, ok := s.value.(map[string]any); ok {
			kept = append(kept, s)
			continue
		}
		if s.layer.Strict {
			b.fail(path, s.layer.Place(path), "must be a section with keys of its own")
		}
	}
	return kept
}

// bind sets v; def is its default as text, if it has one.
func (b *binder) bind(v reflect.Value, path []string, said []saying, def *string) {
	t := v.Type()
	if n := len(said); n > 0 && reflect.TypeOf(said[n-1].value).AssignableTo(t) {
		v.Set(reflect.ValueOf(said[n-1].value))
		return
	}

	switch {
	case t.Kind() == reflect.Pointer:
		if len(said) == 0 && def == nil {
			return
		}
		v.Set(reflect.New(t.Elem()))
		b.bind(v.Elem(), path, said, def)
	case isLeaf(t):
		b.leaf(v, path, said, def)
	case t.Kind() == reflect.Struct:
		b.structure(v, path, b.sections(said, path))
	case t.Kind() == reflect.Map:
		b.mapping(v, path, b.sections(said, path))
	default:
		b.list(v, path, said, def)
	}
}

func (b *binder) structure(v reflect.Value, path []string, said []saying) {
	fields := fieldsOf(v.Type())
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
		sub := at(path, f.key)
		b.bind(v.FieldByIndex(f.index), sub, below(said, f.key), f.def)
	}
	for _, s := range said {
		if s.layer.Strict {
			b.unknown(s, path, known)
		}
	}
}

func (b *binder) mapping(v reflect.Value, path []string, said []saying) {
	var keys []string
	for _, s := range said {
		for key, value := range s.value.(map[string]any) {
			if value != nil && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	if len(keys) == 0 {
		return
	}
	slices.Sort(keys)
	v.Set(reflect.MakeMap(v.Type()))
	for _, key := range keys {
		elem := reflect.New(v.Type().Elem()).Elem()
		b.bind(elem, at(path, key), below(said, key), nil)
		v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), elem)
	}
}

// list sets a slice from the last layer that has it: lists are replaced whole. A text is split at commas.
func (b *binder) list(v reflect.Value, path []string, said []saying, def *string) {
	var elems []any
	layer := &Layer{Place: func([]string) string { return "its default" }}
	switch {
	case len(said) > 0:
		last := said[len(said)-1]
		layer = last.layer
		switch value := last.value.(type) {
		case []any:
			elems = value
		case string:
			elems = split(value)
		default:
			if rv := reflect.ValueOf(value); rv.Kind() == reflect.Slice {
				for i := range rv.Len() {
					elems = append(elems, rv.Index(i).Interface())
				}
				break
			}
			b.fail(path, layer.Place(path), "must be a list")
			return
		}
	case def != nil:
		elems = split(*def)
	default:
		return
	}

	v.Set(reflect.MakeSlice(v.Type(), len(elems), len(elems)))
	for i, elem := range elems {
		sub := at(path, "["+strconv.Itoa(i)+"]")
		if elem == nil {
			b.fail(sub, layer.Place(sub), "has no value")
			continue
		}
		b.bind(v.Index(i), sub, []saying{{layer, elem}}, nil)
	}
}

func split(text string) []any {
	var elems []any
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			elems = append(elems, part)
		}
	}
	return elems
}

// leaf sets a value that is written as one text.
func (b *binder) leaf(v reflect.Value, path []string, said []saying, def *string) {
	if len(said) == 0 {
		if def == nil {
			return
		}
		if reason := parse(v, *def); reason != "" {
			b.fail(path, "its default", "%s", reason)
		}
		return
	}
	last := said[len(said)-1]
	var reason string
	switch value := last.value.(type) {
	case map[string]any:
		reason = "must be one value, not a section"
	case []any:
		reason = "must be one value, not a list"
	default:
		reason = parse(v, textOf(value))
	}
	if reason != "" {
		b.fail(path, last.layer.Place(path), "%s", reason)
	}
}

// textOf is a leaf of a tree as one would write it.
func textOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case encoding.TextMarshaler:
		if text, err := value.MarshalText(); err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(value)
}

var (
	typeDuration = reflect.TypeFor[time.Duration]()
	typeURL      = reflect.TypeFor[url.URL]()
	typeText     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// isLeaf reports whether values of the type are written as one text.
func isLeaf(t reflect.Type) bool {
	if t == typeURL || reflect.PointerTo(t).Implements(typeText) {
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

// parse sets a leaf from its text and returns what is wrong with the text, without the text.
func parse(v reflect.Value, text string) (reason string) {
	t := v.Type()
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if u.UnmarshalText([]byte(text)) != nil {
			return fmt.Sprintf("is no valid %v", t)
		}
		return ""
	}
	switch t {
	case typeDuration:
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return `must be a duration such as "1m30s", not negative`
		}
		v.SetInt(int64(d))
		return ""
	case typeURL:
		u, err := url.Parse(text)
		if err != nil {
			return "is no valid URL"
		}
		v.Set(reflect.ValueOf(*u))
		return ""
	}

	var err error
	switch t.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		var on bool
		if on, err = strconv.ParseBool(text); err != nil {
			return "must be true or false"
		}
		v.SetBool(on)
	case reflect.Float32, reflect.Float64:
		var f float64
		if f, err = strconv.ParseFloat(text, t.Bits()); err != nil {
			return "must be a number"
		}
		v.SetFloat(f)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		var n uint64
		if n, err = strconv.ParseUint(text, 10, t.Bits()); err != nil {
			return fmt.Sprintf("must be a whole number from 0 to %d", uint64(1)<<(t.Bits()-1)<<1-1)
		}
		v.SetUint(n)
	default:
		var n int64
		if n, err = strconv.ParseInt(text, 10, t.Bits()); err != nil {
			most := int64(1)<<(t.Bits()-1) - 1
			return fmt.Sprintf("must be a whole number from %d to %d", -most-1, most)
		}
		v.SetInt(n)
	}
	return ""
}

// at is the path of a key below path, never sharing memory with its siblings.
func at(path []string, key string) []string {
	return append(path[:len(path):len(path)], key)
}

// keyOf joins a path as people write it: "servers[0].name".
func keyOf(path []string) string {
	return strings.ReplaceAll(strings.Join(path, "."), ".[", "[")
}
