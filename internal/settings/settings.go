// Package settings joins what an application binds to sections with what its sources say.
//
// Who needs settings declares a [Section], by [Provide] or [Claim]; one declaration has a [Loader] as its value, which
// reads the sources. What one application has of them is its [Configuration].
package settings

import (
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

// A Loader is the value of the setting that says where settings come from. Load reads the sources anew each time, the lowest
// first; what cannot be read is left out and is among the errors.
type Loader interface {
	Load(schema *confbind.Schema, at place.Place) ([]confbind.Source, []error)
}

// A Section is a struct that is bound to a section: a name, or names with dots between.
type Section struct {
	Name string
	Type reflect.Type
	Here place.Here
}

// Provide is an option that provides a T with the settings of a section.
func Provide[T any](section string, here place.Here, opts []decl.ProviderOption) fx.Option {
	s := &Section{Name: section, Type: reflect.TypeFor[T](), Here: here}
	p := decl.Collect(opts)
	p.Here, p.Type = here, s.Type
	p.Prepare = func(engine any, all []decl.Setting) (reflect.Value, error) {
		c := Of(engine, all)
		return c.Bind(s, c.Snapshot)
	}
	return fx.Options(decl.New(&decl.Setting{Value: s, Here: here}, here), decl.New(p, here))
}

// Claim is an option that hands a T with the settings of a section to take, before anything is constructed. take is not called
// if the section is wrong.
func Claim[T any](section string, here place.Here, take func(T)) fx.Option {
	s := &Section{Name: section, Type: reflect.TypeFor[T](), Here: here}
	return decl.New(&decl.Setting{Value: s, Here: here, Prepare: func(engine any, all []decl.Setting) error {
		c := Of(engine, all)
		v, err := c.Bind(s, c.Snapshot)
		if err == nil {
			take(v.Interface().(T))
		}
		return err
	}}, here)
}

// A Configuration is what one application can be set to, and what it is set to at start.
type Configuration struct {
	Schema   *confbind.Schema
	Sections []*Section
	// Snapshot was made when the application was. Err is what was wrong with its sources.
	Snapshot *confbind.Snapshot
	Err      []error

	wrong  map[*Section][]error // with the types of sections
	loader Loader               // nil: there are no sources
	loaded place.Place
}

// Of is the configuration of an application. The first call, which needs all its settings, loads it.
func Of(engine any, all []decl.Setting) *Configuration {
	return supervise.Local(engine.(*supervise.Engine), func() *Configuration {
		c := &Configuration{Schema: confbind.NewSchema(), wrong: map[*Section][]error{}}
		for _, s := range all {
			switch v := s.Value.(type) {
			case *Section:
				c.add(v)
			case Loader:
				if c.loader != nil {
					c.Err = append(c.Err, fmt.Errorf("config.Load at %v stands at %v too: name all sources in one", s.Here.Place(), c.loaded))
					continue
				}
				c.loader, c.loaded = v, s.Here.Place()
			}
		}
		snap, errs := c.Load()
		c.Snapshot, c.Err = snap, append(c.Err, errs...)
		return c
	})
}

func (c *Configuration) add(s *Section) {
	c.Sections = append(c.Sections, s)
	at := s.Here.Place()
	switch {
	case s.Type.Kind() != reflect.Struct || confbind.IsValue(s.Type):
		c.wrong[s] = []error{fmt.Errorf("type %v, bound at %v, cannot be bound to a section: it is not a struct", s.Type, at)}
	case slices.Contains(s.path(), ""):
		c.wrong[s] = []error{fmt.Errorf("section %q, bound at %v, is no name, nor names with dots between", s.Name, at)}
	default:
		for _, err := range c.Schema.Add(s.path(), s.Type, at) {
			c.wrong[s] = append(c.wrong[s], fmt.Errorf("section %q, bound at %v: %w", s.Name, at, err))
		}
	}
}

// Load reads the sources once more and makes another snapshot, with what is wrong with it. Safe for goroutines.
func (c *Configuration) Load() (*confbind.Snapshot, []error) {
	if c.loader == nil {
		return &confbind.Snapshot{}, nil
	}
	sources, errs := c.loader.Load(c.Schema, c.loaded)
	snap, wrong := confbind.Compose(c.Schema, sources)
	snap.Partial = len(errs) > 0
	if len(c.wrong) > 0 { // whose keys are then unknown
		wrong = nil
	}
	return snap, append(errs, wrong...)
}

// Profile names the profile whose files are read; empty where there is none.
func (c *Configuration) Profile() string {
	if l, ok := c.loader.(interface{ Profile() string }); ok {
		return l.Profile()
	}
	return ""
}

func (s *Section) path() []string { return strings.Split(s.Name, ".") }
