package main

import (
	"go/token"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// notInTests returns the analyzer without its findings in test files.
func notInTests(a *analysis.Analyzer) *analysis.Analyzer {
	return filtered(a, func(_ *analysis.Pass, at token.Position) bool {
		return !strings.HasSuffix(at.Filename, "_test.go")
	})
}

// ignorable returns the analyzer without its findings on a line that ends in a comment
// "//nolint:NAME // reason".
func ignorable(a *analysis.Analyzer) *analysis.Analyzer {
	return filtered(a, func(pass *analysis.Pass, at token.Position) bool {
		for _, file := range pass.Files {
			if pass.Fset.Position(file.Pos()).Filename != at.Filename {
				continue
			}
			for _, group := range file.Comments {
				for _, comment := range group.List {
					if pass.Fset.Position(comment.Pos()).Line == at.Line && ignores(comment.Text, a.Name) {
						return false
					}
				}
			}
		}
		return true
	})
}

// ignores reports whether a comment names the analyzer and gives a reason.
func ignores(comment, name string) bool {
	reason, ok := strings.CutPrefix(comment, "//nolint:"+name+" // ")
	return ok && reason != ""
}

// filtered returns a copy of the analyzer that reports only what keep wants.
func filtered(a *analysis.Analyzer, keep func(*analysis.Pass, token.Position) bool) *analysis.Analyzer {
	copied := *a
	copied.Run = func(pass *analysis.Pass) (any, error) {
		narrow := *pass
		narrow.Report = func(d analysis.Diagnostic) {
			if keep(pass, pass.Fset.Position(d.Pos)) {
				pass.Report(d)
			}
		}
		return a.Run(&narrow)
	}
	return &copied
}
