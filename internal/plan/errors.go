package plan

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/berth-go/berth/internal/place"
)

// A BuildError holds everything that is wrong with an object graph and its configuration. Each problem is a
// *MissingError, *CycleError, *LifetimeError, *DuplicateError, *ReplaceError,
// *SignatureError or an error of a setting; errors.As finds them.
//
// Error is one line, with the first ten problems; %+v prints one paragraph a problem with places and what to do.
type BuildError struct {
	Problems []error

	settings int // how many, the last ones, are those of settings
}

func (e *BuildError) Unwrap() []error { return e.Problems }

func (e *BuildError) Error() string {
	const shown = 10
	lines := make([]string, min(len(e.Problems), shown))
	for i := range lines {
		lines[i] = e.Problems[i].Error()
		if len(e.Problems) > 1 {
			lines[i] = fmt.Sprintf("%d. %s", i+1, lines[i])
		}
	}
	if more := len(e.Problems) - shown; more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%s: %s", e.headline(), strings.Join(lines, "; "))
}

func (e *BuildError) headline() string {
	switch wiring := len(e.Problems) - e.settings; {
	case e.settings == 0:
		return fmt.Sprintf("app: %s in the object graph", count(wiring, "problem"))
	case wiring == 0:
		return fmt.Sprintf("app: %s in the configuration", count(e.settings, "problem"))
	default:
		return fmt.Sprintf("app: %s in the object graph and %d in the configuration", count(wiring, "problem"), e.settings)
	}
}

// Format prints the one line under %v and %s, and the paragraphs under %+v.
func (e *BuildError) Format(s fmt.State, verb rune) {
	if verb != 'v' || !s.Flag('+') {
		io.WriteString(s, e.Error())
		return
	}
	fmt.Fprintf(s, "%s\n", e.headline())
	for i, p := range e.Problems {
		fmt.Fprintf(s, "\n%d. %+v\n", i+1, p)
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// A Step is one line of a trace: a function that needs what the line before provides.
type Step struct {
	Func  string
	Place place.Place // where the function stands
	Role  string      // "scoped, as orders.Store", "unit of GET /orders/{id}"
	Of    string      // what it provides, where the name does not tell: of a function without one, or a generic one
}

// called is the name that a list without roles shows.
func (s Step) called() string {
	if s.Of == "" {
		return s.Func
	}
	return fmt.Sprintf("%s (%s)", s.Func, s.Of)
}

// A row is a step and the word before it.
type row struct {
	word string
	Step
}

func rows(word string, steps []Step) []row {
	out := make([]row, len(steps))
	for i, s := range steps {
		out[i] = row{word, s}
	}
	return out
}

// trace prints rows as aligned lines. Of a long one the middle is left out.
func trace(b *strings.Builder, rows []row) {
	const shown = 12
	cut := 0
	if len(rows) > 2*shown {
		cut = len(rows) - 2*shown
		rows = append(rows[:shown:shown], rows[len(rows)-shown:]...)
	}
	var words, names, places int
	for _, r := range rows {
		words = max(words, len(r.word))
		names = max(names, len(r.Func))
		places = max(places, len(r.Place.String()))
	}
	for i, r := range rows {
		if cut > 0 && i == shown {
			fmt.Fprintf(b, "\n     ... and %d more ...", cut)
		}
		line := fmt.Sprintf("     %-*s  %-*s  %-*s  %s", words, r.word, names, r.Func, places, r.Place, r.Role)
		b.WriteString("\n" + strings.TrimRight(line, " "))
	}
}

// paragraph formats an error that has a one-line and a long form.
func paragraph(s fmt.State, verb rune, short, long string) {
	if verb == 'v' && s.Flag('+') {
		io.WriteString(s, long)
		return
	}
	io.WriteString(s, short)
}

// A MissingError says that nothing provides what somebody needs, or that it is given by
// other triggers only.
type MissingError struct {
	Type  reflect.Type
	Name  string
	Group string
	// GivenBy names the triggers that do give the type, where it is given elsewhere only.
	GivenBy []string
	// Trace leads from who needs it to the root of the graph.
	Trace []Step
	// Also needs it.
	Also []Step
	Hint string
}

func (e *MissingError) key() Key { return Key{e.Type, e.Name, e.Group} }

func (e *MissingError) headline() string {
	if len(e.GivenBy) > 0 {
		return fmt.Sprintf("%v is not given here", e.Type)
	}
	return fmt.Sprintf("missing %v", e.key())
}

func (e *MissingError) Error() string {
	if len(e.Trace) == 0 {
		return e.headline() + hint(", ", e.Hint)
	}
	first, last := e.Trace[0], e.Trace[len(e.Trace)-1]
	msg := fmt.Sprintf("%s, needed by %s (%v)", e.headline(), first.Func, first.Place)
	if len(e.Trace) > 1 {
		msg += fmt.Sprintf(" for %s (%v)", last.Func, last.Place)
	}
	return msg + hint(": ", e.Hint)
}

// Format prints one line, or under %+v the whole trace.
func (e *MissingError) Format(s fmt.State, verb rune) {
	var b strings.Builder
	b.WriteString(e.headline())
	trace(&b, append(rows("needed by", e.Trace), rows("and by", e.Also)...))
	b.WriteString(hint(hintLine, e.Hint))
	paragraph(s, verb, e.Error(), b.String())
}

// hint is what to do, after a separator. A hint may have several lines, but not in an error of one line.
func hint(sep, text string) string {
	if text == "" {
		return ""
	}
	if sep != hintLine {
		text = strings.ReplaceAll(text, hintLine, "; ")
	}
	return sep + text
}

// hintLine begins each line of a hint.
const hintLine = "\n   "

// A CycleError says that providers need each other, or that at run time constructors of a
// scope wait for each other.
type CycleError struct {
	// Trace is the ring: each step needs the next, the last needs the first.
	Trace []Step
}

func (e *CycleError) Error() string {
	const shown = 8
	names := make([]string, 0, shown+2)
	for i, s := range e.Trace {
		if len(e.Trace) > shown && i == shown/2 {
			names = append(names, fmt.Sprintf("(%d more)", len(e.Trace)-shown))
		}
		if len(e.Trace) > shown && i >= shown/2 && i < len(e.Trace)-shown/2 {
			continue
		}
		names = append(names, s.called())
	}
	if len(e.Trace) > 0 {
		names = append(names, e.Trace[0].called())
	}
	return "cycle: " + strings.Join(names, " needs ")
}

// Format prints one line, or under %+v the whole ring.
func (e *CycleError) Format(s fmt.State, verb rune) {
	var b strings.Builder
	fmt.Fprintf(&b, "cycle of %s", count(len(e.Trace), "provider"))
	if len(e.Trace) > 0 {
		next := append(e.Trace[1:len(e.Trace):len(e.Trace)], e.Trace[0])
		trace(&b, append(rows("", e.Trace[:1]), rows("needs", next)...))
	}
	b.WriteString(hintLine + "take a di.Lazy of one of them, or split what both need into a third")
	paragraph(s, verb, e.Error(), b.String())
}

// A LifetimeError says that something needs what lives shorter than itself, or that plain fx asks
// for something that is not a singleton.
type LifetimeError struct {
	Type reflect.Type
	Name string
	// Lifetime of what is needed: "scoped" or "transient".
	Lifetime string
	// Provider is where it is provided.
	Provider Step
	// Trace leads from who needs it directly to the root.
	Trace []Step
	Hint  string
}

func (e *LifetimeError) headline() string {
	k := Key{Type: e.Type, Name: e.Name}
	if len(e.Trace) == 0 {
		return fmt.Sprintf("%v is %s", k, e.Lifetime)
	}
	holder := e.Trace[len(e.Trace)-1]
	return fmt.Sprintf("%v is %s and cannot be held by %s", k, e.Lifetime, holder.Func)
}

func (e *LifetimeError) Error() string {
	msg := e.headline()
	if n := len(e.Trace); n > 0 {
		msg += fmt.Sprintf(" (%v)", e.Trace[n-1].Place)
		if n > 1 {
			msg += " through " + e.Trace[0].Func
		}
	}
	return msg + hint(": ", e.Hint)
}

// Format prints one line, or under %+v the whole chain.
func (e *LifetimeError) Format(s fmt.State, verb rune) {
	var b strings.Builder
	b.WriteString(e.headline())
	all := rows("needed by", e.Trace)
	if e.Provider.Func != "" {
		all = append(rows("provided by", []Step{e.Provider}), all...)
	}
	trace(&b, all)
	b.WriteString(hint(hintLine, e.Hint))
	paragraph(s, verb, e.Error(), b.String())
}

// A DuplicateError says that a type is provided more than once under one name, or provided and given.
type DuplicateError struct {
	Type reflect.Type
	Name string
	// Providers are all that provide it; their places are those of their declarations.
	Providers []Step
	Hint      string
}

func (e *DuplicateError) Error() string {
	const shown = 4
	where := make([]string, min(len(e.Providers), shown))
	for i := range where {
		where[i] = fmt.Sprintf("%s (%v)", e.Providers[i].Func, e.Providers[i].Place)
	}
	if more := len(e.Providers) - shown; more > 0 {
		where = append(where, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%v is provided %s: by %s%s", Key{Type: e.Type, Name: e.Name}, times(len(e.Providers)),
		strings.Join(where, " and by "), hint(": ", e.Hint))
}

func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// Format prints one line, or under %+v a line a provider.
func (e *DuplicateError) Format(s fmt.State, verb rune) {
	var b strings.Builder
	fmt.Fprintf(&b, "%v is provided %s", Key{Type: e.Type, Name: e.Name}, times(len(e.Providers)))
	trace(&b, rows("by", e.Providers))
	b.WriteString(hint(hintLine, e.Hint))
	paragraph(s, verb, e.Error(), b.String())
}

// A ReplaceError says that a Replace or a Decorate has nothing to act on.
type ReplaceError struct {
	Type  reflect.Type
	Name  string
	Group string
	Verb  string // "replace" or "decorate"
	Place place.Place
	Hint  string
}

func (e *ReplaceError) Error() string {
	return fmt.Sprintf("nothing to %s at %v: no %v is provided%s", e.Verb, e.Place, Key{e.Type, e.Name, e.Group},
		hint(": ", e.Hint))
}

// Format prints one line, or under %+v the hint on a line of its own.
func (e *ReplaceError) Format(s fmt.State, verb rune) {
	long := fmt.Sprintf("nothing to %s: no %v is provided\n     asked for at %v%s", e.Verb,
		Key{e.Type, e.Name, e.Group}, e.Place, hint(hintLine, e.Hint))
	paragraph(s, verb, e.Error(), long)
}

// A SignatureError says that a function or an option cannot be used as it stands.
type SignatureError struct {
	Func  string
	Place place.Place // of the declaration
	What  string      // what is wrong
	Hint  string
}

func (e *SignatureError) Error() string {
	who := e.Func
	if who == "" {
		who = "an option"
	}
	return fmt.Sprintf("%s, declared at %v: %s%s", who, e.Place, e.What, hint(": ", e.Hint))
}

// Format prints one line, or under %+v the hint on a line of its own.
func (e *SignatureError) Format(s fmt.State, verb rune) {
	who := e.Func
	if who == "" {
		who = "an option"
	}
	long := fmt.Sprintf("%s: %s\n     declared at %v%s", who, e.What, e.Place, hint(hintLine, e.Hint))
	paragraph(s, verb, e.Error(), long)
}

// A ConstructError says which constructor, decorator or cleanup failed, and where it stands.
type ConstructError struct {
	Func  string
	Place place.Place
	Err   error
}

func (e *ConstructError) Unwrap() error { return e.Err }

func (e *ConstructError) Error() string {
	return fmt.Sprintf("%s (%v): %v", e.Func, e.Place, e.Err)
}

var errNilInterface = errors.New("returned a nil interface and no error")
