// Package allevents checks that a switch which is to handle every event of Berth does.
package allevents

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Mark is the comment on the line before a type switch over event.Event that must have a case for each event.
const Mark = "//vet:allevents"

// Analyzer finds marked switches with events missing, and marks that stand before something else.
var Analyzer = &analysis.Analyzer{
	Name: "allevents",
	Doc:  "check that a type switch marked " + Mark + " has a case for each event of lifecycle/event",
	Run:  run,
}

func run(pass *analysis.Pass) (any, error) {
	for _, file := range pass.Files {
		marks := map[int]*ast.Comment{} // by the line they are for
		for _, group := range file.Comments {
			for _, c := range group.List {
				if c.Text == Mark {
					marks[pass.Fset.Position(c.Pos()).Line+1] = c
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.TypeSwitchStmt)
			if !ok {
				return true
			}
			line := pass.Fset.Position(s.Pos()).Line
			if all := events(pass.TypesInfo.TypeOf(subject(s))); marks[line] != nil && all != nil {
				delete(marks, line)
				check(pass, s, all)
			}
			return true
		})
		for _, c := range marks {
			pass.Reportf(c.Pos(), "%s stands before no type switch over event.Event", Mark)
		}
	}
	return nil, nil
}

// subject is x of a switch v := x.(type).
func subject(s *ast.TypeSwitchStmt) ast.Expr {
	var x ast.Expr
	switch a := s.Assign.(type) {
	case *ast.AssignStmt:
		x = a.Rhs[0]
	case *ast.ExprStmt:
		x = a.X
	}
	return x.(*ast.TypeAssertExpr).X
}

// events are the names of all events, if t is event.Event; else nil.
func events(t types.Type) []string {
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Name() != "Event" || named.Obj().Pkg() == nil || !strings.HasSuffix(named.Obj().Pkg().Path(), "lifecycle/event") {
		return nil
	}
	iface, ok := named.Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var all []string
	scope := named.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		if tn, ok := scope.Lookup(name).(*types.TypeName); ok && !types.IsInterface(tn.Type()) && types.Implements(tn.Type(), iface) {
			all = append(all, name)
		}
	}
	return all
}

func check(pass *analysis.Pass, s *ast.TypeSwitchStmt, all []string) {
	missing := slices.Clone(all)
	for _, clause := range s.Body.List {
		for _, expr := range clause.(*ast.CaseClause).List {
			if named, ok := pass.TypesInfo.TypeOf(expr).(*types.Named); ok {
				missing = slices.DeleteFunc(missing, func(name string) bool { return name == named.Obj().Name() })
			}
		}
	}
	if len(missing) > 0 {
		pass.Reportf(s.Pos(), "switch has no case for event.%s", strings.Join(missing, ", event."))
	}
}
