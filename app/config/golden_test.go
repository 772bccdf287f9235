package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/golden"
	"github.com/berth-go/berth/internal/settings"
	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// shop has a field of each type that an operator meets.
type shop struct {
	Name      string        `default:"corner" doc:"name over the door"`
	Open      bool          `doc:"whether it sells"`
	Interval  time.Duration `default:"10s" doc:"how often it counts"`
	Patience  time.Duration `default:"1m"`
	Memory    config.Size   `default:"64MiB"`
	Seats     uint8         `default:"4"`
	Discount  float64
	Upstream  *url.URL `default:"http://localhost:80/x"`
	Since     time.Time
	Skus      *regexp.Regexp `default:"^[a-z]+$"`
	Clerks    []string       `default:"ada, bob"`
	Prices    map[string]int
	Branches  []branch
	Suppliers map[string]branch
	Password  config.Secret
	DSN       string `default:"postgres://shop:s3cret@db/shop"`
	APIToken  string
}

type branch struct {
	City string
	Port uint16 `default:"80"`
}

func (s *shop) Validate() error {
	if s.Interval > s.Patience {
		return errors.New("interval must not be longer than patience")
	}
	return nil
}

// inFolder runs a test in a folder with files, whose names are then short.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// checkGolden compares with a file beside this one, from whatever folder the test is in.
func checkGolden(t *testing.T, home, name, got string) {
	t.Helper()
	t.Chdir(home)
	golden.Check(t, name, golden.Scrub(got))
}

func TestErrorsAsTheyPrint(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	yaml := config.File("shop.yaml")
	for _, c := range []struct {
		name  string
		files map[string]string
		env   map[string]string
		load  []config.Option
		opts  []fx.Option
	}{
		{
			name: "all that is wrong", load: []config.Option{yaml, config.Env("SHOP"), config.Flags([]string{"--shop.seats", "s3cret", "--shop.nmae=s3cret", "--shop.interval"})},
			files: map[string]string{"shop.yaml": "shop:\n  interval: s3cret\n  branches:\n  - port: -1\n  - {city: a, prot: s3cret}\n  prices: {apple: s3cret}\nshpo: {}\nother:\n  x: s3cret\n"},
			env:   map[string]string{"SHOP_SHOP__OPEN": "s3cret", "SHOP_SHOP__UNKNOWN": "s3cret"},
		},
		{name: "wiring and configuration", load: []config.Option{config.Values(map[string]any{"shop.memory": "s3cret"})}, opts: []fx.Option{di.Singleton(func(*strings.Builder) *bytes.Buffer { return nil })}},
		{name: "refused by Validate", load: []config.Option{yaml}, files: map[string]string{"shop.yaml": "shop: {interval: 2m}\n"}},
		{name: "types", load: []config.Option{yaml}, files: map[string]string{
			"shop.yaml": "shop:\n  open: s3cret\n  memory: 3s3cret\n  seats: 256\n  discount: s3cret\n  upstream: http://s3cret:%zz\n  since: s3cret\n  skus: '(s3cret'\n  patience: -1s\n  clerks: {a: s3cret}\n  prices: s3cret\n",
		}},
		{name: "syntax of YAML", load: []config.Option{yaml}, files: map[string]string{"shop.yaml": "shop:\n  name: a: s3cret\n"}},
		{name: "syntax of JSON", load: []config.Option{config.File("shop.json")}, files: map[string]string{"shop.json": "{\n  \"shop\": {\"name\": s3cret}\n}"}},
		{name: "JSON ends early", load: []config.Option{config.File("shop.json")}, files: map[string]string{"shop.json": "{\n  \"shop\": {\"name\": \"s3cret"}},
		{name: "JSON twice", load: []config.Option{config.File("shop.json")}, files: map[string]string{"shop.json": "{\n  \"shop\": {\"name\": \"s3cret\", \"name\": \"s3cret\"}} s3cret"}},
		{name: "syntax of TOML", load: []config.Option{config.File("shop.toml")}, files: map[string]string{"shop.toml": "[shop]\nname = s3cret\n"}},
		{name: "TOML twice", load: []config.Option{config.File("shop.toml")}, files: map[string]string{"shop.toml": "[shop]\nname = \"s3cret\"\nname = \"s3cret\"\n"}},
		{name: "TOML types", load: []config.Option{config.File("shop.toml")}, files: map[string]string{"shop.toml": "[shop]\nseats = \"s3cret\"\n[[shop.branches]]\nport = 1\n[[shop.branches]]\nprot = 1\n"}},
		{name: "missing file", load: []config.Option{yaml}},
		{name: "unknown profile", load: []config.Option{yaml}, files: map[string]string{"shop.yaml": ""}, env: map[string]string{"BERTH_PROFILE": "production"}},
		{name: "bad profile", load: []config.Option{yaml}, files: map[string]string{"shop.yaml": ""}, env: map[string]string{"BERTH_PROFILE": "../s3cret"}},
		{name: "arguments", load: []config.Option{config.Flags([]string{"s3cret", "--shop=s3cret", "--shop.name", "--nonsense", "--", "s3cret"})}},
		{name: "levels", load: []config.Option{yaml, config.Flags([]string{"--log.levels=debug"})}, files: map[string]string{"shop.yaml": "log: {levels: {orders: s3cret}}\n"}},
		{name: "bound twice", opts: []fx.Option{config.Bind[shop]("shop")}},
		{name: "loaded twice", opts: []fx.Option{config.Load()}},
		{name: "one key for two things", opts: []fx.Option{
			config.Bind[struct{ Name struct{ First string } }]("shop"), config.Bind[struct{ Prices []int }]("shop"),
			config.Bind[struct{ X int }]("shop.name"), config.Bind[struct{ Y int }]("shop.suppliers.one"),
		}},
		{name: "types of settings", opts: []fx.Option{
			config.Bind[struct{ port int }]("a"), config.Bind[struct{ F func() }]("b"), config.Bind[cyclic]("c"), config.Bind[int]("d"), config.Bind[branch]("e."),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inFolder(t, c.files)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			err := app.New(fx.NopLogger, config.Load(c.load...), config.Bind[shop]("shop"), fx.Options(c.opts...)).Err()
			got := fmt.Sprintf("%v\n\n%+v", err, err)
			if strings.Contains(got, "s3cret") {
				t.Errorf("shows a value:\n%s", got)
			}
			checkGolden(t, home, filepath.Join("errors", c.name), got)
		})
	}
}

type cyclic struct{ Next *cyclic }

// HO-003, HO-011, HO-017.
func TestSourcesInTheirOrder(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	inFolder(t, map[string]string{
		"shop.yaml":            "shop:\n  name: file\n  seats: 1\n  open: true\n  clerks: [x, y]\n  prices: {apple: 1, pear: 2}\n  interval: 1s\n  memory: 1KiB\n  branches: [{city: a}, {city: b, port: 1}]\n",
		"shop.production.yaml": "shop:\n  seats: 2\n  memory: 2KiB\n  prices: {apple: 3}\n  clerks: [z]\n",
		"more.toml":            "[shop]\ndiscount = 0.10\n[shop.suppliers.\"a.b\"]\ncity = \"c\"\n",
		"more.json":            `{"shop": {"since": "2026-01-31T15:04:05Z"}}`,
	})
	t.Setenv("BERTH_PROFILE", "production")
	t.Setenv("SHOP_SHOP__INTERVAL", "2s")
	t.Setenv("SHOP_SHOP__PATIENCE", "3m")
	t.Setenv("SHOP_SHOP__PASSWORD", "s3cret")
	t.Setenv("SHOP_SHOP__API_TOKEN", "s3cret")
	var c *config.Config
	var s shop
	apptest.Start(t,
		config.Load(
			config.Values(map[string]any{"shop.patience": "4m"}),
			config.Flags([]string{"--shop.interval=3s", "--shop.memory", "3KiB", "--shop.open", "--shop.suppliers.a.b.port=7", "--shop.patience=5m"}),
			config.Env("SHOP"), config.File("shop.yaml"), config.File("more.toml"), config.File("more.json"),
		),
		config.Bind[shop]("shop"),
		fx.Populate(&c, &s),
	)
	var out bytes.Buffer
	if err := c.Describe(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "s3cret") {
		t.Errorf("shows a secret:\n%s", out.String())
	}
	checkGolden(t, home, "describe", out.String())

	if s.Seats != 2 || s.Interval != 3*time.Second || s.Patience != 4*time.Minute || s.Memory != 3<<10 || s.Prices["pear"] != 2 || s.Prices["apple"] != 3 ||
		len(s.Clerks) != 1 || s.Suppliers["a.b"] != (branch{"c", 7}) || s.Branches[1] != (branch{"b", 1}) || s.Branches[0].Port != 80 || s.Password.Reveal() != "s3cret" {
		t.Errorf("got %+v", s)
	}
}

func TestHelpListsEveryKey(t *testing.T) {
	all, _ := declared(
		config.Load(config.Flags(nil), config.Variable("SHOP_NAME", "shop.name"), config.Env("SHOP"), config.File("shop.yaml", config.Optional()), config.File("more.toml")),
		config.Bind[shop]("shop"),
	)
	var out bytes.Buffer
	if err := settings.Of(supervise.New(func(event.Event) {}), all).Write(&out, settings.Help); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "s3cret") {
		t.Error("shows a secret")
	}
	golden.Check(t, "help", out.String())
}
