package funcs

import (
	"reflect"
	"regexp"
	"runtime"
	"strings"
)

// NameOf is the name of the function at code address pc, with the last element of
// its package: "orders.(*Carts).Expire".
func NameOf(pc uintptr) string {
	fn := runtime.FuncForPC(pc)
	if fn == nil {
		return "a function"
	}
	return Short(fn.Name())
}

// Symbol is the whole name of the function at code address pc, as stacks show it; empty for one that reflection has made.
func Symbol(pc uintptr) string {
	name := runtime.FuncForPC(pc).Name()
	if strings.HasPrefix(name, "reflect.") {
		return ""
	}
	return name
}

// Short is the name of a function, as the runtime has it, with the last element of its package.
func Short(name string) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.TrimSuffix(name, "-fm") // a method value
	if i := strings.Index(name, "[...]"); i >= 0 {
		name = name[:i] + name[i+len("[...]"):]
	}
	// A dot in the last element of an import path is escaped.
	return strings.ReplaceAll(name, "%2e", ".")
}

// Vague reports whether a function's name does not tell what it is: that of one without a name, or of an instance of a
// generic one.
func Vague(pc uintptr) bool {
	fn := runtime.FuncForPC(pc)
	return fn != nil && (strings.Contains(fn.Name(), "[...]") || unnamed.MatchString(fn.Name()))
}

var unnamed = regexp.MustCompile(`\.func\d+`)

// Plain is a function's name as loggers and triggers carry it: "orders.Carts.Expire".
func Plain(name string) string {
	return strings.NewReplacer("(*", "", "(", "", ")", "").Replace(name)
}

// TypeName is a type's name without star and with its package: "orders.Repo".
func TypeName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.String()
}
