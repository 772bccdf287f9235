package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/settings"
)

// Flags reads the arguments of the program, without its name: config.Flags(os.Args[1:]). A key is set by --a.b=c or
// --a.b c, one that is true or false by --a.b alone; the elements of a list are separated by commas. One dash does too. Of a flag
// that stands twice the last counts.
//
// With Flags [app.Main] understands --help, which prints every key with its type, default and meaning (the tag `doc`), and
// --print-config, which prints what Describe of a [Config] does. Both construct nothing.
//
// Secrets do not belong there: other users of a machine see the arguments of a program.
func Flags(args []string) Option {
	return Option{rank: rankFlags, name: "flags: --section.key=VALUE for section.key", page: pageOf(args), read: func(r reading) (confbind.Source, error) {
		p := flagReader{args: args, schema: r.schema, root: confbind.Section("flags")}
		for p.next < len(p.args) && p.args[p.next] != "--" {
			p.flag()
		}
		for n := p.next + 1; n < len(p.args); n++ {
			p.wrong(n)
		}
		return confbind.Source{Root: p.root, Strict: true}, errors.Join(p.errs...)
	}}
}

// pageOf is what the arguments ask for instead of a run.
func pageOf(args []string) settings.Page {
	for _, arg := range args {
		switch arg {
		case "--":
			return ""
		case "--help", "-help", "-h":
			return settings.Help
		case "--print-config", "-print-config":
			return settings.Effective
		}
	}
	return ""
}

// A flagReader reads arguments one after another.
type flagReader struct {
	args   []string
	next   int
	schema *confbind.Schema
	root   *confbind.Node
	errs   []error
}

// wrong reports an argument that is no flag; it may be a value.
func (p *flagReader) wrong(n int) {
	p.errs = append(p.errs, fmt.Errorf("argument %d of the program is no flag: a key is set by --key=value", n+1))
}

func (p *flagReader) flag() {
	arg := p.args[p.next]
	p.next++
	if !isFlag(arg) {
		p.wrong(p.next - 1)
		return
	}
	if pageOf([]string{arg}) != "" {
		return
	}
	dotted, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
	at := "flag --" + dotted
	path := p.schema.Path(dotted)
	switch {
	case given:
	case p.schema.Bool(path):
		value = "true"
	case p.next < len(p.args) && !isFlag(p.args[p.next]) && p.args[p.next] != "--":
		value = p.args[p.next]
		p.next++
	case !p.schema.Has(path): // it is the key that is wrong, which is found later
	default:
		p.errs = append(p.errs, &Error{Key: dotted, Source: at, Reason: "has no value: write --" + dotted + "=VALUE"})
		return
	}
	node := &confbind.Node{Value: value, At: at}
	if taken := p.root.Put(path, node); taken != nil {
		if taken.Keys == nil && taken.At == at {
			*taken = *node // not yet part of a source
			return
		}
		p.errs = append(p.errs, &Error{Key: dotted, Source: at, Reason: "is a value and also a section, in " + taken.At})
	}
}

// isFlag reports whether an argument is a flag: it is not one if a digit follows the dash.
func isFlag(arg string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-")
	return name != arg && name != "" && (strings.HasPrefix(arg, "--") || name[0] < '0' || name[0] > '9')
}
