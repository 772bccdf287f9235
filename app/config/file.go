package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"unicode/utf8"

	"github.com/knadh/koanf/providers/file"

	"github.com/berth-go/berth/internal/confbind"
)

// A FileOption says how a file is read.
type FileOption func(*fileSource)

type fileSource struct {
	path     string
	optional bool
}

// File reads a file of YAML or JSON: its name ends in .yaml, .yml or .json. A file that is missing is an error
// unless it is [Optional]; one that is empty says nothing.
func File(path string, opts ...FileOption) Option {
	f := fileSource{path: path}
	for _, opt := range opts {
		if opt != nil {
			opt(&f)
		}
	}
	return Option{rank: rankFile, read: f.read}
}

// Optional makes a file that is missing no error.
func Optional() FileOption {
	return func(f *fileSource) { f.optional = true }
}

// parsers read the text of a file, without a byte order mark. Their errors say file, line and column, and no value.
var formats = map[string]func(file string, text []byte) (*confbind.Node, error){
	".yaml": parseYAML,
	".yml":  parseYAML,
	".json": parseYAML,
}

func (f fileSource) read(r reading) (confbind.Source, error) {
	parse := formats[filepath.Ext(f.path)]
	if parse == nil {
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v has an unknown format: the name must end in .yaml, .yml or .json", f.path, r.loaded)
	}
	text, err := file.Provider(f.path).ReadBytes()
	if errors.Is(err, fs.ErrNotExist) {
		if f.optional {
			return confbind.Source{}, nil
		}
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v is missing: write it, or make it config.Optional()", f.path, r.loaded)
	}
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	if err != nil {
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v cannot be read: %w", f.path, r.loaded, err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v is no text in UTF-8", f.path, r.loaded)
	}
	root, err := parse(f.path, text)
	return confbind.Source{Root: root, Strict: true}, err
}
