// Package golden compares what a test produced with a file in its testdata.
//
// go test -update rewrites the files; `make golden` does it for all packages and shows what changed.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// Check fails the test if got is not what testdata/name.golden holds.
func Check(t testing.TB, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", filepath.FromSlash(name)+".golden")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

var (
	// line is a place, with the padding of its column.
	line = regexp.MustCompile(`(\.go):\d+( *)`)
	// closure is a function without a name.
	closure = regexp.MustCompile(`(\.func)\d+((?:\.\d+)*)( *)`)
)

// Scrub replaces the numbers of lines and of functions without a name, so that a golden file outlives edits of
// the test beside it.
func Scrub(s string) string {
	s = line.ReplaceAllStringFunc(s, func(at string) string { return scrubbed(at, line, "$1:LINE") })
	return closure.ReplaceAllStringFunc(s, func(at string) string { return scrubbed(at, closure, "${1}N") })
}

// scrubbed keeps one space behind a word, and two behind a column.
func scrubbed(found string, pattern *regexp.Regexp, with string) string {
	kept := pattern.ReplaceAllString(found, with)
	switch {
	case strings.HasSuffix(found, "  "):
		return kept + "  "
	case strings.HasSuffix(found, " "):
		return kept + " "
	}
	return kept
}
