package event

import "time"

// HealthChanged means: a check has another status than before. Before its first run a check counts as healthy.
type HealthChanged struct {
	Source
	Was, Now string // "healthy", "degraded" or "unhealthy"
	Err      error  // nil if it is healthy
	Took     time.Duration
}

func (HealthChanged) event() {}
