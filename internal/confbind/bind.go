package confbind

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/berth-go/berth/internal/place"
)

// Bind sets the struct that target points to from what a snapshot says about a section, given by its path. A field that nothing
// sets gets its default, or keeps what it has. The snapshot was composed with a schema that has the struct.
func Bind(target reflect.Value, section []string, snap *Snapshot, bound place.Place) []error {
	b := &binder{bound: bound}
	b.bind(target.Elem(), section, snap.At(section...), nil)
	return b.errs
}

type binder struct {
	bound place.Place
	typ   reflect.Type // of the struct at hand
	errs  []error
}

func (b *binder) fail(path []string, source, format string, args ...any) {
	b.errs = append(b.errs, &Error{
		Key: keyOf(path), Source: source, Reason: fmt.Sprintf(format, args...), bound: b.bound, typ: b.typ,
	})
}

// byDefault is where the default of a field stands.
const byDefault = "its default"

// bind sets v from what n says, or if it is nil from its default, if it has one.
func (b *binder) bind(v reflect.Value, path []string, n *Node, def *string) {
	t := v.Type()
	if n != nil && n.Value != nil && reflect.TypeOf(n.Value).AssignableTo(t) {
		v.Set(reflect.ValueOf(n.Value))
		return
	}
	if n == nil && def != nil {
		n = &Node{Value: *def, At: byDefault}
	}

	switch {
	case t.Kind() == reflect.Pointer:
		if n == nil {
			return
		}
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
		}
		b.bind(v.Elem(), path, n, nil)
	case isLeaf(t):
		b.leaf(v, path, n)
	case t.Kind() == reflect.Struct:
		b.structure(v, path, n)
	case t.Kind() == reflect.Map:
		b.mapping(v, path, n)
	default:
		b.list(v, path, n)
	}
}

func (b *binder) structure(v reflect.Value, path []string, n *Node) {
	defer func(outer reflect.Type) { b.typ = outer }(b.typ)
	b.typ = v.Type()
	for _, f := range fieldsOf(v.Type()) {
		var sub *Node
		if n != nil {
			sub = n.Keys[f.key]
		}
		b.bind(v.FieldByIndex(f.index), at(path, f.key), sub, f.def)
	}
}

func (b *binder) mapping(v reflect.Value, path []string, n *Node) {
	if n == nil || len(n.Keys) == 0 {
		return
	}
	all := reflect.MakeMap(v.Type())
	for _, key := range n.sortedKeys() {
		elem := reflect.New(v.Type().Elem()).Elem()
		b.bind(elem, at(path, key), n.Keys[key], nil)
		all.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), elem)
	}
	v.Set(all)
}

// list sets a slice. A text is split at commas.
func (b *binder) list(v reflect.Value, path []string, n *Node) {
	if n == nil {
		return
	}
	items := n.Items
	if items == nil {
		var ok bool
		if items, ok = split(n); !ok {
			b.fail(path, n.At, "must be a list")
			return
		}
	}
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		sub := at(path, "["+strconv.Itoa(i)+"]")
		if item.empty() {
			b.fail(sub, item.At, "has no value")
			continue
		}
		b.bind(v.Index(i), sub, item, nil)
	}
}

// split takes a value for a list: a text, or a Go slice.
func split(n *Node) (items []*Node, ok bool) {
	if text, ok := n.Value.(string); ok {
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				items = append(items, &Node{Value: part, At: n.At})
			}
		}
		return items, true
	}
	v := reflect.ValueOf(n.Value)
	if n.Keys != nil || v.Kind() != reflect.Slice {
		return nil, false
	}
	for i := range v.Len() {
		items = append(items, &Node{Value: v.Index(i).Interface(), At: n.At})
	}
	return items, true
}

// leaf sets a value that is written as one text.
func (b *binder) leaf(v reflect.Value, path []string, n *Node) {
	switch {
	case n == nil:
	case n.Keys != nil:
		b.fail(path, n.At, "must be one value, not a section")
	case n.Items != nil || slices.Contains([]reflect.Kind{reflect.Slice, reflect.Map}, reflect.TypeOf(n.Value).Kind()):
		b.fail(path, n.At, "must be one value, not a list")
	default:
		if reason := parse(v, textOf(n.Value)); reason != "" {
			b.fail(path, n.At, "%s", reason)
		}
	}
}
