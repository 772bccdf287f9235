// Package golden compares what a test produced with a file in its testdata.
//
// go test -update rewrites the files; `make golden` does it for all packages and shows what changed.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
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

// line is a place, with the padding of its column.
var line = regexp.MustCompile(`(\.go):\d+( *)`)

// Scrub replaces line numbers, so that a golden file outlives edits of the test beside it.
func Scrub(s string) string {
	return line.ReplaceAllStringFunc(s, func(at string) string {
		if len(at) > 2 && at[len(at)-2:] == "  " {
			return ".go:LINE  "
		}
		return line.ReplaceAllString(at, "$1:LINE$2")
	})
}
