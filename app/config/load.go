package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/confbind"
	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
)

// Load says where the settings of the application come from. It may stand more than once: all sources count,
// files below the environment below values, and within a kind the later above the earlier.
//
// The sources are read while the application is built. One that cannot be read, and a section that nothing binds,
// fail it.
func Load(opts ...Option) fx.Option {
	here := place.Caller()
	return decl.New(&decl.Setting{Value: &load{opts}, Here: here}, here)
}

// An Option of Load is a source of settings.
type Option struct {
	rank rank
	read func(loaded place.Place) (confbind.Layer, error)
}

// A rank orders sources by their kind.
type rank uint8

const (
	rankFile rank = iota
	rankEnv
	rankValues
)

// A load is what a Load sets.
type load struct{ sources []Option }

// A FileOption says how a file is read.
type FileOption func(*fileSource)

type fileSource struct {
	path     string
	optional bool
}

// File reads a YAML file, which JSON is too. A file that is missing is an error unless it is [Optional]; one that is empty
// says nothing.
func File(path string, opts ...FileOption) Option {
	f := fileSource{path: path}
	for _, opt := range opts {
		opt(&f)
	}
	return Option{rank: rankFile, read: f.read}
}

// Optional makes a file that is missing no error.
func Optional() FileOption {
	return func(f *fileSource) { f.optional = true }
}

func (f fileSource) read(loaded place.Place) (confbind.Layer, error) {
	switch ext := filepath.Ext(f.path); ext {
	case ".yaml", ".yml", ".json":
	default:
		return confbind.Layer{}, fmt.Errorf("file %q of config.Load at %v has an unknown format: the name must end in .yaml, .yml or .json", f.path, loaded)
	}
	doc := &document{file: f.path, lines: map[string]int{}}
	k := koanf.New(".")
	err := k.Load(file.Provider(f.path), doc)
	if errors.Is(err, os.ErrNotExist) {
		if f.optional {
			return confbind.Layer{}, nil
		}
		return confbind.Layer{}, fmt.Errorf("file %q of config.Load at %v is missing: write it, or make it config.Optional()", f.path, loaded)
	}
	if pathErr := (*os.PathError)(nil); errors.As(err, &pathErr) {
		return confbind.Layer{}, fmt.Errorf("file %q of config.Load at %v cannot be read: %w", f.path, loaded, pathErr.Err)
	}
	return confbind.Layer{Tree: k.Raw(), Strict: true, Place: doc.place}, err
}

// Env reads the environment variables that begin with a prefix. Two underscores separate the levels of a key:
// with the prefix "ORDERING", ORDERING_GRACE__CHECK_INTERVAL is check_interval in the section grace. The elements of a list
// are separated by commas.
//
// Variables that set nothing are ignored: an environment is shared with others.
func Env(prefix string) Option {
	prefix = strings.TrimRight(prefix, "_") + "_"
	return Option{rank: rankEnv, read: func(loaded place.Place) (confbind.Layer, error) {
		if prefix == "_" {
			return confbind.Layer{}, fmt.Errorf("prefix of config.Env at %v is empty", loaded)
		}
		k := koanf.New(".")
		err := k.Load(env.Provider("", env.Opt{
			Prefix: prefix,
			TransformFunc: func(name, value string) (string, any) {
				return strings.ToLower(strings.TrimPrefix(name, prefix)), value
			},
		}), nil)
		tree := map[string]any{}
		for _, key := range k.Keys() {
			// Of a variable for a section and one for a key in it, the first has no meaning.
			_ = put(tree, strings.Split(key, "__"), k.Get(key), true)
		}
		return confbind.Layer{Tree: tree, Place: func(path []string) string {
			return "$" + prefix + strings.ToUpper(strings.Join(path, "__"))
		}}, err
	}}
}

// Values sets keys from the program, above all other sources: {"grace.check_interval": "1s"}, or nested maps. A
// value is a text as in a file, or a Go value of the field's type. It is meant for tests, and is only read.
func Values(values map[string]any) Option {
	return Option{rank: rankValues, read: func(loaded place.Place) (confbind.Layer, error) {
		tree := map[string]any{}
		source := fmt.Sprintf("config.Values at %v", loaded)
		err := putAll(tree, nil, values, source)
		return confbind.Layer{Tree: tree, Strict: true, Place: func([]string) string { return source }}, err
	}}
}

// putAll puts nested maps whose keys may have dots into a tree.
func putAll(tree map[string]any, path []string, values map[string]any, source string) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(values)) {
		value := values[key]
		sub := append(path[:len(path):len(path)], strings.Split(key, ".")...)
		if section, ok := value.(map[string]any); ok {
			errs = append(errs, putAll(tree, sub, section, source))
			continue
		}
		if !put(tree, sub, value, false) {
			errs = append(errs, &Error{Key: strings.Join(sub, "."), Source: source, Reason: "is a value and also a section"})
		}
	}
	return errors.Join(errs...)
}

// put sets one leaf of a tree. A leaf and a section of one name do not go together: the section stays
// where sections win, and else nothing is put.
func put(tree map[string]any, path []string, value any, sectionsWin bool) bool {
	for _, key := range path[:len(path)-1] {
		sub, ok := tree[key].(map[string]any)
		if !ok {
			if tree[key] != nil && !sectionsWin {
				return false
			}
			sub = map[string]any{}
			tree[key] = sub
		}
		tree = sub
	}
	last := path[len(path)-1]
	if _, section := tree[last].(map[string]any); section {
		return false
	}
	tree[last] = value
	return true
}

// layers reads all sources of an application, the lowest first.
func layers(settings []decl.Setting) ([]confbind.Layer, error) {
	type sourceAt struct {
		Option
		place place.Place
	}
	var sources []sourceAt
	for _, s := range settings {
		if l, ok := s.Value.(*load); ok {
			for _, source := range l.sources {
				sources = append(sources, sourceAt{source, s.Here.Place()})
			}
		}
	}
	slices.SortStableFunc(sources, func(a, b sourceAt) int { return cmp.Compare(a.rank, b.rank) })

	var read []confbind.Layer
	var errs []error
	for _, source := range sources {
		layer, err := source.read(source.place)
		read, errs = append(read, layer), append(errs, err)
	}
	return read, errors.Join(errs...)
}
