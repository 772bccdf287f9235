package confbind_test

import (
	"errors"
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

type tree = map[string]any

// A layer is what one source says about the section "s".
type layer struct {
	tree tree
	env  bool
}

func file(t tree) layer { return layer{tree: tree{"s": t}} }
func env(t tree) layer  { return layer{tree: tree{"s": t}, env: true} }

// source is a layer as it would have been read.
func (l layer) source() confbind.Source {
	return confbind.Source{Root: l.node(nil, l.tree), Strict: !l.env}
}

func (l layer) node(path []string, value any) *confbind.Node {
	where := "berth.yaml:1"
	if l.env {
		where = "$" + strings.Join(path, "__")
	}
	switch value := value.(type) {
	case tree:
		section := confbind.Section(where)
		for key, v := range value {
			section.Keys[key] = l.node(append(path[:len(path):len(path)], key), v)
		}
		return section
	case []any:
		var items []*confbind.Node
		for _, v := range value {
			items = append(items, l.node(path, v))
		}
		return confbind.List(where, items)
	}
	return &confbind.Node{Value: value, At: where}
}

// bind does with one struct what an application does with all.
func bind(target any, section string, layers ...layer) error {
	path := strings.Split(section, ".")
	v := reflect.ValueOf(target)
	schema := confbind.NewSchema()
	if errs := schema.Add(path, v.Type().Elem(), place.Place{}); len(errs) > 0 {
		return errors.Join(errs...)
	}
	sources := make([]confbind.Source, len(layers))
	for i, l := range layers {
		sources[i] = l.source()
	}
	snap, errs := confbind.Compose(schema, sources)
	return errors.Join(append(errs, confbind.Bind(v, path, snap, place.Place{})...)...)
}

type level string

type inner struct {
	Name string `default:"none"`
	Port uint16
}

type common struct{ Verbose bool }

type all struct {
	common
	CheckInterval time.Duration `default:"10s"`
	DBPath        string        `key:"database"`
	HTTPAddr2     string
	Level         level
	On            bool
	Small         int8
	Ratio         float64
	Names         []string `default:"a, b"`
	Ports         []int
	Inner         inner
	Pointer       *inner
	Count         *int `default:"3"`
	Many          []inner
	ByName        map[string]inner
	Labels        map[level]string
	Addr          netip.Addr
	Link          url.URL
	Pattern       *regexp.Regexp
	Ignored       func() `key:"-"`
	unexported    int    `key:"-"`
}

func TestBindSetsEveryKindOfField(t *testing.T) {
	var got all
	err := bind(&got, "s", file(tree{
		"verbose":        "true",
		"check_interval": "1m",
		"database":       "./data",
		"http_addr2":     "127.0.0.1:0",
		"level":          "debug",
		"on":             true,
		"small":          -128,
		"ratio":          0.25,
		"names":          []any{"x"},
		"ports":          []any{"1", 2},
		"inner":          tree{"port": "80"},
		"pointer":        tree{"name": "p"},
		"many":           []any{tree{"port": 1}, tree{"name": "two"}},
		"by_name":        tree{"a": tree{"port": 1}},
		"labels":         tree{"k": "v"},
		"addr":           "::1",
		"link":           "http://example.com/x",
		"pattern":        "^a+$",
	}))
	if err != nil {
		t.Fatal(err)
	}

	three := 3
	want := all{
		common:        common{Verbose: true},
		CheckInterval: time.Minute,
		DBPath:        "./data",
		HTTPAddr2:     "127.0.0.1:0",
		Level:         "debug",
		On:            true,
		Small:         -128,
		Ratio:         0.25,
		Names:         []string{"x"},
		Ports:         []int{1, 2},
		Inner:         inner{Name: "none", Port: 80},
		Pointer:       &inner{Name: "p"},
		Count:         &three,
		Many:          []inner{{Name: "none", Port: 1}, {Name: "two"}},
		ByName:        map[string]inner{"a": {Name: "none", Port: 1}},
		Labels:        map[level]string{"k": "v"},
		Addr:          netip.IPv6Loopback(),
		Link:          url.URL{Scheme: "http", Host: "example.com", Path: "/x"},
		Pattern:       regexp.MustCompile("^a+$"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDefaultsStandWhereNoLayerSpeaks(t *testing.T) {
	var got all
	if err := bind(&got, "s", file(tree{"check_interval": nil})); err != nil {
		t.Fatal(err)
	}
	if got.unexported != 0 || got.CheckInterval != 10*time.Second || got.Inner.Name != "none" || *got.Count != 3 || got.Pointer != nil ||
		!reflect.DeepEqual(got.Names, []string{"a", "b"}) {
		t.Errorf("got %+v", got)
	}
}

func TestLaterLayersHideEarlierOnesKeyByKey(t *testing.T) {
	var got all
	err := bind(&got, "s",
		file(tree{"inner": tree{"name": "file", "port": 1}, "names": []any{"a", "b"}, "by_name": tree{"x": tree{"port": 1}}}),
		env(tree{"inner": tree{"port": "2"}, "names": "c , d", "by_name": tree{"x": tree{"name": "env"}, "y": tree{}}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	if got.Inner != (inner{"file", 2}) || !reflect.DeepEqual(got.Names, []string{"c", "d"}) ||
		!reflect.DeepEqual(got.ByName, map[string]inner{"x": {"env", 1}, "y": {Name: "none"}}) {
		t.Errorf("got %+v", got)
	}
}

func TestGoValuesAreTakenAsTheyAre(t *testing.T) {
	var got all
	err := bind(&got, "s", file(tree{
		"check_interval": time.Hour, "ports": []int{1}, "names": []level{"l"}, "inner": inner{Port: 7}, "labels": map[level]string{"a": "b"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got.CheckInterval != time.Hour || got.Ports[0] != 1 || got.Names[0] != "l" || got.Inner.Port != 7 || got.Labels["a"] != "b" {
		t.Errorf("got %+v", got)
	}
}

func TestTheEnvironmentIsForgiven(t *testing.T) {
	var got all
	errs := bind(&got, "s",
		file(tree{"inner": tree{"port": 1}}),
		env(tree{"inner": "not a section", "nonsense": "1"}),
	)
	if errs != nil || got.Inner.Port != 1 {
		t.Errorf("got %+v, %v", got, errs)
	}
}

func TestErrorsNameKeyAndSourceButNoValue(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer layer
		want  string
	}{
		{"duration", file(tree{"check_interval": "s3cret"}), `key "s.check_interval" in berth.yaml:1 must be a duration such as "1m30s", not negative`},
		{"negative duration", file(tree{"check_interval": "-3s3cret"}), `key "s.check_interval" in berth.yaml:1 must be a duration such as "1m30s", not negative`},
		{"duration without unit", env(tree{"check_interval": "17"}), `key "s.check_interval" in $s__check_interval must be a duration such as "1m30s", not negative`},
		{"bool", file(tree{"on": "s3cret"}), `key "s.on" in berth.yaml:1 must be true or false`},
		{"overflow", file(tree{"small": 128}), `key "s.small" in berth.yaml:1 must be a whole number from -128 to 127`},
		{"negative", file(tree{"inner": tree{"port": -1}}), `key "s.inner.port" in berth.yaml:1 must be a whole number from 0 to 65535`},
		{"float", file(tree{"ratio": "s3cret"}), `key "s.ratio" in berth.yaml:1 must be a number`},
		{"text unmarshaler", file(tree{"addr": "s3cret"}), `key "s.addr" in berth.yaml:1 is no valid netip.Addr`},
		{"url", file(tree{"link": "http://s3cret:x%zz"}), `key "s.link" in berth.yaml:1 is no valid URL`},
		{"section for a value", file(tree{"on": tree{"s3cret": 1}}), `key "s.on" in berth.yaml:1 must be one value, not a section`},
		{"list for a value", file(tree{"on": []any{"s3cret"}}), `key "s.on" in berth.yaml:1 must be one value, not a list`},
		{"value for a section", file(tree{"inner": "s3cret"}), `key "s.inner" in berth.yaml:1 must be a section with keys of its own`},
		{"value for a map", file(tree{"by_name": "s3cret"}), `key "s.by_name" in berth.yaml:1 must be a section with keys of its own, such as "s.by_name.KEY"`},
		{"section for a list", file(tree{"names": tree{"s3cret": 1}}), `key "s.names" in berth.yaml:1 must be a list`},
		{"element of a list", file(tree{"many": []any{tree{}, tree{"port": "s3cret"}}}), `key "s.many[1].port" in berth.yaml:1 must be a whole number from 0 to 65535`},
		{"empty element", file(tree{"names": []any{nil}}), `key "s.names[0]" in berth.yaml:1 has no value`},
		{"unknown key", file(tree{"chek_interval": "s3cret"}), `key "s.chek_interval" in berth.yaml:1 is unknown; did you mean "check_interval"?`},
		{"unknown key like none", file(tree{"zzz": "s3cret"}), `key "s.zzz" in berth.yaml:1 is unknown`},
		{"unknown key of a section", file(tree{"inner": tree{"prot": 1}}), `key "s.inner.prot" in berth.yaml:1 is unknown; did you mean "port"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := bind(new(all), "s", c.layer)
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			var e *confbind.Error
			if !errors.As(err, &e) {
				t.Errorf("error is no *confbind.Error")
			}
		})
	}
}

func TestAllErrorsOfASectionAreReported(t *testing.T) {
	err := bind(new(all), "s", file(tree{"on": "x", "small": "x", "zzz": 1}))
	if n := len(strings.Split(err.Error(), "\n")); n != 3 {
		t.Errorf("got %d errors, want 3: %v", n, err)
	}
}

// schema makes the schema of structs, by the sections that they are bound to.
func schema(t *testing.T, structs map[string]any) *confbind.Schema {
	t.Helper()
	s := confbind.NewSchema()
	for section, v := range structs {
		if errs := s.Add(strings.Split(section, "."), reflect.TypeOf(v), place.Place{}); len(errs) > 0 {
			t.Fatal(errs)
		}
	}
	return s
}

func TestASectionMayLieInsideAnother(t *testing.T) {
	type settings struct{ Port int }
	s := schema(t, map[string]any{"db": settings{}, "db.pool": settings{}})
	snap, errs := confbind.Compose(s, []confbind.Source{layer{tree: tree{"db": tree{"port": 1, "pool": tree{"port": 2}}}}.source()})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var db, pool settings
	errs = append(
		confbind.Bind(reflect.ValueOf(&db), []string{"db"}, snap, place.Place{}),
		confbind.Bind(reflect.ValueOf(&pool), []string{"db", "pool"}, snap, place.Place{})...)
	if len(errs) > 0 || db.Port != 1 || pool.Port != 2 {
		t.Errorf("got %v and %v, %v", db, pool, errs)
	}
}

func TestUnboundSectionsAreErrors(t *testing.T) {
	type settings struct{ Port int }
	s := schema(t, map[string]any{"grace": settings{}, "db.pool": settings{}, "web.x": settings{}})
	_, errs := confbind.Compose(s, []confbind.Source{layer{tree: tree{
		"grase": tree{}, "db": tree{"poll": tree{}}, "web": 3, "empty": nil, "grace.port": 1,
	}}.source()})
	want := `key "db.poll" in berth.yaml:1 is unknown; did you mean "pool"?
key "empty" in berth.yaml:1 is unknown
key "grace.port" in berth.yaml:1 is unknown; write "port" as a key of the section "grace"
key "grase" in berth.yaml:1 is unknown; did you mean "grace"?
key "web" in berth.yaml:1 must be a section with keys of its own`
	if err := errors.Join(errs...); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestDotsInTheKeysOfMapsAreFound(t *testing.T) {
	type trigger struct{ Interval, Limit struct{ Max int } }
	type log struct{ Levels map[string]string }
	type all map[string]trigger
	s := schema(t, map[string]any{"log": log{}, "x": struct{ Triggers all }{}})
	for _, c := range []struct {
		dotted string
		want   []string
	}{
		{"log.levels.orders.api", []string{"log", "levels", "orders.api"}},
		{"x.triggers.orders.Grace.limit.max", []string{"x", "triggers", "orders.Grace", "limit", "max"}},
		{"x.triggers.orders.Grace.nothing", []string{"x", "triggers", "orders", "Grace", "nothing"}},
		{"y.z", []string{"y", "z"}},
		{"log", []string{"log"}},
	} {
		if got := s.Path(c.dotted); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.dotted, got, c.want)
		}
	}
}

func TestTypesThatNoKeyCanSetAreErrors(t *testing.T) {
	type node struct {
		Next *node
		Name string
	}
	for _, c := range []struct {
		name   string
		target any
		want   string
	}{
		{"function", new(struct{ Hook func() }), `field struct { Hook func() }.Hook of type func() cannot be set by a key: give it a type that can, or the tag key:"-"`},
		{"inside a list", new(struct{ L []struct{ C chan int } }), `field struct { C chan int }.C of type chan int cannot be set by a key: give it a type that can, or the tag key:"-"`},
		{"default of a struct", new(struct {
			I inner `default:"x"`
		}), `field struct { I confbind_test.inner "default:\"x\"" }.I of type confbind_test.inner cannot have a default`},
		{"bad default", new(struct {
			D time.Duration `default:"soon"`
		}), `key "s.d" in its default must be a duration such as "1m30s", not negative`},
		{"cycle", new(node), `field confbind_test.node.Next of type confbind_test.node contains itself: settings have an end; give one of its fields the tag key:"-"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := bind(c.target, "s"); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestTagsWithoutEffectAreErrors(t *testing.T) {
	type settings struct {
		hidden int `default:"1"`
		A      int `key:"x"`
		B      int `key:"x"`
	}
	err := bind(&settings{hidden: 1}, "s")
	want := `field confbind_test.settings.hidden is not exported, so that no key can set it: export it, or give it the tag key:"-"
field confbind_test.settings.B has the key "x" of field confbind_test.settings.A`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
