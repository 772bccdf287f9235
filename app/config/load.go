package config

import (
	"cmp"
	"errors"
	"os"
	"slices"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/settings"
)

// Load says where the settings of the application come from: [File], [From], [Env], [Variable], [Flags] and [Values], whose keys hide
// those of the ones before, in whatever order they are given. Two of a kind count in their order. An application has one Load.
//
// The sources are read while the application is built. One that cannot be read, and a key that nothing binds,
// fail it.
func Load(opts ...Option) fx.Option {
	here := place.Caller()
	l := &load{slices.Clone(opts)}
	setting := decl.New(&decl.Setting{Value: l, Here: here, Prepare: func(engine any, all []decl.Setting) error {
		return errors.Join(settings.Of(engine, all).Err...)
	}}, here)
	if !l.Reloads() {
		return setting
	}
	return fx.Options(setting, settings.Pinned(here))
}

// An Option of Load is a source of settings.
type Option struct {
	rank rank
	read func(r reading) (confbind.Source, error)
	name string // as --help shows it; "" if it does not

	file     *fileSource // of File
	reload   bool
	page     settings.Page
	variable func(key string) string
}

// A rank orders sources by their kind.
type rank uint8

const (
	rankFile rank = iota
	rankProfile
	rankFrom
	rankEnv
	rankVariable
	rankFlags
	rankValues
)

// A reading is what a source may know when it is read.
type reading struct {
	schema *confbind.Schema
	loaded place.Place // of the Load
}

// A load is what a Load sets.
type load struct{ sources []Option }

// Load implements settings.Loader.
func (l *load) Load(schema *confbind.Schema, loaded place.Place) ([]confbind.Source, []error) {
	r := reading{schema, loaded}
	beside, err := profiles(l.sources, r)
	sources := slices.Clone(l.sources)
	for _, s := range beside {
		s.rank = rankProfile
		sources = append(sources, s)
	}
	slices.SortStableFunc(sources, func(a, b Option) int { return cmp.Compare(a.rank, b.rank) })

	var read []confbind.Source
	var errs []error
	if err != nil {
		errs = append(errs, err)
	}
	for _, source := range sources {
		if source.read == nil {
			continue
		}
		s, err := source.read(r)
		if err != nil {
			errs = append(errs, err)
		}
		read = append(read, s) // without what could not be read
	}
	return read, errs
}

// Profile names the profile, for the log.
func (l *load) Profile() string {
	if slices.ContainsFunc(l.sources, func(o Option) bool { return o.file != nil }) {
		return os.Getenv(profileVariable)
	}
	return ""
}

// Page implements settings.Guide.
func (l *load) Page() settings.Page {
	for _, s := range l.sources {
		if s.page != "" {
			return s.page
		}
	}
	return ""
}

// Sources implements settings.Guide.
func (l *load) Sources() []string {
	sorted := slices.Clone(l.sources)
	slices.SortStableFunc(sorted, func(a, b Option) int { return cmp.Compare(a.rank, b.rank) })
	var names []string
	for _, s := range sorted {
		if s.name != "" {
			names = append(names, s.name)
		}
	}
	return names
}

// Names implements settings.Guide.
func (l *load) Names(key string) []string {
	var names []string
	for _, s := range l.sources {
		if s.variable != nil {
			if name := s.variable(key); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}
