package settings

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// Bind makes the struct of a section out of a snapshot and validates it by its own Validate() error. That is not called if a
// source could not be read. Safe for goroutines.
func (c *Configuration) Bind(s *Section, snap *confbind.Snapshot) (reflect.Value, error) {
	target := reflect.New(s.Type)
	if wrong := c.wrong[s]; wrong != nil {
		return target.Elem(), errors.Join(wrong...)
	}
	errs := confbind.Bind(target, s.path(), snap, s.Here.Place())
	if v, ok := target.Interface().(interface{ Validate() error }); ok && len(errs) == 0 && !snap.Partial {
		errs = append(errs, s.validate(v.Validate, snap))
	}
	err := errors.Join(errs...)
	if s.renew != nil && err == nil && !snap.Partial {
		err = s.renew.check(target.Elem(), snap)
	}
	return reflect.ValueOf(target.Elem().Interface()), err // no longer to be written to
}

// validate calls a Validate of the program.
func (s *Section) validate(validate func() error, snap *confbind.Snapshot) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = supervise.Recovered(r, fmt.Sprintf("validation of section %q", s.Name), s.Here.Place())
		}
	}()
	if err := validate(); err != nil {
		return &InvalidError{Section: s.Name, Err: err, bound: s.Here.Place(), typ: s.Type, keys: s.named(err, snap)}
	}
	return nil
}

// An InvalidError says that a Validate has refused a section.
type InvalidError struct {
	Section string
	Err     error // of Validate

	bound place.Place
	typ   reflect.Type
	keys  []setKey
}

// A setKey is a key and where it is set.
type setKey struct{ name, at string }

func (e *InvalidError) Unwrap() error { return e.Err }

func (e *InvalidError) Error() string {
	text := fmt.Sprintf("section %q is invalid: %v", e.Section, e.Err)
	for i, k := range e.keys {
		sep := ", "
		if i == 0 {
			sep = " ("
		}
		text += fmt.Sprintf("%s%s is set in %s", sep, k.name, k.at)
	}
	if len(e.keys) > 0 {
		text += ")"
	}
	return text
}

// Format prints one line, or under %+v a paragraph with the places of the keys that the error names.
func (e *InvalidError) Format(s fmt.State, verb rune) {
	if verb != 'v' || !s.Flag('+') {
		io.WriteString(s, e.Error())
		return
	}
	fmt.Fprintf(s, "section %q is invalid: %v", e.Section, e.Err)
	for _, k := range e.keys {
		fmt.Fprintf(s, "\n     set in    %s  %s", k.at, k.name)
	}
	fmt.Fprintf(s, "\n     bound at  %v  %v", e.bound, e.typ)
}

// named are the keys of the section that an error names and somebody has set.
func (s *Section) named(err error, snap *confbind.Snapshot) []setKey {
	var keys []setKey
	section := snap.At(s.path()...)
	if section == nil {
		return nil
	}
	words := strings.FieldsFunc(err.Error(), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range words {
		if n := section.Keys[word]; n != nil {
			keys = append(keys, setKey{word, n.At})
		}
	}
	return keys
}
