// Package words calls functions of pointers and interfaces at a tenth of what reflection costs.
//
// A pointer is one machine word and an interface is two, whatever they point to, and a Go function is called in the
// same way for all types of one shape: generic code, compiled once for all pointer types, relies on that
// too. So a func(*A, error) (*B, error) is called as a func(w, w, w) (w, w, w), where w is unsafe.Pointer.
//
// That is a fact about the compiler and not about the language. So the package is built only where its tests
// have been run: the gc compiler of Go 1.25 and 1.26 on amd64. Elsewhere, with a newer Go until somebody has run them,
// and with the build tag purego, every call is left to reflection, and nothing but speed differs.
//
// What goes in and comes out are reflect.Values, as with reflect.Value.Call. Functions that take or return anything
// else (a struct, a string, a number), or very much, are left to reflection.
package words
