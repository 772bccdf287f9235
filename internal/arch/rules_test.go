package arch_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
)

// layers are the framework's packages, the lowest first. A package imports its own
// layer and those before it. What emits an event imports lifecycle/event, so that is
// at the bottom, beside internal.
var layers = []struct {
	folder string
	below  bool // also the folders below
}{
	{"internal", true},
	{"di", false},
	{"scopes", false},
	{"lifecycle", false},
	{"hosting", false},
	{"hosting", true},
	{"app", true},
}

func layer(dir string) (rank int, ok bool) {
	if under(dir, "lifecycle/event") {
		return 0, true
	}
	if dir == "hosting/hostingtest" { // it runs whole applications
		return len(layers), true
	}
	for rank, l := range layers {
		if dir == l.folder || l.below && under(dir, l.folder) {
			return rank, true
		}
	}
	return 0, false
}

// confined lists what is imported in few places. An entry of In is a folder, with all
// below it, or a file.
var confined = []struct {
	Path string // the package, with all below it
	In   []string
}{
	{"go.uber.org/dig", []string{"internal/fxgraph"}},
	{"net/http", []string{"hosting/web", "hosting/health", "hosting/admin"}},
	{"os/signal", []string{"app/main.go", "app/apptest"}},
	{"unsafe", []string{"internal"}},
	{"testing", nil},
	{"go.uber.org/goleak", nil},
	{"go.uber.org/zap/zaptest", nil},
}

// kept lists what a package must not know.
var kept = []struct {
	Folder string
	From   string
}{
	{"internal/plan", "go.uber.org/fx"},
	{"internal/plan", "go.uber.org/zap"},
	{"internal/supervise", "go.uber.org/fx"},
	{"internal/supervise", "go.uber.org/zap"},
}

// A rule says what is wrong with a file.
type rule func(s source, report func(ast.Node, string, ...any))

var rules = map[string]rule{
	"layers":     checkLayers,
	"confined":   checkConfined,
	"kept":       checkKept,
	"helpers":    checkHelpers,
	"programs":   checkPrograms,
	"reflection": checkReflection,
	"goroutines": checkGoroutines,
	"exit":       checkExit,
	"state":      checkState,
}

// findings applies a rule to a file.
func findings(s source, check rule) []string {
	var found []string
	check(s, func(n ast.Node, format string, args ...any) {
		found = append(found, fmt.Sprintf("%s:%d: %s", s.path, s.line(n), fmt.Sprintf(format, args...)))
	})
	return found
}

func checkLayers(s source, report func(ast.Node, string, ...any)) {
	if s.isTest() || s.isProgram() {
		return
	}
	rank, ok := layer(s.dir())
	if !ok {
		report(s.file.Name, "package is in no layer: add it to the table")
		return
	}
	for _, spec := range s.file.Imports {
		dir, ours := strings.CutPrefix(importPath(spec), module+"/")
		if !ours {
			continue
		}
		if above, ok := layer(dir); !ok || above > rank {
			report(spec, "%s imports %s: arrows go to the right only", s.dir(), dir)
		}
	}
}

func checkConfined(s source, report func(ast.Node, string, ...any)) {
	if s.isTest() || s.isProgram() {
		return
	}
	for _, spec := range s.file.Imports {
		for _, c := range confined {
			if !under(importPath(spec), c.Path) || s.isHelper() && c.In == nil {
				continue
			}
			if !under(s.path, c.In...) {
				report(spec, "%s is imported in %s only", importPath(spec), orTests(c.In))
			}
		}
	}
}

func orTests(in []string) string {
	if in == nil {
		return "tests and their helpers"
	}
	return strings.Join(in, ", ")
}

func checkKept(s source, report func(ast.Node, string, ...any)) {
	for _, spec := range s.file.Imports {
		for _, k := range kept {
			if !s.isTest() && under(s.dir(), k.Folder) && under(importPath(spec), k.From) {
				report(spec, "%s does not know %s", k.Folder, k.From)
			}
		}
	}
}

// checkHelpers keeps the helpers of tests out of shipped programs.
func checkHelpers(s source, report func(ast.Node, string, ...any)) {
	if s.isTest() || s.isHelper() {
		return
	}
	for _, spec := range s.file.Imports {
		if dir, ours := strings.CutPrefix(importPath(spec), module+"/"); ours && isHelper(dir) {
			report(spec, "%s is for tests", dir)
		}
	}
}

// checkPrograms lets examples do only what a user can do.
func checkPrograms(s source, report func(ast.Node, string, ...any)) {
	for _, spec := range s.file.Imports {
		used := importPath(spec)
		if s.isProgram() && under(used, module+"/internal") && !under(used, module+"/internal/docs/snippets") {
			report(spec, "a program cannot import %s", used)
		}
		if s.isPlain() && under(used, module) && !under(used, module+"/"+plain) {
			report(spec, "%s stands on fx alone", plain)
		}
	}
}

func checkReflection(s source, report func(ast.Node, string, ...any)) {
	if s.isTest() || s.isProgram() || under(s.dir(), "internal") {
		return
	}
	eachUse(s, "reflect", func(use *ast.SelectorExpr) {
		if use.Sel.Name != "TypeFor" && use.Sel.Name != "Type" {
			report(use, "reflect.%s: reflection beyond TypeFor is in internal only", use.Sel.Name)
		}
	})
}

func checkGoroutines(s source, report func(ast.Node, string, ...any)) {
	if s.isTest() || s.isPlain() || s.path == "app/main.go" || under(s.dir(), "internal/supervise") {
		return
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			report(n, "goroutines belong to internal/supervise")
		case *ast.CallExpr:
			if fn, ok := n.Fun.(*ast.SelectorExpr); ok && fn.Sel.Name == "Go" && len(n.Args) == 1 {
				report(n, "goroutines belong to internal/supervise")
			}
		}
		return true
	})
}

func checkExit(s source, report func(ast.Node, string, ...any)) {
	if s.isTest() || s.path == "app/main.go" {
		return
	}
	ends := map[string][]string{
		"os":      {"Exit"},
		"syscall": {"Exit", "Kill"},
		"log":     {"Fatal", "Fatalf", "Fatalln"},
	}
	for pkg, names := range ends {
		eachUse(s, pkg, func(use *ast.SelectorExpr) {
			if slices.Contains(names, use.Sel.Name) {
				report(use, "the process ends in app/main.go only")
			}
		})
	}
}

// checkState wants no init function and no variable of a package that changes: two
// applications in one process share nothing.
func checkState(s source, report func(ast.Node, string, ...any)) {
	if s.isTest() {
		return
	}
	for _, decl := range s.file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil && decl.Name.Name == "init" && s.dir() != "app/apptest" {
				report(decl, "no init functions")
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				if spec, ok := spec.(*ast.ValueSpec); ok && decl.Tok == token.VAR && guarded(s, spec) {
					report(spec, "%s is state of the process", spec.Names[0].Name)
				}
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		for _, target := range targets(n) {
			if name := root(target); name != nil && s.isPackageVar(name) {
				report(n, "%s is written to: no state of the process", name.Name)
			}
		}
		return true
	})
}

// guarded reports whether a variable has a lock or a counter: it is meant to change.
func guarded(s source, spec *ast.ValueSpec) bool {
	found := false
	inspect := func(n ast.Node) bool {
		use, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := use.X.(*ast.Ident)
		if !ok {
			return true
		}
		imported, ok := s.imports()[pkg.Name]
		if !ok {
			return true
		}
		if p := importPath(imported); p == "sync/atomic" || p == "sync" && !strings.HasPrefix(use.Sel.Name, "OnceValue") {
			found = true
		}
		return true
	}
	if spec.Type != nil {
		ast.Inspect(spec.Type, inspect)
	}
	for _, value := range spec.Values {
		if _, isFunc := value.(*ast.FuncLit); !isFunc {
			ast.Inspect(value, inspect)
		}
	}
	return found
}

// targets are the expressions that a statement writes to or takes the address of.
func targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && (fn.Name == "delete" || fn.Name == "clear") && len(n.Args) > 0 {
			return n.Args[:1]
		}
	}
	return nil
}

// root is the variable that an expression selects or indexes into.
func root(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return root(e.X)
	case *ast.IndexExpr:
		return root(e.X)
	case *ast.StarExpr:
		return root(e.X)
	case *ast.ParenExpr:
		return root(e.X)
	}
	return nil
}

// eachUse calls fn with each name of a package that the file uses.
func eachUse(s source, pkg string, fn func(*ast.SelectorExpr)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		use, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if name, ok := use.X.(*ast.Ident); ok && name.Obj == nil {
			if spec, ok := s.imports()[name.Name]; ok && (importPath(spec) == pkg || path.Base(importPath(spec)) == pkg) {
				fn(use)
			}
		}
		return true
	})
}
