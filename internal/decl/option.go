package decl

// A ProviderOption says more about a provider.
type ProviderOption struct{ Apply func(*Provider) }

// Collect applies options to an empty provider, for declarations that have some of them only.
func Collect(opts []ProviderOption) *Provider {
	p := &Provider{}
	for _, o := range opts {
		o.Apply(p)
	}
	return p
}
