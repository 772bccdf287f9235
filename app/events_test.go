package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

func TestEveryEventIsLogged(t *testing.T) {
	logged := map[string]bool{}
	inspect(t, "events.go", func(n ast.Node) {
		if c, ok := n.(*ast.CaseClause); ok {
			for _, typ := range c.List {
				if s, ok := typ.(*ast.SelectorExpr); ok {
					logged[s.Sel.Name] = true
				}
			}
		}
	})
	files, err := filepath.Glob("../lifecycle/event/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("events are in %v: %v", files, err)
	}
	for _, file := range files {
		inspect(t, file, func(n ast.Node) {
			if f, ok := n.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "event" {
				if name := f.Recv.List[0].Type.(*ast.Ident).Name; !logged[name] {
					t.Errorf("event.%s is not logged", name)
				}
			}
		})
	}
}

func inspect(t *testing.T, file string, each func(ast.Node)) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		each(n)
		return true
	})
}
