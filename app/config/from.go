package config

import (
	"fmt"

	"github.com/berth-go/berth/internal/confbind"
)

// A Provider is a source of nested maps, such as the providers of koanf for Consul, Vault and the like.
type Provider interface {
	Read() (map[string]any, error)
}

// From reads the settings of a provider, above all files and below the environment. The name stands in errors, where that of
// a file would: From("vault", ...).
func From(name string, p Provider) Option {
	return Option{rank: rankFrom, name: name, read: func(r reading) (confbind.Source, error) {
		if p == nil {
			return confbind.Source{}, fmt.Errorf("source %q of config.Load at %v has no provider", name, r.loaded)
		}
		values, err := p.Read()
		if err != nil {
			return confbind.Source{}, fmt.Errorf("source %q of config.Load at %v cannot be read: %w", name, r.loaded, err)
		}
		return confbind.Source{Root: nodeOf(values, name), Strict: true}, nil
	}}
}
