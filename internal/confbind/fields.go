package confbind

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// A field is one that a key sets, also one of an embedded struct.
type field struct {
	name  string
	key   string
	index []int
	def   *string
}

// fieldsOf lists the fields of a struct by their keys: the tag `key`, or the field's name in snake_case. Unexported fields
// and those with key "-" are not set. An embedded struct without a key lends its fields.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		key, tagged := sf.Tag.Lookup("key")
		if key == "-" {
			continue
		}
		if sf.Anonymous && !tagged && sf.Type.Kind() == reflect.Struct && !isLeaf(sf.Type) {
			for _, f := range fieldsOf(sf.Type) {
				f.index = append([]int{i}, f.index...)
				fields = append(fields, f)
			}
			continue
		}
		if !sf.IsExported() {
			continue
		}
		f := field{name: sf.Name, key: key, index: []int{i}}
		if !tagged {
			f.key = snake(sf.Name)
		}
		if def, ok := sf.Tag.Lookup("default"); ok {
			f.def = &def
		}
		fields = append(fields, f)
	}
	return fields
}

// snake writes a Go name as a key: CheckInterval is check_interval, DBPath is db_path.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) {
			beforeLower := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if !unicode.IsUpper(runes[i-1]) || beforeLower {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// checkType reports fields that no key can set, tags without an effect and keys that two fields share.
func checkType(t reflect.Type) []error {
	c := checker{seen: map[reflect.Type]bool{}}
	c.check(t, t.String())
	return c.errs
}

type checker struct {
	seen map[reflect.Type]bool
	errs []error
}

func (c *checker) check(t reflect.Type, name string) {
	switch {
	case isLeaf(t):
	case t.Kind() == reflect.Pointer, t.Kind() == reflect.Slice:
		c.check(t.Elem(), name)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		c.check(t.Elem(), name)
	case t.Kind() == reflect.Struct:
		c.structure(t)
	default:
		c.errs = append(c.errs, fmt.Errorf(`field %s of type %v cannot be set by a key: give it a type that can, or the tag key:"-"`, name, t))
	}
}

func (c *checker) structure(t reflect.Type) {
	if c.seen[t] {
		return
	}
	c.seen[t] = true
	for i := range t.NumField() {
		sf := t.Field(i)
		_, key := sf.Tag.Lookup("key")
		_, def := sf.Tag.Lookup("default")
		if !sf.IsExported() && !sf.Anonymous && (key || def) {
			c.errs = append(c.errs, fmt.Errorf("field %v.%s has a tag but is not exported", t, sf.Name))
		}
	}
	owners := map[string]string{}
	for _, f := range fieldsOf(t) {
		sf := t.FieldByIndex(f.index)
		name := fmt.Sprintf("%v.%s", t, f.name)
		switch other, taken := owners[f.key]; {
		case f.key == "" || strings.Contains(f.key, "."):
			c.errs = append(c.errs, fmt.Errorf("field %s has the key %q: it must not be empty or have dots", name, f.key))
		case taken:
			c.errs = append(c.errs, fmt.Errorf("field %s has the key %q of field %v.%s", name, f.key, t, other))
		}
		owners[f.key] = f.name
		if inner := deref(sf.Type); f.def != nil && !isLeaf(inner) && inner.Kind() != reflect.Slice {
			c.errs = append(c.errs, fmt.Errorf("field %s of type %v cannot have a default", name, sf.Type))
		}
		c.check(sf.Type, name)
	}
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
