package config_test

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

type grace struct {
	CheckInterval time.Duration `default:"10s"`
	GracePeriod   time.Duration `default:"1m"`
	Shops         []string
	Password      config.Secret
}

func (g grace) Validate() error {
	if g.CheckInterval > g.GracePeriod {
		return errors.New("check_interval is longer than grace_period")
	}
	return nil
}

type server struct{ Port int }

// declared is what options say.
func declared(opts ...fx.Option) (all []decl.Setting, providers []*decl.Provider) {
	var read func(v reflect.Value)
	read = func(v reflect.Value) {
		if v.Kind() == reflect.Slice {
			for i := range v.Len() {
				read(reflect.ValueOf(v.Index(i).Interface()))
			}
			return
		}
		switch d := v.Interface().(decl.Option).Decl.(type) {
		case *decl.Setting:
			all = append(all, *d)
		case *decl.Provider:
			if d.Prepare != nil {
				providers = append(providers, d)
			}
		}
	}
	read(reflect.ValueOf(opts))
	return all, providers
}

// prepare does with options what an application does with them before it constructs anything.
func prepare(opts ...fx.Option) (values []any, err error) {
	all, providers := declared(opts...)
	engine := supervise.New(func(event.Event) {})
	var errs []error
	for _, s := range all {
		if s.Prepare != nil {
			errs = append(errs, s.Prepare(engine, all))
		}
	}
	for _, p := range providers {
		v, err := p.Prepare(engine, all)
		if v.Type() != p.Type {
			return nil, errors.New("prepared another type than promised")
		}
		values, errs = append(values, v.Interface()), append(errs, err)
	}
	return values, errors.Join(errs...)
}

// scrub replaces what differs from run to run.
func scrub(err error, dir string) string {
	if err == nil {
		return ""
	}
	text := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
	return regexp.MustCompile(`config/[a-z]+_test.go:\d+`).ReplaceAllString(text, "HERE")
}

func write(t *testing.T, name, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBindHasItsDefaultsWithoutALoad(t *testing.T) {
	got, err := prepare(config.Bind[grace]("grace"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (grace{CheckInterval: 10 * time.Second, GracePeriod: time.Minute}); !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}

func TestValuesHideTheEnvironmentAndThatFiles(t *testing.T) {
	low := write(t, "low.yaml", "grace: {check_interval: 1s, grace_period: 1m, shops: [a, b], password: low}\nserver: {port: 1}")
	high := write(t, "high.json", `{"grace": {"check_interval": "2s", "shops": ["c"]}}`)
	t.Setenv("ORDERING_GRACE__CHECK_INTERVAL", "3s")
	t.Setenv("ORDERING_GRACE__GRACE_PERIOD", "3m")
	t.Setenv("ORDERING_GRACE", "not a section")
	t.Setenv("ORDERING_UNKNOWN__KEY", "x")

	got, err := prepare(
		config.Load(config.Values(map[string]any{"grace.check_interval": 4 * time.Second}), config.Env("ORDERING"), config.File(low),
			config.File(high), config.File(filepath.Join(t.TempDir(), "none.yaml"), config.Optional())),
		config.Bind[grace]("grace"),
		config.Bind[server]("server"),
	)
	if err != nil {
		t.Fatal(err)
	}
	want := grace{4 * time.Second, 3 * time.Minute, []string{"c"}, config.NewSecret("low")}
	if !reflect.DeepEqual(got[0], want) || got[1] != (server{1}) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestYAMLIsReadAsItIsWritten(t *testing.T) {
	type settings struct {
		Version string
		Quoted  string
		Day     string
		Base    server
		Mine    server
		Empty   int `default:"7"`
	}
	file := write(t, "c.yaml", "\ufeffx:\n  version: 1.10\n  quoted: \"null\"\n  day: 2020-01-02\n  base: &b {port: 1}\n  mine: {<<: *b}\n  empty:\n")
	got, err := prepare(config.Load(config.File(file)), config.Bind[settings]("x"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (settings{"1.10", "null", "2020-01-02", server{1}, server{1}, 7}); got[0] != want {
		t.Errorf("got %+v, want %+v", got[0], want)
	}
}

// bomb expands to ten to the power of nine values.
var bomb = func() string {
	text := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		text += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return text
}()

func TestBadSourcesAreErrorsWithPlaces(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", ``},
		{"comment only", "# nothing\n", ``},
		{"null", "grace:\n", ``},
		{"wrong type", "grace:\n  check_interval: s3cret\n", `key "grace.check_interval" in c.yaml:2:3 must be a duration such as "1m30s", not negative`},
		{"unknown key", "grace:\n\n  chek_interval: 1s\n", `key "grace.chek_interval" in c.yaml:3:3 is unknown; did you mean "check_interval"?`},
		{"unknown section", "grase:\n  x: 1\n", `key "grase" in c.yaml:1:1 is unknown; did you mean "grace"?`},
		{"in a list", "grace:\n  shops:\n  - a\n  - [b]\n", `key "grace.shops[1]" in c.yaml:4:5 must be one value, not a list`},
		{"merged", "x: &x\n  check_interval: s3cret\ngrace:\n  <<: *x\n", `key "x" in c.yaml:1:1 is unknown
key "grace.check_interval" in c.yaml:2:3 must be a duration such as "1m30s", not negative`},
		{"invalid", "grace: {check_interval: 2m}", `section "grace" is invalid: check_interval is longer than grace_period (check_interval is set in c.yaml:1:9)`},
		{"syntax", "grace:\n  a: b: s3cret\n", `c.yaml:2:7: mapping values are not allowed in this context`},
		{"tab", "grace:\n\ta: 1\n", `c.yaml:2:1: a tab stands where YAML wants spaces`},
		{"duplicate key", "grace:\n  shops: [a]\n  shops: [b]\n", `c.yaml:3:3: key "shops" stands in line 2 already`},
		{"no section", "s3cret", `c.yaml:1:1: the file must be a section with keys`},
		{"odd key", "? [s3cret]\n: 1\n", `c.yaml:1:3: a key must be a name`},
		{"bad merge", "grace: {<<: s3cret}", `c.yaml:1:13: only a section can be merged by <<`},
		{"password with a star", "grace: {password: *s3cret}", `c.yaml:1:19: a text that begins with * must be quoted; else the star names an anchor above, and there is none of that name`},
		{"password with an at", "grace: {password: @s3cret}", `c.yaml:1:19: a text that begins with @, % or ` + "`" + ` must be quoted`},
		{"password with an ampersand", "grace: {password: &s3cret}", `c.yaml:1:19: the anchor has no value; a text that begins with & must be quoted`},
		{"password with a mark", "grace: {password: !s3cret x}", `c.yaml:1:19: the tag is unknown; a text that begins with ! must be quoted`},
		{"no UTF-8", "grace: {password: \xffs3cret}", `file "c.yaml" of config.Load at HERE is no text in UTF-8`},
		{"two documents", "grace:\n---\ngrace:\n", `c.yaml:2:1: the file has more than one document`},
		{"circle", "grace: &g {shops: [*g]}", `c.yaml:1:19: the value lies more than 100 levels deep`},
		{"circle of merges", "grace: &g {<<: *g}", `c.yaml:1:8: the value lies more than 100 levels deep`},
		{"circle in a merge", "grace: {<<: &m [*m]}", `c.yaml:1:17: the value lies more than 100 levels deep`},
		{"bomb", bomb, `c.yaml:1:34: the file has more than 100000 values`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := write(t, "c.yaml", c.text)
			_, err := prepare(config.Load(config.File(file)), config.Bind[grace]("grace"))
			if got := scrub(err, filepath.Dir(file)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			var e *config.Error
			if strings.HasPrefix(c.want, "key") && !errors.As(err, &e) {
				t.Error("error is no *config.Error")
			}
		})
	}
}

func TestBadDeclarationsAreErrorsWithPlaces(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ORDERING_SERVER__PORT", "s3cret")
	for _, c := range []struct {
		name string
		opt  fx.Option
		want string
	}{
		{"missing file", config.Load(config.File(filepath.Join(dir, "c.yaml"))), `file "c.yaml" of config.Load at HERE is missing: write it, or make it config.Optional()`},
		{"unknown format", config.Load(config.File(filepath.Join(dir, "c.ini"))), `file "c.ini" of config.Load at HERE has an unknown format: the name must end in .yaml, .yml, .json or .toml`},
		{"no prefix", config.Load(config.Env("")), `prefix of config.Env at HERE is empty`},
		{"environment", config.Load(config.Env("ORDERING_")), `key "server.port" in $ORDERING_SERVER__PORT must be a whole number`},
		{"value", config.Load(config.Values(map[string]any{"server": map[string]any{"prot": "s3cret"}})), `key "server.prot" in config.Values at HERE is unknown; did you mean "port"?`},
		{"value and section", config.Load(config.Values(map[string]any{"server.port": 1, "server": 2})), `key "server.port" in config.Values at HERE is a value and also a section`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := prepare(c.opt, config.Bind[server]("server"))
			if got := scrub(err, dir); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// remote is a provider of koanf's shape.
type remote struct {
	values map[string]any
	err    error
}

func (r remote) Read() (map[string]any, error) { return r.values, r.err }

func TestAProviderStandsBetweenFilesAndTheEnvironment(t *testing.T) {
	file := write(t, "c.yaml", "server: {port: 1}\ngrace: {check_interval: 1s}")
	t.Setenv("ORDERING_GRACE__CHECK_INTERVAL", "3s")
	vault := remote{values: map[string]any{"server": map[string]any{"port": 2}, "grace": map[string]any{"check_interval": "2s", "shops": []any{"a"}}}}
	got, err := prepare(config.Load(config.Env("ORDERING"), config.From("vault", vault), config.File(file)),
		config.Bind[server]("server"), config.Bind[grace]("grace"))
	if err != nil {
		t.Fatal(err)
	}
	if g := got[1].(grace); got[0] != (server{2}) || g.CheckInterval != 3*time.Second || len(g.Shops) != 1 {
		t.Errorf("got %+v", got)
	}

	for _, c := range []struct {
		remote config.Provider
		want   string
	}{
		{nil, `source "vault" of config.Load at HERE has no provider`},
		{remote{err: errors.New("sealed")}, `source "vault" of config.Load at HERE cannot be read: sealed`},
		{remote{values: map[string]any{"sever": "s3cret"}}, `key "sever" in vault is unknown; did you mean "server"?`},
	} {
		_, err := prepare(config.Load(config.From("vault", c.remote)), config.Bind[server]("server"))
		if scrub(err, "?") != c.want {
			t.Errorf("got %v", err)
		}
	}
}

func TestFilesThatCannotBeReadAreErrors(t *testing.T) {
	dir := t.TempDir()
	endless := filepath.Join(dir, "endless.yaml")
	if err := os.Symlink("/dev/zero", endless); err != nil {
		t.Skip("there are no endless files here:", err)
	}
	closed := filepath.Join(dir, "closed.yaml")
	if err := os.WriteFile(closed, nil, 0); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		endless:                         `file "endless.yaml" of config.Load at HERE cannot be read: it has more than 16777216 bytes`,
		filepath.Join(closed, "x.yaml"): `file "closed.yaml/x.yaml" of config.Load at HERE cannot be read: not a directory`,
		closed:                          `file "closed.yaml" of config.Load at HERE cannot be read: permission denied`,
	} {
		if path == closed && os.Getuid() == 0 {
			continue // root may read everything
		}
		_, err := prepare(config.Load(config.File(path, config.Optional())))
		if got := scrub(err, dir); got != want {
			t.Errorf("got %s", got)
		}
	}
}

func TestAVariableSetsAKeyUnlessItIsEmpty(t *testing.T) {
	t.Setenv("ORDERING_SERVER__PORT", "1")
	for _, c := range []struct {
		value, key string
		port       int
		want       string
	}{
		{"2", "server.port", 2, ""},
		{"", "server.port", 1, ""},
		{"s3cret", "server.port", 0, `key "server.port" in $PORT must be a whole number`},
		{"2", "sever.port", 1, `key "sever" in $PORT is unknown; did you mean "server"?`},
	} {
		t.Setenv("PORT", c.value)
		got, err := prepare(config.Load(config.Variable("PORT", c.key), config.Env("ORDERING")), config.Bind[server]("server"))
		if got[0] != (server{c.port}) || scrub(err, "?") != c.want {
			t.Errorf("%+v: got %+v, %v", c, got[0], err)
		}
	}
}

func TestAVariableKeepsTheLettersOfAKeyOfAMap(t *testing.T) {
	type rooms struct{ Seats map[string]int }
	t.Setenv("ORDERING_HOTEL__SEATS__main.Hall", "1")
	t.Setenv("ORDERING_HOTEL__SEATS__BAR", "2")
	got, err := prepare(config.Load(config.Env("ORDERING")), config.Bind[rooms]("hotel"))
	if want := map[string]int{"main.Hall": 1, "bar": 2}; err != nil || !maps.Equal(got[0].(rooms).Seats, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestALinkToNothingIsAnErrorAlsoIfItIsOptional(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "c.yaml")
	if err := os.Symlink("gone", link); err != nil {
		t.Skip("links cannot be made here:", err)
	}
	_, err := prepare(config.Load(config.File(link, config.Optional())))
	if want := `file "c.yaml" of config.Load at HERE is a link to a file that is missing`; scrub(err, dir) != want {
		t.Errorf("got %v", err)
	}
}

func TestADirectoryIsNoFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := prepare(config.Load(config.File(dir, config.Optional())), config.Bind[server]("server"))
	if err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("got %v", err)
	}
}

func TestASectionIsBoundToAStruct(t *testing.T) {
	_, err := prepare(config.Bind[int]("a"), config.Bind[netip.Addr]("b"))
	want := `type int, bound at HERE, cannot be bound to a section: it is not a struct
type netip.Addr, bound at HERE, cannot be bound to a section: it is not a struct`
	if scrub(err, "?") != want {
		t.Errorf("got %v", err)
	}
}

func TestASectionHasAName(t *testing.T) {
	_, err := prepare(config.Bind[server]("a..b"))
	if want := `section "a..b", bound at HERE, is no name, nor names with dots between`; scrub(err, "?") != want {
		t.Errorf("got %v", err)
	}
}

func TestSeveralStructsAreBoundToASection(t *testing.T) {
	type addr struct{ Host string }
	values := config.Load(config.Values(map[string]any{"server": map[string]any{"port": 1, "host": "h", "x": 1}}))
	got, err := prepare(values, config.Bind[server]("server"), config.Bind[addr]("server"))
	if want := `key "server.x" in config.Values at HERE is unknown`; scrub(err, "?") != want {
		t.Errorf("got %v", err)
	}
	if got[0] != (server{1}) || got[1] != (addr{"h"}) {
		t.Errorf("got %+v", got)
	}
}

// HO-001.
func TestAnApplicationHasOneLoad(t *testing.T) {
	_, err := prepare(config.Load(config.Env("A")), config.Load(config.Env("B")))
	one := "config.Load at HERE stands at HERE too: name all sources in one"
	if want := one + "\n" + one; scrub(err, "?") != want { // an application says it once
		t.Errorf("got %v", err)
	}
}

func TestKeysThatNobodyBindsAreErrorsWithoutABind(t *testing.T) {
	_, err := prepare(config.Load(config.Values(map[string]any{"server.port": 1})))
	if want := `key "server" in config.Values at HERE is unknown`; scrub(err, "?") != want {
		t.Errorf("got %v", err)
	}
}

// HO-004, HO-005.
func TestOptionsServeManyApplications(t *testing.T) {
	opts := []fx.Option{config.Load(config.Values(map[string]any{"server.port": 1})), config.Bind[server]("server")}
	done := make(chan error)
	for range 8 {
		go func() {
			_, err := prepare(opts...)
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
