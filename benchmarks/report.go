package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/berth-go/berth/benchmarks/internal/measure"
)

// A finding is what was measured of a ratio.
type finding struct {
	ratio
	value   measure.Spread
	results []measure.Result
	notes   []note
}

// A note is a figure of something else beside the ratio.
type note struct {
	name  string
	value float64
}

// over allows for rounding: what is printed is what counts.
func (f finding) over() bool { return f.value.Median >= f.budget+0.005 }

// table shows all that was measured for the ratio.
func (f finding) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %s\n", f.name, f.what)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	if len(f.results) > 0 {
		fmt.Fprint(w, "\ttime\tallocs\tbytes\tratio\thalf between\tall between\t\n")
	}
	for _, r := range f.results {
		fmt.Fprintf(w, "%s\t%v\t%.0f\t%.0f\t%.2f\t%.2f..%.2f\t%.2f..%.2f\t\n", r.Name, r.Time, r.Allocs, r.Bytes,
			r.Ratio.Median, r.Ratio.Low, r.Ratio.High, r.Ratio.Min, r.Ratio.Max)
	}
	for _, n := range f.notes {
		fmt.Fprintf(w, "%s\t%.2f\t\n", n.name, n.value)
	}
	w.Flush()
	fmt.Fprintf(&b, "%.2f, budget %.2f\n", f.value.Median, f.budget)
	return b.String()
}

// machine says on what was measured.
func machine() string {
	s := fmt.Sprintf("%s %s/%s, %d processors, %s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), processor())
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return s
	}
	for _, dep := range info.Deps {
		switch dep.Path {
		case "go.uber.org/fx", "go.uber.org/dig", "github.com/samber/do/v2", "github.com/sarulabs/di/v2":
			s += fmt.Sprintf("\n%s %s", dep.Path, dep.Version)
		}
	}
	return s
}

// processor is its name where Linux tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "processor unknown"
	}
	_, rest, _ := strings.Cut(string(text), "model name")
	name, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
}
