package arch_test

import (
	"strings"
	"testing"
)

func TestRepositoryKeepsTheRules(t *testing.T) {
	all := sources(t)
	if len(all) == 0 {
		t.Fatal("no source found")
	}
	for name, check := range rules {
		t.Run(name, func(t *testing.T) {
			for _, s := range all {
				for _, f := range findings(s, check) {
					t.Error(f)
				}
			}
		})
	}
}

func TestRulesFindWhatBreaksThem(t *testing.T) {
	tests := []struct {
		rule, path, text string
		want             string // part of the finding; empty for none
	}{
		{"layers", "di/x.go", imports("berth/scopes"), "arrows go to the right only"},
		{"layers", "scopes/x.go", imports("berth/di"), ""},
		{"layers", "hosting/x.go", imports("berth/hosting/web"), "arrows"},
		{"layers", "hosting/web/x.go", imports("berth/hosting"), ""},
		{"layers", "internal/supervise/x.go", imports("berth/lifecycle/event"), ""},
		{"layers", "internal/supervise/x.go", imports("berth/lifecycle"), "arrows"},
		{"layers", "lifecycle/event/x.go", imports("berth/lifecycle"), "arrows"},
		{"layers", "di/x_test.go", imports("berth/app/apptest"), ""},
		{"layers", "util/x.go", "package util", "in no layer"},
		{"layers", "examples/hello/x.go", imports("berth/app"), ""},

		{"confined", "di/x.go", imports("go.uber.org/dig"), "internal/fxgraph only"},
		{"confined", "internal/fxgraph/x.go", imports("go.uber.org/dig"), ""},
		{"confined", "hosting/x.go", imports("net/http/httptrace"), "hosting/web"},
		{"confined", "hosting/web/webtest/x.go", imports("net/http"), ""},
		{"confined", "app/app.go", imports("os/signal"), "app/main.go"},
		{"confined", "app/main.go", imports("os/signal"), ""},
		{"confined", "di/x.go", imports("testing"), "tests and their helpers only"},
		{"confined", "app/apptest/x.go", imports("testing"), ""},

		{"kept", "internal/plan/x.go", imports("go.uber.org/fx"), "does not know"},
		{"helpers", "app/x.go", imports("berth/app/apptest"), "for tests"},
		{"helpers", "app/apptest/x.go", imports("berth/hosting/web/webtest"), ""},
		{"programs", "examples/adopt/jobs/x.go", imports("berth/app"), "stands on fx alone"},
		{"programs", "examples/adopt/jobs/x.go", imports("berth/examples/adopt/store"), ""},
		{"programs", "examples/adopt/x_test.go", imports("berth/app"), ""},
		{"programs", "examples/hello/x.go", imports("berth/internal/plan"), "cannot import"},

		{"reflection", "di/x.go", `package di; import "reflect"; var t reflect.Type = reflect.TypeFor[int]()`, ""},
		{"reflection", "di/x.go", `package di; import "reflect"; var v = reflect.ValueOf(1)`, "reflect.ValueOf"},
		{"reflection", "di/x.go", `package di; import r "reflect"; var v = r.ValueOf(1)`, "reflect.ValueOf"},
		{"reflection", "internal/plan/x.go", `package plan; import "reflect"; var v = reflect.ValueOf(1)`, ""},

		{"goroutines", "di/x.go", "package di; func f() { go f() }", "goroutines belong"},
		{"goroutines", "di/x.go", "package di; func f(g group) { g.Go(h) }", "goroutines belong"},
		{"goroutines", "internal/supervise/x.go", "package supervise; func f() { go f() }", ""},
		{"goroutines", "examples/adopt/jobs/x.go", "package jobs; func f() { go f() }", ""},
		{"goroutines", "app/main.go", "package app; func f() { go f() }", ""},

		{"exit", "app/app.go", `package app; import "os"; func f() { os.Exit(1) }`, "app/main.go only"},
		{"exit", "app/main.go", `package app; import "os"; func f() { os.Exit(1) }`, ""},
		{"exit", "di/x.go", `package di; import "log"; func f() { log.Fatalf("") }`, "app/main.go only"},

		{"state", "di/x.go", "package di; func init() {}", "no init"},
		{"state", "app/apptest/x.go", "package apptest; func init() {}", ""},
		{"state", "di/x.go", "package di; var m = map[string]int{}; func f() { m[``] = 1 }", "m is written to"},
		{"state", "di/x.go", "package di; var m = map[string]int{}; func f() int { return m[``] }", ""},
		{"state", "di/x.go", "package di; var n int; func f() { n := 1; n++; _ = n }", ""},
		{"state", "di/x.go", "package di; var n int; func f() { n++ }", "n is written to"},
		{"state", "di/x.go", "package di; var n int; func f(t T) { t.n = 1 }", ""},
		{"state", "di/x.go", "package di; var l []int; func f() { l = append(l, 1) }", "l is written to"},
		{"state", "di/x.go", `package di; import "sync"; var mu sync.Mutex`, "state of the process"},
		{"state", "di/x.go", `package di; import "sync"; var f = sync.OnceValue(g)`, ""},
		{"state", "di/x.go", `package di; import "sync/atomic"; var n = new(atomic.Int64)`, "state of the process"},
	}
	for _, tt := range tests {
		t.Run(tt.rule+" "+tt.path, func(t *testing.T) {
			found := strings.Join(findings(parse(t, tt.path, tt.text), rules[tt.rule]), "\n")
			if tt.want == "" && found != "" || !strings.Contains(found, tt.want) {
				t.Errorf("%s\nfound %q, want %q", tt.text, found, tt.want)
			}
		})
	}
}

// imports is a file that imports one package; "berth/di" is short for one of ours.
func imports(path string) string {
	if rest, ours := strings.CutPrefix(path, "berth/"); ours {
		path = module + "/" + rest
	}
	return "package p\n\nimport _ \"" + path + "\"\n"
}
