package di

import (
	"reflect"

	"github.com/berth-go/berth/internal/decl"
)

// An Option says more about a declaration. Options are values: one may be used many times.
type Option = decl.ProviderOption

// As provides the one result of a constructor as the interface I. The concrete type is hidden, unless it is
// named by an As of its own. Several may be given.
func As[I any]() Option {
	return Option{Apply: func(p *decl.Provider) { p.As = append(p.As, reflect.TypeFor[I]()) }}
}

// Name provides the result under a name, beside another provider of its type. A consumer asks for it by the
// tag `name:"..."` of an fx.In struct.
func Name(name string) Option {
	return Option{Apply: func(p *decl.Provider) { p.Name = name }}
}

// Group makes the result a member of a value group. A consumer reads the group as a slice, by the tag
// `group:"..."` of an fx.In struct, in the order of declaration; members from plain fx.Provide come last. An empty
// name is a [SignatureError].
func Group(group string) Option {
	return Option{Apply: func(p *decl.Provider) { p.Group, p.Grouped = group, true }}
}

// Close releases the result by its own method: Close or Shutdown, taking nothing or a
// context.Context, returning nothing or an error. Without such a method it is a [SignatureError].
func Close() Option {
	return Option{Apply: func(p *decl.Provider) { p.Close = true }}
}

// Default marks a provider that gives way to another one of the type, from di or from fx.
func Default() Option {
	return Option{Apply: func(p *decl.Provider) { p.Default = true }}
}

// Private makes the result visible only in the fx.Module that declares it and in the modules inside. There it
// hides a public provider of the type.
func Private() Option {
	return Option{Apply: func(p *decl.Provider) { p.Private = true }}
}
