package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/berth-go/berth/internal/confbind"
)

// A FileOption says how a file is read.
type FileOption func(*fileSource)

type fileSource struct {
	path     string
	optional bool
}

// File reads a file of YAML, JSON or TOML, by the end of its name: .yaml, .yml, .json or .toml. A file that is missing is an
// error unless it is [Optional]; one that is empty says nothing.
//
// If the environment variable BERTH_PROFILE is set, to "production" for example, the file berth.production.yaml beside
// berth.yaml is read too, and hides the keys of all files without a profile. At least one File must have such a file.
func File(path string, opts ...FileOption) Option {
	f := fileSource{path: path}
	for _, opt := range opts {
		if opt != nil {
			opt(&f)
		}
	}
	ext := filepath.Ext(path)
	name := fmt.Sprintf("file %s", path)
	if f.optional {
		name += ", if there is one"
	}
	name += fmt.Sprintf("; then %s.$%s%s", strings.TrimSuffix(path, ext), profileVariable, ext)
	return Option{rank: rankFile, name: name, file: &f, read: f.read}
}

// Optional makes a file that is missing no error. A link to a file that is missing stays one: somebody wants a file there.
func Optional() FileOption {
	return func(f *fileSource) { f.optional = true }
}

// formats read the text of a file, which has no byte order mark. Their errors say file, line and column, and no value.
var formats = map[string]func(file string, text []byte) (*confbind.Node, error){
	".yaml": parseYAML,
	".yml":  parseYAML,
	".json": parseJSON,
	".toml": parseTOML,
}

// mostBytes bounds a file, which may be a device.
const mostBytes = 16 << 20

func (f *fileSource) read(r reading) (confbind.Source, error) {
	parse := formats[filepath.Ext(f.path)]
	if parse == nil {
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v has an unknown format: the name must end in .yaml, .yml, .json or .toml", f.path, r.loaded)
	}
	text, err := contents(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.optional && !isLink(f.path):
		return confbind.Source{}, nil
	case errors.Is(err, fs.ErrNotExist) && isLink(f.path):
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v is a link to a file that is missing", f.path, r.loaded)
	case errors.Is(err, fs.ErrNotExist):
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v is missing: write it, or make it config.Optional()", f.path, r.loaded)
	case err != nil:
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v cannot be read: %w", f.path, r.loaded, err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return confbind.Source{}, fmt.Errorf("file %q of config.Load at %v is no text in UTF-8", f.path, r.loaded)
	}
	root, err := parse(f.path, text)
	return confbind.Source{Root: root, Strict: true}, err
}

// isLink reports whether a path is a symbolic link, even to nothing.
func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// contents is what a file holds; an error does not repeat its name.
func contents(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, bare(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
	if err == nil && len(text) > mostBytes {
		err = fmt.Errorf("it has more than %d bytes", mostBytes)
	}
	return text, bare(err)
}

func bare(err error) error {
	if wrong := (*fs.PathError)(nil); errors.As(err, &wrong) {
		return wrong.Err
	}
	return err
}

// profileVariable names the profile.
const profileVariable = "BERTH_PROFILE"

var profileName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// profileOf is the name of the profile, or "".
func profileOf() (string, error) {
	profile := os.Getenv(profileVariable)
	if profile != "" && !profileName.MatchString(profile) {
		return "", fmt.Errorf("variable $%s, which names the profile, must be of letters, digits, _ and -", profileVariable)
	}
	return profile, nil
}

// beside is the file of a profile that belongs to a file.
func (f *fileSource) beside(profile string) string {
	ext := filepath.Ext(f.path)
	return strings.TrimSuffix(f.path, ext) + "." + profile + ext
}

// profiles are the files of the profile, beside those that are given.
func profiles(sources []Option, r reading) ([]Option, error) {
	profile, err := profileOf()
	if profile == "" {
		return nil, err
	}
	var found []Option
	var names []string
	for _, s := range sources {
		if s.file == nil {
			continue
		}
		path := s.file.beside(profile)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			names = append(names, fmt.Sprintf("%q", path))
			continue
		}
		found = append(found, File(path))
	}
	if len(found) == 0 && len(names) > 0 {
		return nil, fmt.Errorf("profile %q of $%s has no file: config.Load at %v looks for %s", profile, profileVariable, r.loaded, strings.Join(names, " or "))
	}
	return found, nil
}
