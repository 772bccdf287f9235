package settings

import (
	"reflect"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
)

// Provide is an option that provides a T with the settings of a section, and unless T is in a group or behind an interface an L,
// which always has the newest. Where the loader says that settings change while the application runs, T is scoped. Name is that of L as
// users know it.
func Provide[T, L any](section string, here place.Here, opts []decl.ProviderOption, name string, create func(T) *L, set func(*L, T)) fx.Option {
	s := &Section{Name: section, Type: reflect.TypeFor[T](), Here: here}
	p := decl.Collect(opts)
	p.Here, p.Type = here, s.Type
	p.Prepare = func(engine any, all []decl.Setting) (reflect.Value, error) {
		return Of(engine, all).of(s)
	}
	p.Renewed = func(all []decl.Setting) *decl.Renewed {
		if !Reloads(all) {
			return nil
		}
		return &decl.Renewed{
			Fn: func(v *Values) T { return v.of[s].Interface().(T) },
			Take: func(args, out []reflect.Value) []reflect.Value {
				return append(out, args[0].Interface().(*Values).of[s])
			},
			Held: "*" + name + "[" + s.Type.String() + "]",
		}
	}
	all := fx.Options(decl.New(&decl.Setting{Value: s, Here: here}, here), decl.New(p, here))
	if p.Grouped || len(p.As) > 0 { // there may be several, and nothing to tell them apart by
		return all
	}
	live := &decl.Provider{Type: reflect.TypeFor[*L](), Name: p.Name, Private: p.Private, Default: true, Here: here}
	live.Builtin = func(engine any, _ string) reflect.Value {
		return Of(engine, nil).live(s, func(v reflect.Value) (reflect.Value, func(reflect.Value)) {
			l := create(v.Interface().(T))
			return reflect.ValueOf(l), func(v reflect.Value) { set(l, v.Interface().(T)) }
		})
	}
	return fx.Options(all, decl.New(live, here))
}

// A Taker is somebody in the host who takes a section.
type Taker[T any] struct {
	// Check, where set, says what else is wrong with the settings.
	Check func(T, *confbind.Snapshot) error
	// Take is called before anything is constructed, and at each reload. It is not called if any section is wrong.
	Take func(T)
	// Live reports whether what Take is handed at a reload takes effect for a key of the section; nil: none does.
	Live func(key []string) bool
}

// Claim is an option that hands a T with the settings of a section to a taker. T may be a map of such structs.
func Claim[T any](section string, here place.Here, t Taker[T]) fx.Option {
	s := &Section{Name: section, Type: reflect.TypeFor[T](), Here: here, renew: &renewal{
		check: func(v reflect.Value, snap *confbind.Snapshot) error {
			if t.Check == nil {
				return nil
			}
			return t.Check(v.Interface().(T), snap)
		},
		take: func(v reflect.Value) { t.Take(v.Interface().(T)) },
		live: func(key []string) bool { return t.Live != nil && t.Live(key) },
	}}
	return decl.New(&decl.Setting{Value: s, Here: here, Prepare: func(engine any, all []decl.Setting) error {
		v, err := Of(engine, all).of(s)
		if err == nil {
			s.renew.take(v)
		}
		return err
	}}, here)
}

// A renewal is what a taker does with a section.
type renewal struct {
	check func(reflect.Value, *confbind.Snapshot) error
	take  func(reflect.Value)
	live  func(key []string) bool
}
