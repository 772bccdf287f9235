package confbind

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// A field is one that a key sets, also one of an embedded struct.
type field struct {
	path  string // as errors show it: "grace.Settings.CheckInterval"
	key   string
	typ   reflect.Type
	index []int
	def   *string
	doc   string
}

// fields lists the fields of a struct by their keys: the tag `key`, or the field's name in snake_case. Those with key "-" are
// not set. An embedded struct without a key lends its fields.
func fieldsOf(t reflect.Type) []field { return new(builder).fields(t) }

// fields also reports those that no key can set, though nobody says so.
func (b *builder) fields(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		key, tagged := sf.Tag.Lookup("key")
		if key == "-" || sf.Name == "_" {
			continue
		}
		if sf.Anonymous && !tagged && sf.Type.Kind() == reflect.Struct && !isLeaf(sf.Type) {
			for _, f := range b.fields(sf.Type) {
				f.index = append([]int{i}, f.index...)
				fields = append(fields, f)
			}
			continue
		}
		f := field{path: fmt.Sprintf("%v.%s", t, sf.Name), key: key, typ: sf.Type, index: []int{i}, doc: sf.Tag.Get("doc")}
		if !sf.IsExported() {
			b.fail(`field %s is not exported, so that no key can set it: export it, or give it the tag key:"-"`, f.path)
			continue
		}
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
