//go:build !gc || !amd64 || go1.27 || purego

package words

import "reflect"

// A Func is a function that can be called without reflection: here none can.
type Func struct{}

// Of returns nil: all calls take reflection.
func Of(reflect.Value) *Func { return nil }

// Call is never called.
func (*Func) Call(_, out []reflect.Value) []reflect.Value { return out }
