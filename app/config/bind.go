package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/supervise"
)

// Error is one thing that is wrong with the settings: a key and where it stands, never its value.
type Error = confbind.Error

// Bind provides T, a struct, with the settings of a section: "grace", or "db.replica" for a section inside another. They
// are read once, when the application is built. The package comment says what a T looks like.
//
// If T or *T has a method Validate() error, it is called once all keys have been set; its error fails the
// application, so it should name the field and not the value. Without any [Load] T has its defaults.
func Bind[T any](section string) fx.Option {
	here := place.Caller()
	b := &binding{section: section}
	return fx.Options(
		decl.New(&decl.Setting{Value: b, Here: here}, here),
		decl.New(&decl.Provider{
			Here: here,
			Type: reflect.TypeFor[T](),
			Prepare: func(settings []decl.Setting) (decl.Value, error) {
				var t T
				err := b.bind(&t, settings)
				if v, ok := any(&t).(interface{ Validate() error }); ok && err == nil {
					err = b.validate(v.Validate, here.Place())
				}
				return decl.ValueOf(t), err
			},
		}, here),
	)
}

// A binding is one Bind, as the others see it.
type binding struct{ section string }

func (b *binding) bind(target any, settings []decl.Setting) error {
	if slices.Contains(strings.Split(b.section, "."), "") {
		return fmt.Errorf("section %q is no name, nor names with dots between", b.section)
	}
	var sections []string
	for _, s := range settings {
		other, ok := s.Value.(*binding)
		if !ok {
			continue
		}
		if other != b && other.section == b.section {
			return fmt.Errorf("section %q is bound at %v too", b.section, s.Here.Place())
		}
		sections = append(sections, other.section)
	}
	read, err := layers(settings)
	if err != nil {
		return err
	}
	errs := confbind.Bind(target, b.section, read, sections)
	return errors.Join(append(errs, confbind.CheckSections(read, sections)...)...)
}

func (b *binding) validate(validate func() error, p place.Place) (err error) {
	name := fmt.Sprintf("validation of section %q", b.section)
	defer func() {
		if r := recover(); r != nil {
			err = supervise.Recovered(r, name, p)
		}
	}()
	if err := validate(); err != nil {
		return fmt.Errorf("section %q is invalid: %w", b.section, err)
	}
	return nil
}
