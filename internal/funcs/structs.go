package funcs

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// isParamStruct reports whether t embeds fx.In or dig.In.
func isParamStruct(t reflect.Type) bool { return embeds(t, "In") }

// isResultStruct reports whether t embeds fx.Out or dig.Out.
func isResultStruct(t reflect.Type) bool { return embeds(t, "Out") }

// misplaced says which struct of parameters or results stands where it is not taken apart, as dig does.
func misplaced(fn reflect.Type) error {
	for i := range fn.NumIn() {
		switch t := fn.In(i); {
		case isResultStruct(t):
			return fmt.Errorf("parameter %d is a %v, which embeds fx.Out: it is for results", i+1, t)
		case t.Kind() == reflect.Pointer && isParamStruct(t.Elem()):
			return fmt.Errorf("parameter %d is a %v, and %v embeds fx.In: take it without the pointer", i+1, t, t.Elem())
		}
	}
	for i := range fn.NumOut() {
		switch t := fn.Out(i); {
		case isParamStruct(t), t.Kind() == reflect.Pointer && isParamStruct(t.Elem()):
			return fmt.Errorf("result %d is a %v, which embeds fx.In: it is for parameters", i+1, t)
		case t.Kind() == reflect.Pointer && isResultStruct(t.Elem()):
			return fmt.Errorf("result %d is a %v, and %v embeds fx.Out: return it without the pointer", i+1, t, t.Elem())
		}
	}
	return nil
}

// embeds looks for dig's marker type by package and name, so that this package
// needs neither dig nor fx.
func embeds(t reflect.Type, name string) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && (isMarker(f.Type, name) || embeds(f.Type, name)) {
			return true
		}
	}
	return false
}

func isMarker(t reflect.Type, name string) bool {
	return t.Name() == name && (t.PkgPath() == "go.uber.org/dig" || t.PkgPath() == "go.uber.org/fx")
}

func paramFields(t reflect.Type) ([]Param, error) {
	var fields []Param
	ignoreUnexported := false
	for i := range t.NumField() {
		f := t.Field(i)
		if isMarker(f.Type, "In") {
			ignoreUnexported, _ = strconv.ParseBool(f.Tag.Get("ignore-unexported"))
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if isMarker(f.Type, "In") {
			continue
		}
		if !f.IsExported() {
			if ignoreUnexported {
				continue
			}
			return nil, fmt.Errorf("field %q of %v is not exported and cannot be filled", f.Name, t)
		}
		p := Param{Type: f.Type, Index: i}
		if isParamStruct(f.Type) {
			nested, err := paramFields(f.Type)
			if err != nil {
				return nil, err
			}
			p.Fields = nested
			fields = append(fields, p)
			continue
		}
		p.Name = f.Tag.Get("name")
		group, option, _ := strings.Cut(f.Tag.Get("group"), ",")
		p.Group, p.Soft = group, strings.Contains(option, "soft")
		if tag := f.Tag.Get("optional"); tag != "" {
			optional, err := strconv.ParseBool(tag)
			if err != nil {
				return nil, fmt.Errorf("field %q of %v: optional must be true or false, not %q", f.Name, t, tag)
			}
			p.Optional = optional
		}
		if p.Group != "" && f.Type.Kind() != reflect.Slice {
			return nil, fmt.Errorf("field %q of %v reads group %q and must be a slice", f.Name, t, p.Group)
		}
		fields = append(fields, p)
	}
	return fields, nil
}

func resultFields(t reflect.Type, out int, path []int, results *[]Result) error {
	for i := range t.NumField() {
		f := t.Field(i)
		if isMarker(f.Type, "Out") {
			continue
		}
		if !f.IsExported() {
			return fmt.Errorf("field %q of %v is not exported and cannot be provided", f.Name, t)
		}
		below := append(append([]int(nil), path...), i)
		if isResultStruct(f.Type) {
			if err := resultFields(f.Type, out, below, results); err != nil {
				return err
			}
			continue
		}
		r := Result{Type: f.Type, Name: f.Tag.Get("name"), Out: out, Path: below}
		group, option, _ := strings.Cut(f.Tag.Get("group"), ",")
		r.Group = group
		if strings.Contains(option, "flatten") {
			if f.Type.Kind() != reflect.Slice {
				return fmt.Errorf("field %q of %v is flattened into group %q and must be a slice", f.Name, t, group)
			}
			r.Flatten = true
			r.Type = f.Type.Elem()
		}
		*results = append(*results, r)
	}
	return nil
}
