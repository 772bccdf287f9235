package config_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/settings"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// A vault shows none of its values: each is a secret, or cannot be made of a text with one in it.
type vault struct {
	Password config.Secret
	Pointer  *config.Secret
	Keys     []config.Secret
	ByName   map[string]config.Secret
	Inner    struct {
		Token string
		Pin   uint8
	}
	Many     []struct{ Secret config.Secret }
	Interval time.Duration
	Memory   config.Size
	Share    float64
	On       bool
	Since    time.Time
	Addr     netip.Addr
}

const planted = "S3CRET"

// FuzzLoad plants a secret in a file of any format, the environment and arguments of the program: reading them never panics, and
// neither errors nor pages show the secret, unless it is part of a key.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"vault: {interval: S3CRET}", "vault: S3CRET", "S3CRET", "- S3CRET", "vault: !!int S3CRET", "vault: {keys: {a: S3CRET}}",
		"vault: {keys: [[S3CRET]]}", "? [S3CRET]\n: 1", "vault:\n\tS3CRET", "vault: \"S3CRET", "{<<: S3CRET}", "a: &a [*a, S3CRET]",
		"vault: {password: *S3CRET}", "vault: {password: !S3CRET x}", "vault: {password: &S3CRET}", "vault: {password: |S3CRET\n x}",
		`{"vault": {"password": "S3CRET", "inner": {"pin": "S3CRET"}}}`, `{"vault": {"password": S3CRET}}`, `{"vault": "S3CRET", "vault": 1}`,
		"[vault]\npassword = \"S3CRET\"\nshare = S3CRET\n", "[[vault.many]]\nsecret = 'S3CRET'\n[[vault.many]]\nprot = 1", "[vault]\nshare = 1.S3CRET",
		"vault.inner = {pin = 'S3CRET', token = 'S3CRET'}", "vault.since = 1979-05-27T07:32:00Z",
	} {
		for format := range byte(3) {
			f.Add(format, text, "S3CRET", "--vault.password=S3CRET")
		}
	}
	f.Add(byte(0), "", "S3CRET,S3CRET", "--vault.pin\nS3CRET\nS3CRET\n--\nS3CRET")
	f.Add(byte(0), "", "S3CRET", "-vault.inner.pin\nS3CRET\n--help")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, format byte, text, variable, args string) {
		path := filepath.Join(dir, "c."+[]string{"yaml", "json", "toml"}[format%3])
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(variable, "\x00") {
			for _, key := range []string{"PASSWORD", "KEYS", "INTERVAL", "INNER", "INNER__PIN", "MANY", "BY_NAME__X"} {
				t.Setenv("FUZZ_VAULT__"+key, variable)
			}
		}
		all, providers := declared(
			config.Load(config.File(path), config.Env("FUZZ"), config.Flags(strings.Split(args, "\n"))),
			config.Bind[vault]("vault"))
		out := everything(t, all, providers)
		if shown := inKeys.ReplaceAllString(out, ""); strings.Contains(shown, planted) && !keyed(all, args) {
			t.Errorf("the secret is shown:\n%s", out)
		}
	})
}

// inKeys matches what a parser says of a key that stands twice.
var inKeys = regexp.MustCompile(`(?s)(key|table) \S*S3CRET.*? (stands|is already|already|should)`)

// keyed reports whether the secret is part of a key, which errors and pages do show.
func keyed(all []decl.Setting, args string) bool {
	for arg := range strings.SplitSeq(args, "\n") {
		if name, _, _ := strings.Cut(arg, "="); strings.HasPrefix(name, "-") && strings.Contains(name, planted) {
			return true
		}
	}
	for _, s := range all {
		if loader, ok := s.Value.(settings.Loader); ok {
			sources, _ := loader.Load(confbind.NewSchema(), place.Place{})
			for _, source := range sources {
				if source.Root != nil && keyedNode(source.Root) {
					return true
				}
			}
		}
	}
	return false
}

func keyedNode(n *confbind.Node) bool {
	for key, sub := range n.Keys {
		if strings.Contains(key, planted) || keyedNode(sub) {
			return true
		}
	}
	return slices.ContainsFunc(n.Items, keyedNode)
}

// everything is all that an application prints about its settings.
func everything(t *testing.T, all []decl.Setting, providers []*decl.Provider) string {
	t.Helper()
	engine := supervise.New(func(event.Event) {})
	var out bytes.Buffer
	for _, s := range all {
		if s.Prepare != nil {
			err := s.Prepare(engine, all)
			fmt.Fprintf(&out, "%v\n%+v\n", err, err)
		}
	}
	for _, p := range providers {
		v, err := p.Prepare(engine, all)
		vault := v.Interface().(vault)
		vault.Inner.Token = "" // a text, which only pages mask
		fmt.Fprintf(&out, "%v\n%+v\n%v\n%+v\n%#v\n", err, err, vault, vault, vault)
	}
	for _, page := range []settings.Page{settings.Help, settings.Effective} {
		if err := settings.Of(engine, nil).Write(&out, page); err != nil {
			t.Error(err)
		}
	}
	return out.String()
}
