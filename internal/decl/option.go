package decl

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

// Collect applies options to an empty provider, for declarations that have some of them only.
func Collect(opts []ProviderOption) *Provider {
	p := &Provider{}
	Apply(p, opts)
	return p
}
