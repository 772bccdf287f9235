//go:build gc && amd64 && !go1.27 && !purego

package words

import (
	"reflect"
	"unsafe"
)

// A Func is a function that can be called in this way. It is safe for goroutines.
type Func struct {
	value        reflect.Value
	code         w
	in, out      []param
	takes, gives int // words
}

// A param is a parameter or result: one word, or the two of an interface.
type param struct {
	typ  reflect.Type
	kind kind
	held w             // the first word of an interface that holds such a value
	null reflect.Value // of an interface
}

type kind uint8

const (
	pointer kind = iota
	function
	iface
)

// Of returns how to call fn, or nil if that takes reflection.
func Of(fn reflect.Value) *Func {
	t := fn.Type()
	in, takes := params(t.NumIn(), t.In)
	out, gives := params(t.NumOut(), t.Out)
	if t.IsVariadic() || in == nil || out == nil || takes > mostIn || gives > mostOut {
		return nil
	}
	return &Func{value: fn, code: inside(fn.Interface())[1], in: in, out: out, takes: takes, gives: gives}
}

// params describes n parameters or results and counts their words. It is nil if one is not made of words.
func params(n int, typ func(int) reflect.Type) (list []param, words int) {
	list = make([]param, n)
	for i := range list {
		p := &list[i]
		p.typ = typ(i)
		words++
		switch p.typ.Kind() {
		case reflect.Pointer, reflect.Map, reflect.Chan, reflect.UnsafePointer:
			p.kind = pointer
		case reflect.Func:
			p.kind = function
		case reflect.Interface:
			p.kind, p.null = iface, reflect.Zero(p.typ)
			words++
			continue
		default:
			return nil, 0
		}
		p.held = inside(reflect.Zero(p.typ).Interface())[0]
	}
	return list, words
}

// inside are the two words of an interface: the type of the value that it holds, and a value that is one word.
func inside(v any) [2]w { return *(*[2]w)(unsafe.Pointer(&v)) }

// Call calls the function with args, as many as it has parameters, and appends the results to out. An argument that does
// not have the very type of its parameter, and an interface that is not addressable, make it leave the
// call to reflection.
func (f *Func) Call(args, out []reflect.Value) []reflect.Value {
	var in [mostIn]w
	n := 0
	for i := range f.in {
		p, v := &f.in[i], args[i]
		switch {
		case v.Type() != p.typ, p.kind == iface && !v.CanAddr():
			return append(out, f.value.Call(args)...)
		case p.kind == pointer:
			in[n] = v.UnsafePointer()
		case p.kind == function:
			in[n] = inside(v.Interface())[1]
		default:
			both := (*[2]w)(v.Addr().UnsafePointer())
			in[n], in[n+1] = both[0], both[1]
			n++
		}
		n++
	}
	var res [mostOut]w
	call(unsafe.Pointer(&f.code), f.takes, f.gives, &in, &res)
	n = 0
	for i := range f.out {
		p := &f.out[i]
		switch {
		case p.kind != iface:
			v := [2]w{p.held, res[n]}
			out = append(out, reflect.ValueOf(*(*any)(unsafe.Pointer(&v))))
		case res[n] == nil:
			out = append(out, p.null)
			n++
		default:
			v := reflect.New(p.typ)
			*(*[2]w)(v.UnsafePointer()) = [2]w{res[n], res[n+1]}
			out = append(out, v.Elem())
			n++
		}
		n++
	}
	return out
}
