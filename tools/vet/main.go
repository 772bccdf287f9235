// Vet holds the analyzers that this repository wants beside those of go vet.
// It is run by go vet itself: go vet -vettool=bin/vet ./...
//
// A finding that is wanted is silenced on its line, with a reason:
//
//	switch e := err.(type) { //nolint:errorlint // it walks the tree itself
package main

import (
	"github.com/maratori/testableexamples/pkg/testableexamples"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/reflectvaluecompare"
	"golang.org/x/tools/go/analysis/passes/sortslice"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/berth-go/berth/tools/vet/allevents"
)

func main() {
	unitchecker.Main(
		allevents.Analyzer,
		ignorable(notInTests(errorlint.NewAnalyzer())), // a test may ask for the very error
		ignorable(notInTests(nilness.Analyzer)),        // a test may go on after t.Error
		ignorable(reflectvaluecompare.Analyzer),
		ignorable(sortslice.Analyzer),
		ignorable(testableexamples.NewAnalyzer()),
		ignorable(unusedwrite.Analyzer),
	)
}
