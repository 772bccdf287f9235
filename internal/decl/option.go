package decl

import (
	"slices"
	"strings"
)

// A ProviderOption says more about a provider. The zero ProviderOption says nothing.
type ProviderOption struct{ Apply func(*Provider) }

// Apply applies options to a provider.
func Apply(p *Provider, opts []ProviderOption) {
	for _, o := range opts {
		if o.Apply != nil {
			o.Apply(p)
		}
	}
}

// Stray says that some of the options do not apply to a declaration, which knows only others; or nothing.
func (p *Provider) Stray(knows ...string) string {
	given := []struct {
		name string
		set  bool
	}{
		{"As", len(p.As) > 0},
		{"Name", p.Name != ""},
		{"Group", p.Grouped},
		{"Close", p.Close},
		{"Default", p.Default},
		{"Private", p.Private},
	}
	var stray []string
	for _, o := range given {
		if o.set && !slices.Contains(knows, o.name) {
			stray = append(stray, "di."+o.name)
		}
	}
	if len(stray) == 0 {
		return ""
	}
	verb := "does"
	if len(stray) > 1 {
		verb = "do"
	}
	return strings.Join(stray, ", ") + " " + verb + " not apply to it, only di." + strings.Join(knows, " and di.")
}

// Collect applies options to an empty provider, for declarations that have some of them only.
func Collect(opts []ProviderOption) *Provider {
	p := &Provider{}
	Apply(p, opts)
	return p
}
