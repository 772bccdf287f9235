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
	"sync/atomic"

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

	renew *renewal // of a section of the host; nil if whoever takes it sees what is new
}

// A Configuration is what one application can be set to, and what it is set to.
type Configuration struct {
	Schema   *confbind.Schema
	Sections []*Section
	// Err is what was wrong with the sources when the application was made.
	Err []error

	engine *supervise.Engine
	wrong  map[*Section][]error // with the types of sections
	loader Loader               // nil: there are no sources
	loaded place.Place

	values atomic.Pointer[Values]
	renewing
}

// Of is the configuration of an application. The first call, which needs all its settings, loads it.
func Of(engine any, all []decl.Setting) *Configuration {
	e := engine.(*supervise.Engine)
	return supervise.Local(e, func() *Configuration {
		c := &Configuration{Schema: confbind.NewSchema(), engine: e, wrong: map[*Section][]error{}, renewing: newRenewing()}
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
		c.look()
		snap, errs := c.Load()
		c.values.Store(&Values{snap: snap})
		c.Err = append(c.Err, errs...)
		return c
	})
}

func (c *Configuration) add(s *Section) {
	c.Sections = append(c.Sections, s)
	at := s.Here.Place()
	switch {
	case s.renew == nil && s.Type.Kind() != reflect.Struct || confbind.IsValue(s.Type):
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
