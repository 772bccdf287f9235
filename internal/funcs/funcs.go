// Package funcs says what a function is: its parameters and results as the
// framework sees them, with fx.In and fx.Out structs taken apart, and its name and place.
package funcs

import (
	"context"
	"fmt"
	"reflect"

	"github.com/berth-go/berth/internal/place"
)

// A Func is a described function.
type Func struct {
	Value   reflect.Value
	Name    string // "orders.(*Carts).Expire"
	Vague   bool   // the name does not tell what the function is
	Place   place.Place
	Params  []Param
	Results []Result

	// NumOut counts the results of the Go function. Cleanup and Err are the indexes of
	// the cleanup and the error among them, or -1.
	NumOut, Cleanup, Err int
}

// A Param is a parameter, or a field of a parameter struct.
type Param struct {
	Type     reflect.Type
	Name     string
	Group    string
	Soft     bool // of a group: only members that are built anyway
	Optional bool

	// Fields is set for a struct that embeds fx.In. Index is a field's place in it.
	Fields []Param
	Index  int
}

// A Result is one value that a function provides: a result or a field of an
// fx.Out struct.
type Result struct {
	Type    reflect.Type
	Name    string
	Group   string
	Flatten bool // the value is a slice whose elements join the group

	Out  int   // which result of the Go function
	Path []int // fields below it
}

var (
	errorType   = reflect.TypeFor[error]()
	contextType = reflect.TypeFor[context.Context]()
	cleanups    = []reflect.Type{
		reflect.TypeFor[func()](),
		reflect.TypeFor[func() error](),
		reflect.TypeFor[func(context.Context) error](),
	}
)

// IsContext reports whether t is context.Context.
func IsContext(t reflect.Type) bool { return t == contextType }

// Of describes fn. The error says what makes it unusable.
func Of(fn any) (*Func, error) {
	v := reflect.ValueOf(fn)
	if !v.IsValid() {
		return nil, fmt.Errorf("a function is needed, not nil")
	}
	if v.Kind() != reflect.Func {
		return nil, fmt.Errorf("a function is needed, not a value of type %v", v.Type())
	}
	if v.IsNil() {
		return nil, fmt.Errorf("a function is needed, not a nil %v", v.Type())
	}
	if err := misplaced(v.Type()); err != nil {
		return nil, err
	}
	return OfValue(v, v.Pointer())
}

// OfValue describes the function v, whose source is at code address pc.
func OfValue(v reflect.Value, pc uintptr) (*Func, error) {
	t := v.Type()
	f := &Func{Value: v, Name: NameOf(pc), Vague: Vague(pc), Place: place.At(pc), NumOut: t.NumOut(), Cleanup: -1, Err: -1}

	in := t.NumIn()
	if t.IsVariadic() {
		in-- // left empty, as fx does
	}
	f.Params = make([]Param, 0, in)
	for i := range in {
		p := Param{Type: t.In(i)}
		if isParamStruct(p.Type) {
			fields, err := paramFields(p.Type)
			if err != nil {
				return nil, err
			}
			p.Fields = fields
		}
		f.Params = append(f.Params, p)
	}

	last := t.NumOut() - 1
	if last >= 0 && t.Out(last) == errorType {
		f.Err = last
		last--
	}
	if last >= 1 && isCleanup(t.Out(last)) {
		f.Cleanup = last
		last--
	}
	f.Results = make([]Result, 0, last+1)
	for i := 0; i <= last; i++ {
		out := t.Out(i)
		if out == errorType {
			return nil, fmt.Errorf("error must be the last result, not number %d", i+1)
		}
		if isResultStruct(out) {
			if err := resultFields(out, i, nil, &f.Results); err != nil {
				return nil, err
			}
			continue
		}
		f.Results = append(f.Results, Result{Type: out, Out: i})
	}
	return f, nil
}

// OfForeign describes a function of plain fx, which knows no cleanups: a function that such a
// constructor returns is something it provides.
func OfForeign(v reflect.Value, pc uintptr) (*Func, error) {
	f, err := OfValue(v, pc)
	if err == nil && f.Cleanup >= 0 {
		f.Results = append(f.Results, Result{Type: v.Type().Out(f.Cleanup), Out: f.Cleanup})
		f.Cleanup = -1
	}
	return f, err
}

// Const describes a value as the function that returns it.
func Const(v reflect.Value, t reflect.Type, name string) *Func {
	fn := reflect.MakeFunc(reflect.FuncOf(nil, []reflect.Type{t}, false),
		func([]reflect.Value) []reflect.Value { return []reflect.Value{v} })
	return &Func{Value: fn, Name: name, NumOut: 1, Cleanup: -1, Err: -1, Results: []Result{{Type: t}}}
}

// HasContext reports whether a parameter of f is context.Context.
func (f *Func) HasContext() bool {
	for _, p := range f.Params {
		if IsContext(p.Type) {
			return true
		}
	}
	return false
}

func isCleanup(t reflect.Type) bool {
	for _, c := range cleanups {
		if t == c {
			return true
		}
	}
	return false
}
