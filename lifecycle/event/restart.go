package event

import "time"

// Restarting means: the run of a service has ended, and its policy calls it again after a wait.
type Restarting struct {
	Source
	Err      error // nil: it returned nil, and is restarted always
	Took     time.Duration
	Wait     time.Duration
	Failure  int           // its number among those that count; 0 without Err
	Failures int           // how many of these are too many
	Window   time.Duration // within which they count
}

// Escalated means: a trigger has failed so often that its policy gives it up.
type Escalated struct {
	Source
	Err      error // with the last failure
	Failures int
	Window   time.Duration // within which they came; 0: one after another
	Stops    bool          // the application stops because of it; else it goes on, and the trigger is unhealthy
}

func (Restarting) event() {}
func (Escalated) event()  {}
