package settings

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
)

// A Page is what the program prints instead of running.
type Page string

// The pages.
const (
	Help      Page = "--help"
	Effective Page = "--print-config"
)

// A Guide is what a Loader may also be: it says what was asked for, and what people should know of its sources.
type Guide interface {
	Page() Page
	// Sources describes each, the lowest first.
	Sources() []string
	// Names are other names by which a key can be set: "$ORDERING_GRACE__CHECK_INTERVAL".
	Names(key string) []string
}

// Asked is the page that the program was asked for, or "".
func Asked(all []decl.Setting) Page {
	for _, s := range all {
		if g, ok := s.Value.(Guide); ok && g.Page() != "" {
			return g.Page()
		}
	}
	return ""
}

// Write writes a page about an application.
func (c *Configuration) Write(w io.Writer, p Page) error {
	if p == Help {
		return c.help(w)
	}
	return c.describe(w)
}

// A Config tells what an application is set to.
type Config struct{ of *Configuration }

// Describe writes what each key is set to, and where that stands, a line each. Secrets are masked. It returns
// the error of w.
func (c *Config) Describe(w io.Writer) error { return c.of.describe(w) }

// Reload reads the sources once more, as a signal does, and returns when that has come to its end. If something is wrong with any
// of them, all keep what they have, and the error says what. ctx bounds only the wait for another reload. Without config.Reload it
// is an error.
func (c *Config) Reload(ctx context.Context) error { return c.of.Reload(ctx) }

// Builtin provides the *Config of an application.
func Builtin() fx.Option {
	return decl.Builtin(func(engine any, _ string) *Config { return &Config{Of(engine, nil)} })
}

func (c *Configuration) describe(w io.Writer) error {
	lines := c.values.Load().snap.Lines(c.Schema)
	sorted(lines)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		value := " = " + l.Value
		if !l.Set {
			value = " is not set"
		}
		fmt.Fprintf(t, "%s%s\t%s\n", l.Key, value, l.At)
	}
	return t.Flush()
}

// help writes what can be set, and by what.
func (c *Configuration) help(w io.Writer) error {
	out := bufio.NewWriter(w)
	guide, _ := c.loader.(Guide)
	if guide != nil {
		fmt.Fprintln(out, "A key is set in one of these; a later one hides an earlier one:")
		for _, s := range append([]string{"defaults"}, guide.Sources()...) {
			fmt.Fprintf(out, "  %s\n", s)
		}
	}
	lines := c.Schema.Lines()
	sorted(lines)
	fmt.Fprintln(out, "\nKeys:")
	for _, l := range lines {
		flag, where := "--"+l.Key, ""
		if strings.Contains(l.Key, "[]") {
			flag, where = l.Key, ", in files only"
		}
		fmt.Fprintf(out, "  %s  %s%s", flag, l.Type, where)
		if l.Set {
			fmt.Fprintf(out, ", default %s", l.Value)
		}
		fmt.Fprintln(out)
		if l.Doc != "" {
			fmt.Fprintf(out, "        %s\n", l.Doc)
		}
		if guide != nil {
			if names := guide.Names(l.Key); len(names) > 0 {
				fmt.Fprintf(out, "        %s\n", strings.Join(names, ", "))
			}
		}
	}
	fmt.Fprint(out, "\nOther flags:\n  --help          prints this\n  --print-config  prints what each key is set to, and where\n")
	return out.Flush()
}

// sorted orders lines by their sections, and keeps the order within them.
func sorted(lines []confbind.Line) {
	slices.SortStableFunc(lines, func(a, b confbind.Line) int {
		return strings.Compare(section(a.Key), section(b.Key))
	})
}

func section(key string) string {
	name, _, _ := strings.Cut(key, ".")
	return name
}
