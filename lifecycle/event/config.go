package event

// Reloaded means: the configuration has changed while the application runs.
type Reloaded struct {
	Source
	Keys    []string // that have changed, with their sections
	Restart []string // those of which a change takes effect at the next start only
}

// ReloadFailed means: the configuration has changed and is wrong. All keep what they had, until it changes again.
type ReloadFailed struct {
	Source
	Err error // all that is wrong
}

func (Reloaded) event()     {}
func (ReloadFailed) event() {}
