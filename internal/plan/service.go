package plan

import (
	"context"
	"fmt"
	"reflect"
	"strings"
)

// The methods that services may have, all of one signature.
var (
	serviceMethods = []string{"Start", "Run", "Stop"}
	serviceStages  = []string{"Starting", "Started", "Stopping", "Stopped"}
	serviceMethod  = reflect.TypeFor[func(context.Context) error]()
)

// CheckService says what keeps values of t from being hosted as they are meant to be: neither a Start nor a Run, or a method
// with the name of one that services have, which would not be called since its signature is another. Nothing is "". What
// an interface holds may have more methods: check the type of that too.
func CheckService(t reflect.Type) string {
	if t.Kind() != reflect.Interface && !fits(t, "Start") && !fits(t, "Run") && !nearly(t) {
		return fmt.Sprintf("%v has neither Start(context.Context) error nor Run(context.Context) error", t)
	}
	var wrong []string
	for _, name := range serviceMethods {
		if m, ok := method(t, name); ok && m != serviceMethod {
			wrong = append(wrong, misfit(t, name, m))
		}
	}
	for _, name := range serviceStages {
		if m, ok := method(t, name); ok && m != serviceMethod && likeStage(m) {
			wrong = append(wrong, misfit(t, name, m))
		}
	}
	if t.Kind() != reflect.Interface && t.Kind() != reflect.Pointer {
		for _, name := range append(serviceMethods, serviceStages...) {
			if _, ok := method(t, name); !ok && fits(reflect.PointerTo(t), name) {
				wrong = append(wrong, fmt.Sprintf("method %s is one of *%v: provide a pointer", name, t))
			}
		}
	}
	return strings.Join(wrong, "; ")
}

// CheckHosted is CheckService of the type that v really has.
func CheckHosted(v any) string { return CheckService(reflect.TypeOf(v)) }

// SameInstance reports whether a and b are one pointer. Pointers to nothing may be equal without being one.
func SameInstance(a, b any) bool {
	t := reflect.TypeOf(a)
	return t != nil && t.Kind() == reflect.Pointer && t.Elem().Size() > 0 && a == b
}

// nearly reports whether t lacks Start and Run for a reason that is said of a method of that name.
func nearly(t reflect.Type) bool {
	for _, name := range serviceMethods[:2] {
		if _, ok := method(t, name); ok || t.Kind() != reflect.Pointer && fits(reflect.PointerTo(t), name) {
			return true
		}
	}
	return false
}

func misfit(t reflect.Type, name string, m reflect.Type) string {
	return fmt.Sprintf("method %s%s of %v would not be called: make it %s(context.Context) error, or give it another name",
		name, strings.TrimPrefix(m.String(), "func"), t, name)
}

// likeStage reports whether a method might be meant for the application to call. Started() bool is not.
func likeStage(m reflect.Type) bool {
	takes := m.NumIn() == 0 || m.NumIn() == 1 && m.In(0) == reflect.TypeFor[context.Context]()
	returns := m.NumOut() == 0 || m.NumOut() == 1 && m.Out(0) == reflect.TypeFor[error]()
	return takes && returns
}

func fits(t reflect.Type, name string) bool {
	m, ok := method(t, name)
	return ok && m == serviceMethod
}

// method is the type of a method without its receiver.
func method(t reflect.Type, name string) (reflect.Type, bool) {
	m, ok := t.MethodByName(name)
	if !ok {
		return nil, false
	}
	if t.Kind() == reflect.Interface {
		return m.Type, true
	}
	in := make([]reflect.Type, 0, m.Type.NumIn()-1)
	for i := 1; i < m.Type.NumIn(); i++ {
		in = append(in, m.Type.In(i))
	}
	out := make([]reflect.Type, m.Type.NumOut())
	for i := range out {
		out[i] = m.Type.Out(i)
	}
	return reflect.FuncOf(in, out, m.Type.IsVariadic()), true
}
