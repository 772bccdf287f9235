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
)

type tree = map[string]any

func file(t tree) confbind.Layer {
	return confbind.Layer{Tree: tree{"s": t}, Strict: true, Place: func([]string) string { return "berth.yaml:1" }}
}

func env(t tree) confbind.Layer {
	return confbind.Layer{Tree: tree{"s": t}, Place: func(path []string) string { return "$" + strings.Join(path, "__") }}
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
	unexported    int
}

func TestBindSetsEveryKindOfField(t *testing.T) {
	var got all
	errs := confbind.Bind(&got, "s", []confbind.Layer{file(tree{
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
	})}, nil)
	if len(errs) > 0 {
		t.Fatal(errors.Join(errs...))
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
	if errs := confbind.Bind(&got, "s", []confbind.Layer{file(tree{"check_interval": nil})}, nil); len(errs) > 0 {
		t.Fatal(errors.Join(errs...))
	}
	if got.unexported != 0 || got.CheckInterval != 10*time.Second || got.Inner.Name != "none" || *got.Count != 3 || got.Pointer != nil ||
		!reflect.DeepEqual(got.Names, []string{"a", "b"}) {
		t.Errorf("got %+v", got)
	}
}

func TestLaterLayersHideEarlierOnesKeyByKey(t *testing.T) {
	var got all
	errs := confbind.Bind(&got, "s", []confbind.Layer{
		file(tree{"inner": tree{"name": "file", "port": 1}, "names": []any{"a", "b"}, "by_name": tree{"x": tree{"port": 1}}}),
		env(tree{"inner": tree{"port": "2"}, "names": "c , d", "by_name": tree{"x": tree{"name": "env"}, "y": tree{}}}),
	}, nil)
	if len(errs) > 0 {
		t.Fatal(errors.Join(errs...))
	}
	if got.Inner != (inner{"file", 2}) || !reflect.DeepEqual(got.Names, []string{"c", "d"}) ||
		!reflect.DeepEqual(got.ByName, map[string]inner{"x": {"env", 1}, "y": {Name: "none"}}) {
		t.Errorf("got %+v", got)
	}
}

func TestGoValuesAreTakenAsTheyAre(t *testing.T) {
	var got all
	errs := confbind.Bind(&got, "s", []confbind.Layer{file(tree{
		"check_interval": time.Hour, "ports": []int{1}, "names": []level{"l"}, "inner": inner{Port: 7}, "labels": map[level]string{"a": "b"},
	})}, nil)
	if len(errs) > 0 {
		t.Fatal(errors.Join(errs...))
	}
	if got.CheckInterval != time.Hour || got.Ports[0] != 1 || got.Names[0] != "l" || got.Inner.Port != 7 || got.Labels["a"] != "b" {
		t.Errorf("got %+v", got)
	}
}

func TestTheEnvironmentIsForgiven(t *testing.T) {
	var got all
	errs := confbind.Bind(&got, "s", []confbind.Layer{
		file(tree{"inner": tree{"port": 1}}),
		env(tree{"inner": "not a section", "nonsense": "1"}),
	}, nil)
	if len(errs) > 0 || got.Inner.Port != 1 {
		t.Errorf("got %+v, %v", got, errs)
	}
}

func TestErrorsNameKeyAndSourceButNoValue(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer confbind.Layer
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
		{"value for a map", file(tree{"by_name": "s3cret"}), `key "s.by_name" in berth.yaml:1 must be a section with keys of its own`},
		{"section for a list", file(tree{"names": tree{"s3cret": 1}}), `key "s.names" in berth.yaml:1 must be a list`},
		{"element of a list", file(tree{"many": []any{tree{}, tree{"port": "s3cret"}}}), `key "s.many[1].port" in berth.yaml:1 must be a whole number from 0 to 65535`},
		{"empty element", file(tree{"names": []any{nil}}), `key "s.names[0]" in berth.yaml:1 has no value`},
		{"unknown key", file(tree{"chek_interval": "s3cret"}), `key "s.chek_interval" in berth.yaml:1 is unknown; did you mean "check_interval"?`},
		{"unknown key like none", file(tree{"zzz": "s3cret"}), `key "s.zzz" in berth.yaml:1 is unknown`},
		{"unknown key of a section", file(tree{"inner": tree{"prot": 1}}), `key "s.inner.prot" in berth.yaml:1 is unknown; did you mean "port"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := errors.Join(confbind.Bind(new(all), "s", []confbind.Layer{c.layer}, nil)...)
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
	errs := confbind.Bind(new(all), "s", []confbind.Layer{file(tree{"on": "x", "small": "x", "zzz": 1})}, nil)
	if len(errs) != 3 {
		t.Errorf("got %d errors, want 3: %v", len(errs), errs)
	}
}

func TestASectionMayLieInsideAnother(t *testing.T) {
	type settings struct{ Port int }
	layer := confbind.Layer{
		Tree:   tree{"db": tree{"port": 1, "pool": tree{"port": 2}}},
		Strict: true,
		Place:  func([]string) string { return "f" },
	}
	sections := []string{"db", "db.pool"}

	var db, pool settings
	errs := append(confbind.Bind(&db, "db", []confbind.Layer{layer}, sections), confbind.Bind(&pool, "db.pool", []confbind.Layer{layer}, sections)...)
	if errs = append(errs, confbind.CheckSections([]confbind.Layer{layer}, sections)...); len(errs) > 0 {
		t.Fatal(errs)
	}
	if db.Port != 1 || pool.Port != 2 {
		t.Errorf("got %v and %v", db, pool)
	}
}

func TestUnboundSectionsAreErrors(t *testing.T) {
	layer := confbind.Layer{
		Tree:   tree{"grase": tree{}, "db": tree{"poll": tree{}}, "web": 3, "empty": nil},
		Strict: true,
		Place:  func([]string) string { return "f" },
	}
	err := errors.Join(confbind.CheckSections([]confbind.Layer{layer}, []string{"grace", "db.pool", "web.x"})...)
	want := `key "db.poll" in f is unknown; did you mean "pool"?
key "grase" in f is unknown; did you mean "grace"?
key "web" in f must be a section with keys of its own`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
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
		{"not a struct", new(int), `type int cannot be bound to a section: it is not a struct`},
		{"leaf", new(netip.Addr), `type netip.Addr cannot be bound to a section: it is not a struct`},
		{"function", new(struct{ Hook func() }), `field struct { Hook func() }.Hook of type func() cannot be set by a key: give it a type that can, or the tag key:"-"`},
		{"inside a list", new(struct{ L []struct{ C chan int } }), `field struct { C chan int }.C of type chan int cannot be set by a key: give it a type that can, or the tag key:"-"`},
		{"default of a struct", new(struct {
			I inner `default:"x"`
		}), `field struct { I confbind_test.inner "default:\"x\"" }.I of type confbind_test.inner cannot have a default`},
		{"bad default", new(struct {
			D time.Duration `default:"soon"`
		}), `key "s.d" in its default must be a duration such as "1m30s", not negative`},
		{"cycle", new(node), ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := errors.Join(confbind.Bind(c.target, "s", nil, nil)...); err != nil {
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
	err := errors.Join(confbind.Bind(&settings{hidden: 1}, "s", nil, nil)...)
	want := `field confbind_test.settings.hidden has a tag but is not exported
field confbind_test.settings.B has the key "x" of field confbind_test.settings.A`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
