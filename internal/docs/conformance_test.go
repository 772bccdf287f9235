package docs_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// conformance is the page of promises. Each row of its tables is an id, a behaviour, and what shows it: tests as
// `package: TestName`, or "no meaning:" and why, or "later:" and with what.
var conformance = filepath.Join("docs", "conformance.md")

func TestConformanceNamesTestsThatNameItsRows(t *testing.T) {
	shown := rowsOf(pageText(t, conformance))
	if len(shown) == 0 {
		t.Fatalf("%s has no rows", conformance)
	}
	marked := marks(t)
	for i, r := range shown {
		if i > 0 && section(shown[i-1].id) == section(r.id) && shown[i-1].id >= r.id {
			t.Errorf("%s:%d: %s stands behind %s", conformance, r.line, r.id, shown[i-1].id)
		}
		if len(r.tests) == 0 && !strings.HasPrefix(r.shown, "no meaning: ") && !strings.HasPrefix(r.shown, "later: ") {
			t.Errorf("%s:%d: %s has neither a test nor a reason", conformance, r.line, r.id)
		}
		for _, test := range r.tests {
			if ids, exists := marked.tests[test]; !exists {
				t.Errorf("%s:%d: there is no test `%s`", conformance, r.line, test)
			} else if !slices.Contains(ids, r.id) {
				t.Errorf("%s:%d: no comment of `%s` has %s", conformance, r.line, test, r.id)
			}
		}
	}
	for i, r := range shown {
		if slices.ContainsFunc(shown[:i], func(other row) bool { return other.id == r.id }) {
			t.Errorf("%s:%d: %s has another row", conformance, r.line, r.id)
		}
	}
	for _, m := range marked.all {
		if !slices.ContainsFunc(shown, func(r row) bool { return section(r.id) == section(m.id) }) {
			continue // the page has no such section yet
		}
		if !slices.ContainsFunc(shown, func(r row) bool { return r.id == m.id && m.namedBy(r) }) {
			t.Errorf("%s: %s is marked here, but its row in %s does not name the test", m.file, m.id, conformance)
		}
	}
}

func TestConformanceRowsAreRead(t *testing.T) {
	const text = "| id | behaviour | shown by |\n|---|---|---|\n" +
		"| DI-001 | one | `di: TestOne`, `app/config: TestTwo` |\n| DI-002 | two | no meaning: `di: nothing` |\n"
	got := rowsOf(text)
	if len(got) != 2 || got[0].line != 3 || got[0].id != "DI-001" || got[1].shown != "no meaning: `di: nothing`" {
		t.Fatalf("rows are %v", got)
	}
	if !slices.Equal(got[0].tests, []string{"di: TestOne", "app/config: TestTwo"}) || got[1].tests != nil {
		t.Errorf("tests are %q and %q", got[0].tests, got[1].tests)
	}
}

func TestConformanceMarksAreRead(t *testing.T) {
	const text = `package p

// SC-001: of a table.
var table = []string{"x"}

// SC-002, SC-003.
func TestOne(t *testing.T) {
	use(table)
}

func TestTwo(t *testing.T) {
	// SC-004.
	const no = "SC-005"
}

// SC-006: of nobody.
`
	m := marked{tests: map[string][]string{}}
	m.read(t, "p/p_test.go", text)
	if got := m.tests["p: TestOne"]; !slices.Equal(got, []string{"SC-001", "SC-002", "SC-003"}) {
		t.Errorf("marks are %v", got)
	}
	if got := m.tests["p: TestTwo"]; !slices.Equal(got, []string{"SC-004"}) {
		t.Errorf("marks are %v", got)
	}
	last := m.all[len(m.all)-1]
	if last.id != "SC-006" || len(last.tests) != 0 {
		t.Errorf("last mark is %v", last)
	}
}

// A row says what shows a behaviour.
type row struct {
	line      int
	id, shown string
	tests     []string // "di: TestName"
}

var (
	rowPattern  = regexp.MustCompile(`^\| ([A-Z]{2}-\d{3}) \| .* \| (.*) \|$`)
	testPattern = regexp.MustCompile("`([a-z/]+: (?:Test|Example|Fuzz)\\w*)`")
	idPattern   = regexp.MustCompile(`\b(?:DI|SC|LC|HO)-\d{3}\b`)
)

func rowsOf(text string) []row {
	var all []row
	eachLineOfProse(text, func(number int, line string) {
		if match := rowPattern.FindStringSubmatch(line); match != nil {
			r := row{line: number, id: match[1], shown: match[2]}
			for _, test := range testPattern.FindAllStringSubmatch(r.shown, -1) {
				r.tests = append(r.tests, test[1])
			}
			all = append(all, r)
		}
	})
	return all
}

// section is what the id of a row begins with.
func section(id string) string { return id[:2] }

func pageText(t *testing.T, name string) string {
	t.Helper()
	for _, page := range pages(t) {
		if page.name == name {
			return page.text
		}
	}
	t.Fatalf("no page %s", name)
	return ""
}

// A mark is an id in a comment, and the tests that it speaks of: the one it stands at or in, or, where it stands at a
// table of the package, those that use the table.
type mark struct {
	file, id string
	tests    []string
}

func (m mark) namedBy(r row) bool {
	return slices.ContainsFunc(m.tests, func(test string) bool { return slices.Contains(r.tests, test) })
}

// marked are the marks of all tests.
type marked struct {
	tests map[string][]string // the ids of each test, also of those that have none
	all   []mark
}

func marks(t *testing.T) marked {
	t.Helper()
	m := marked{tests: map[string][]string{}}
	walk(t, func(name, text string) {
		if strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, filepath.Join("internal", "docs")) {
			m.read(t, filepath.ToSlash(name), text)
		}
	})
	return m
}

// read adds the marks of one file.
func (m *marked) read(t *testing.T, name, text string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok {
			test := path.Dir(name) + ": " + fn.Name.Name
			m.tests[test] = slices.Concat(m.tests[test], nil)
		}
	}
	for _, group := range file.Comments {
		for _, id := range idPattern.FindAllString(group.Text(), -1) {
			mark := mark{file: name, id: id}
			for _, fn := range speaksOf(file, group) {
				test := path.Dir(name) + ": " + fn
				mark.tests = append(mark.tests, test)
				m.tests[test] = append(m.tests[test], id)
			}
			m.all = append(m.all, mark)
		}
	}
	slices.SortStableFunc(m.all, func(a, b mark) int { return cmp.Compare(a.file, b.file) })
}

// speaksOf lists the functions that a comment stands at or in, or whose table it stands at or in.
func speaksOf(file *ast.File, comment *ast.CommentGroup) []string {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc == comment || d.Pos() <= comment.Pos() && comment.End() <= d.End() {
				return []string{d.Name.Name}
			}
		case *ast.GenDecl:
			if d.Doc == comment || d.Pos() <= comment.Pos() && comment.End() <= d.End() {
				return usersOf(file, d)
			}
		}
	}
	return nil
}

// usersOf lists the functions of the file that use what d declares.
func usersOf(file *ast.File, d *ast.GenDecl) []string {
	declared := map[string]bool{}
	for _, spec := range d.Specs {
		if values, ok := spec.(*ast.ValueSpec); ok {
			for _, name := range values.Names {
				declared[name.Name] = true
			}
		}
	}
	var users []string
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		uses := false
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			name, ok := n.(*ast.Ident)
			uses = uses || ok && declared[name.Name]
			return !uses
		})
		if uses {
			users = append(users, fn.Name.Name)
		}
	}
	return users
}
