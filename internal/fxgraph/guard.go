package fxgraph

import (
	"reflect"
	"unsafe"

	"go.uber.org/fx"
)

// fx keeps the options inside an fx.Module in an unexported field. It is found by its type, which has been
// the same from fx 1.17 on, and read and copied by way of its address. Everything here is guarded by probe: with
// a layout that differs, modules are opaque, and a Berth option inside one is reported by fx itself.

//
// The functions of an fx.Provide and its like are in an exported field. An option without it is opaque too.

var optionsType = reflect.TypeFor[[]fx.Option]()

const targetsField = "Targets"

// A layout is the type of an fx.Module, and its fields with the options and the name, or -1.
type layout struct {
	module reflect.Type
	field  int
	name   int
}

// readLayout looks at how this fx builds a module.
func readLayout(sample fx.Option) layout {
	l := layout{module: reflect.TypeOf(sample), field: -1, name: -1}
	if l.module.Kind() != reflect.Struct {
		return l
	}
	for i := range l.module.NumField() {
		switch f := l.module.Field(i); {
		case f.Type == optionsType && l.field < 0:
			l.field = i
		case f.Type.Kind() == reflect.String && l.name < 0:
			l.name = i
		}
	}
	return l
}

// probe checks the layout against a module whose content is known.
func probe(make func(name string, opts ...fx.Option) fx.Option) (layout, bool) {
	inner := fx.Options()
	sample := make("probe", inner)
	l := readLayout(sample)
	if l.field < 0 || l.name < 0 {
		return l, false
	}
	name, opts := l.read(sample)
	if name != "probe" || len(opts) != 1 || reflect.TypeOf(opts[0]) != reflect.TypeOf(inner) {
		return l, false
	}
	_, rewritten := l.read(l.with(sample, nil))
	return l, len(rewritten) == 0
}

// read returns name and options of a module.
func (l layout) read(module fx.Option) (string, []fx.Option) {
	v := reflect.New(l.module).Elem()
	v.Set(reflect.ValueOf(module))
	return v.Field(l.name).String(), *field(v, l.field)
}

// with returns a copy of a module that holds other options.
func (l layout) with(module fx.Option, opts []fx.Option) fx.Option {
	v := reflect.New(l.module).Elem()
	v.Set(reflect.ValueOf(module))
	*field(v, l.field) = opts
	return v.Interface().(fx.Option)
}

func field(v reflect.Value, i int) *[]fx.Option {
	return (*[]fx.Option)(unsafe.Pointer(v.Field(i).UnsafeAddr()))
}
