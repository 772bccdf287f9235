package confbind_test

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/place"
)

// FuzzBind makes a random struct and random sources of bytes: composing, binding and describing never panic, and no error shows
// a value.
func FuzzBind(f *testing.F) {
	for _, seed := range []string{"", "abc", "\x10\x21\x32\x43\x54\x65\x76\x87\x98\xa9", strings.Repeat("\x0b\x01", 40), strings.Repeat("\x0c\x0d\x02", 40)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := dice(data)
		typ := d.structure(0)
		schema := confbind.NewSchema()
		section := strings.Split([]string{"s", "s.k1", "k0"}[d.roll(3)], ".")
		if errs := schema.Add(section, typ, place.Place{}); len(errs) > 0 {
			check(t, errs)
			return
		}
		var sources []confbind.Source
		for range d.roll(3) + 1 {
			root := confbind.Section("file:1:1")
			root.Keys[section[0]] = d.node(0)
			root.Put(schema.Path("s.k0.k1.x"), &confbind.Node{Value: d.text(), At: "flag"})
			sources = append(sources, confbind.Source{Root: root, Strict: d.roll(2) == 0})
		}
		snap, errs := confbind.Compose(schema, sources)
		check(t, errs)
		check(t, confbind.Bind(reflect.New(typ), section, snap, place.Place{}))
		snap.Lines(schema)
		schema.Lines()
	})
}

func check(t *testing.T, errs []error) {
	t.Helper()
	if text := fmt.Sprintf("%v %+v", errs, errors.Join(errs...)); strings.Contains(text, "S3CRET") {
		t.Errorf("shows a value: %s", text)
	}
}

// A dice gives a byte a throw, and zeroes at the end.
type dice []byte

func (d *dice) roll(n int) int {
	if len(*d) == 0 {
		return 0
	}
	b := int((*d)[0])
	*d = (*d)[1:]
	return b % n
}

var leaves = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[bool](), reflect.TypeFor[int8](), reflect.TypeFor[uint64](), reflect.TypeFor[float32](),
	reflect.TypeFor[time.Duration](), reflect.TypeFor[url.URL](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[*regexp.Regexp](), reflect.TypeFor[time.Time](),
	reflect.TypeFor[chan int](), reflect.TypeFor[any](), reflect.TypeFor[[2]int](), reflect.TypeFor[[]byte](), reflect.TypeFor[panicking](),
}

// panicking panics in its own way of reading a text.
type panicking struct{}

func (*panicking) UnmarshalText(text []byte) error { panic(string(text)) }

func (d *dice) typ(depth int) reflect.Type {
	kind := 0
	if depth < 4 {
		kind = d.roll(6)
	}
	switch kind {
	case 1:
		return reflect.PointerTo(d.typ(depth + 1))
	case 2:
		return reflect.SliceOf(d.typ(depth + 1))
	case 3:
		return reflect.MapOf(reflect.TypeFor[string](), d.typ(depth+1))
	case 4:
		return d.structure(depth + 1)
	}
	return leaves[d.roll(len(leaves))]
}

func (d *dice) structure(depth int) reflect.Type {
	var fields []reflect.StructField
	for i := range d.roll(5) {
		tag := fmt.Sprintf(`key:"k%d"`, i)
		if d.roll(4) == 0 {
			tag += ` default:"1"`
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: d.typ(depth), Tag: reflect.StructTag(tag)})
	}
	return reflect.StructOf(fields)
}

func (d *dice) text() string {
	return []string{"S3CRET", "1", "-1", "true", "1m", "S3CRET,2", "", "http://S3CRET:%zz", "(S3CRET", "1e999", "S3CRET\x00"}[d.roll(11)]
}

func (d *dice) node(depth int) *confbind.Node {
	kind := 0
	if depth < 6 {
		kind = d.roll(4)
	}
	const where = "file:2:3"
	switch kind {
	case 1:
		section := confbind.Section(where)
		for i := range d.roll(5) {
			section.Keys[fmt.Sprintf("k%d", i)] = d.node(depth + 1)
		}
		return section
	case 2:
		var items []*confbind.Node
		for range d.roll(4) {
			items = append(items, d.node(depth+1))
		}
		return confbind.List(where, items)
	}
	if d.roll(3) > 0 {
		return &confbind.Node{Value: d.text(), At: where}
	}
	return &confbind.Node{Value: []any{
		nil, 1, 1.5, true, []string{"S3CRET"}, map[string]int{"S3CRET": 1}, time.Second, struct{ S string }{"S3CRET"}, func() {}, (*int)(nil), url.URL{Host: "S3CRET"},
	}[d.roll(11)], At: where}
}
