package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the folder of the repository.
var root = filepath.Join("..", "..")

func TestGoBlocksAreQuotedFromCompiledFiles(t *testing.T) {
	compiled := goFiles(t)
	for _, page := range pages(t) {
		for _, block := range goBlocks(page.text) {
			if !quoted(block.lines, compiled) {
				t.Errorf("%s:%d: no Go file has these lines", page.name, block.line)
			}
		}
	}
}

func TestRelativeLinksLeadSomewhere(t *testing.T) {
	all := pages(t)
	anchors := map[string]map[string]bool{}
	for _, page := range all {
		anchors[page.name] = headings(page.text)
	}
	for _, page := range all {
		for _, link := range links(page.text) {
			target, fragment, _ := strings.Cut(link.target, "#")
			name := page.name
			if target != "" {
				name = filepath.Join(filepath.Dir(page.name), filepath.FromSlash(target))
			}
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s:%d: link to %s: no such file", page.name, link.line, link.target)
				continue
			}
			if known, isPage := anchors[name]; isPage && fragment != "" && !known[fragment] {
				t.Errorf("%s:%d: link to %s: no such heading", page.name, link.line, link.target)
			}
		}
	}
}

func TestQuoted(t *testing.T) {
	compiled := [][]string{significant("package p\n\nfunc f() {\n\tg()\n\n\th()\n}\n")}
	tests := []struct {
		block string
		want  bool
	}{
		{"func f() {\n    g()\n    h()\n}", true},
		{"g()\n\n\nh()", true},
		{"func f() {\n\t// ...\n\th()\n}", true},
		{"// ...\nh()\n// ...", true},
		{"func f() {\n\th()\n}", false},
		{"h()\n// ...\ng()", false},
		{"i()", false},
	}
	for _, tt := range tests {
		if got := quoted(significant(tt.block), compiled); got != tt.want {
			t.Errorf("quoted is %v, want %v:\n%s", got, tt.want, tt.block)
		}
	}
}

func TestPagesAreRead(t *testing.T) {
	const text = "# A word, `and code`\n\n" +
		"[one](a.md#x) and [two](https://example.com/b.md)\n" +
		"```go\nf()\n```\n```\n[no](link.md)\n```\n" +
		"`[no](code.md)` ![picture](p.png)\n"

	if blocks := goBlocks(text); len(blocks) != 1 || blocks[0].line != 4 || blocks[0].lines[0] != "f()" {
		t.Errorf("Go blocks are %v", blocks)
	}
	found := links(text)
	if len(found) != 2 || found[0].target != "a.md#x" || found[1].target != "p.png" || found[1].line != 10 {
		t.Errorf("links are %v", found)
	}
	if !headings(text)["a-word-and-code"] {
		t.Errorf("headings are %v", headings(text))
	}
}

// goFiles are the significant lines of each Go file that the go command sees, in all modules.
func goFiles(t *testing.T) [][]string {
	t.Helper()
	var files [][]string
	walk(t, func(name, text string) {
		if strings.HasSuffix(name, ".go") && !strings.Contains(text, "//go:build ignore") {
			files = append(files, significant(text))
		}
	})
	return files
}

// A page is a Markdown file; its name is relative to the root.
type page struct{ name, text string }

func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	walk(t, func(name, text string) {
		if strings.HasSuffix(name, ".md") {
			all = append(all, page{name, text})
		}
	})
	if len(all) == 0 {
		t.Fatal("no Markdown found")
	}
	return all
}

// walk calls fn with each Go and Markdown file of the repository.
func walk(t *testing.T, fn func(name, text string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (name == "testdata" || name == "bin" || name[0] == '.' || name[0] == '_') {
				return filepath.SkipDir
			}
			return nil
		}
		if ext := filepath.Ext(name); ext != ".go" && ext != ".md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		fn(rel, string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
