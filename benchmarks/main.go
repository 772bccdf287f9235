// The benchmarks measure Berth against hand-written code and plain fx, in one run, and print one line
// "ratio NAME VALUE" for each budget. docs/performance.md says what the figures mean.
//
//	go run . [-quick] [-strict] [name...]
//
// Names select ratios. -quick takes seconds instead of a minute and is for a first look only. -strict makes a
// ratio over its budget an exit code of 1.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/berth-go/berth/benchmarks/internal/measure"
)

func main() {
	quick := flag.Bool("quick", false, "fewer and shorter rounds")
	strict := flag.Bool("strict", false, "exit with 1 if a ratio is over its budget")
	flag.Parse()
	over, err := run(os.Stdout, paceOf(*quick), flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
	if over > 0 && *strict {
		os.Exit(1)
	}
}

// A pace says how long the two kinds of comparisons take.
type pace struct{ fast, slow measure.How }

func paceOf(quick bool) pace {
	if quick {
		return pace{measure.How{Rounds: 7, Slot: 5 * time.Millisecond}, measure.How{Rounds: 5, Slot: 20 * time.Millisecond}}
	}
	return pace{measure.How{Rounds: 101, Slot: 20 * time.Millisecond}, measure.How{Rounds: 41, Slot: 100 * time.Millisecond}}
}

// run measures the selected ratios, all if no name is given, writes them and returns how many are over their budget.
func run(w io.Writer, p pace, names []string) (over int, err error) {
	for _, name := range names {
		if !slices.ContainsFunc(ratios, func(r ratio) bool { return r.name == name }) {
			return 0, fmt.Errorf("ratio %q is not one of %v", name, ratios)
		}
	}
	fmt.Fprintln(w, machine())
	var found []finding
	for _, r := range ratios {
		if len(names) > 0 && !slices.Contains(names, r.name) {
			continue
		}
		f, err := r.measure(p)
		if err != nil {
			return 0, fmt.Errorf("ratio %q: %w", r.name, err)
		}
		if f.budget == 0 {
			f.budget = r.budget
		}
		f.ratio.name, f.ratio.what = r.name, r.what
		found = append(found, f)
		fmt.Fprint(w, f.table())
	}
	fmt.Fprintln(w)
	for _, f := range found {
		if f.over() {
			over++
			fmt.Fprintf(w, "%s is over its budget: %.2f, not %.2f\n", f.name, f.value.Median, f.budget)
		}
	}
	if over == 0 {
		fmt.Fprintln(w, "all are within their budgets")
	}
	for _, f := range found {
		fmt.Fprintf(w, "ratio %s %.2f\n", f.name, f.value.Median)
	}
	return over, nil
}
