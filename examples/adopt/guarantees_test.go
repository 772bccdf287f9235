package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
)

// A guarantee is a row of the table in docs/coming-from-fx.md.
type guarantee struct {
	text              string
	main, run, module string   // what the table says; empty is yes
	not               []string // the ways in which it does not hold
	holds             func(t *testing.T, way string) bool
}

var guarantees = []guarantee{
	{
		text:  "a program of plain fx options has the same values, the same order of hooks, the same log of its own, and its `fx.WithLogger` the same events",
		holds: sameDepot,
	},
	{
		text: "the graph is checked before anything is constructed, all problems at once",
		holds: func(t *testing.T, way string) bool {
			o := execute(t, way, "wrong")
			return o.code == 1 && o.lines() == "" && strings.Contains(o.errs, "2 problems in the object graph")
		},
	},
	{
		text:  "lifetimes, scopes, bound functions, replacement, decoration",
		holds: says("scopes", 0, "tx 10, tx 1 released, tx 20, tx 2 released"),
	},
	{
		text:  "one order of start and stop for hooks, units and cleanups",
		holds: says("order", 0, "pool made, inner started, first started, unit, last unit, first stopped, pool released, inner stopped"),
	},
	{
		text: "a hook that fails, panics or hangs is named with its place",
		holds: func(t *testing.T, way string) bool {
			return names(execute(t, way, "hook fails"), "sick") &&
				names(execute(t, way, "hook panics"), "panic with a string") &&
				names(execute(t, way, "hook hangs"), "hangs: it did not return")
		},
	},
	{
		text:  "a failed start is undone, each hook and cleanup once",
		holds: says("start fails", 1, "pool made, first started, stop unit, first stopped, pool released"),
	},
	{
		text:  "a start beyond `app.StartTimeout` is undone",
		holds: says("start hangs", 1, "pool made, first started, first stopped, pool released"),
	},
	{
		text:   "a start beyond `fx.StartTimeout` is undone",
		module: "no: fx does not wait for it, and its Run exits before",
		not:    []string{"app.Module"},
		holds:  says("start hangs by fx", 1, "pool made, first started, first stopped, pool released"),
	},
	{
		text:  "a stop beyond `app.StopTimeout` is named and runs the rest of the hooks and all cleanups",
		holds: both(says("stop hangs", 1, "pool made, first started, first stopped, pool released"), logs("stop hangs", "hangs: it did not return")),
	},
	{
		text:  "a failed build (a constructor returns an error) releases what was built, and names the constructor",
		holds: both(says("build fails", 1, "pool made, pool released"), logs("build fails", "scenarios_test.go:")),
	},
	{
		text:  "triggers, `*lifecycle.Status`, `lifecycle.Shutdown`",
		holds: says("triggers", 0, "2 triggers, starting, turn"),
	},
	{
		text:  "a constructor of ours that panics is an error, and what was built is released",
		holds: both(says("ours panics", 1, "pool made, pool released"), logs("ours panics", "panic with a string at adopt/scenarios_test.go:")),
	},
	{
		text:   "so is one of plain fx that panics",
		module: "no: the panic leaves fx.New",
		not:    []string{"app.Module"},
		holds:  both(says("theirs panics", 1, "pool made, pool released"), logs("theirs panics", "panic with a string at adopt/scenarios_test.go:")),
	},
	{
		text:   "a constructor that hangs is named when the start limit is over",
		run:    "`app.Run` yes, `app.New` no",
		module: "no",
		not:    []string{"app.New", "app.Module"},
		holds:  both(says("constructor hangs", 1, "pool made"), logs("constructor hangs", "hangs: it did not return")),
	},
	{
		text:   "the first signal stops in order",
		run:    "signals are yours",
		module: "yes, fx's",
		not:    []string{"app.Run", "app.New"},
		holds:  says("one signal", 0, "pool made, first started, stopping, first stopped, pool released"),
	},
	{
		text:   "the second signal ends the process",
		run:    "signals are yours",
		module: "no: fx does not notice it",
		not:    []string{"app.Run", "app.New", "app.Module"},
		holds:  says("two signals", 143, "pool made, stopping"),
	},
	{
		text:   "a fault ends the process with 1, and is logged once",
		run:    "Run returns it",
		module: "the code is 1; the error is what Stop returns",
		not:    []string{"app.Run", "app.New", "app.Module"},
		holds: func(t *testing.T, way string) bool {
			o := execute(t, way, "fault")
			if o.code != 1 || o.lines() != "pool made, pool released" {
				t.Errorf("ended with %d: %s", o.code, o.lines())
			}
			return strings.Count(o.errs, "sick") == 1 && strings.Contains(o.errs, `"level":"error"`)
		},
	},
	{
		text:  "the process ends with the code given to `fx.Shutdowner`",
		run:   "Run returns an `*app.ExitError`",
		holds: says("exit code", 5, "pool made, pool released"),
	},
	{
		text:   "several applications from one option value",
		module: "one fx.New for each call of app.Module",
		not:    []string{"app.Module"},
		holds:  twice,
	},
}

// says expects the exit code and the lines of a scenario.
func says(scenario string, code int, lines string) func(t *testing.T, way string) bool {
	return func(t *testing.T, way string) bool {
		o := execute(t, way, scenario)
		ok := o.code == code && o.lines() == lines
		if !ok {
			t.Logf("%s ended with %d and said %q, and on standard error:\n%s", scenario, o.code, o.lines(), o.errs)
		}
		return ok
	}
}

// logs expects a text on standard error.
func logs(scenario, text string) func(t *testing.T, way string) bool {
	return func(t *testing.T, way string) bool { return strings.Contains(execute(t, way, scenario).errs, text) }
}

func both(one, other func(t *testing.T, way string) bool) func(t *testing.T, way string) bool {
	return func(t *testing.T, way string) bool { return one(t, way) && other(t, way) }
}

// names reports whether a program has failed and said of what and where.
func names(o outcome, what string) bool {
	return o.code == 1 && strings.Contains(o.errs, what) && strings.Contains(o.errs, "adopt/scenarios_test.go:")
}

// sameDepot compares what the depot logs with what it logs on plain fx.
func sameDepot(t *testing.T, way string) bool {
	want, got := execute(t, "fx.New", "depot"), execute(t, way, "depot")
	t.Logf("logged\n%s", strings.Join(ownLines(got.errs), "\n"))
	return len(ownLines(want.errs)) > 10 && slices.Equal(ownLines(got.errs), ownLines(want.errs)) && got.code == want.code
}

// ownLines are the lines of a log that neither fx nor Berth have written.
func ownLines(log string) []string {
	return slices.DeleteFunc(strings.Split(log, "\n"), func(line string) bool {
		return !strings.HasPrefix(line, "{") || strings.Contains(line, `"logger":"app"`) || strings.Contains(line, `"logger":"fx"`)
	})
}

// twice makes two applications of one value.
func twice(t *testing.T, way string) bool {
	construct := func(o fx.Option) error {
		a := app.New(o)
		defer func() { _ = a.Stop(t.Context()) }()
		return a.Err()
	}
	option := di.Singleton(func() *pool { return &pool{} })
	if way == "app.Module" {
		option = app.Module(option)
		construct = func(o fx.Option) error { return fx.New(fx.NopLogger, o).Err() }
	}
	if err := construct(option); err != nil {
		t.Error(err)
	}
	return construct(option) == nil
}

func TestGuaranteesHoldWhereTheTableSaysSo(t *testing.T) {
	for _, g := range guarantees {
		for _, way := range []string{"app.Main", "app.Run", "app.New", "app.Module"} {
			t.Run(g.text+" in "+way, func(t *testing.T) {
				t.Parallel()
				if holds := g.holds(t, way); holds == slices.Contains(g.not, way) {
					t.Errorf("holds is %v", holds)
				}
			})
		}
	}
}

func TestTableOfGuaranteesIsInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "coming-from-fx.md"))
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| guarantee | `app.Main` | `app.Run`, `app.New` | `fx.New(app.Module(...))` |\n|---|---|---|---|\n")
	for _, g := range guarantees {
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", g.text, orYes(g.main), orYes(g.run), orYes(g.module))
	}
	if !strings.Contains(string(page), "\n"+table.String()+"\n") {
		t.Errorf("docs/coming-from-fx.md does not have this table:\n%s", table.String())
	}
}

func orYes(cell string) string {
	if cell == "" {
		return "yes"
	}
	return cell
}
