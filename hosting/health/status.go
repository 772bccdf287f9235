package health

import (
	"errors"
	"fmt"

	"github.com/berth-go/berth/internal/supervise"
)

// A Status says how well something is. The worst of several is the smallest, and the zero Status is the worst.
type Status uint8

// The statuses.
const (
	Unhealthy Status = iota // it does not work
	Degraded                // it works, but not well: no reason to take the application out of service
	Healthy
)

// String is the name of the status in lower case.
func (s Status) String() string {
	names := [...]string{"unhealthy", "degraded", "healthy"}
	if int(s) >= len(names) {
		return fmt.Sprintf("Status(%d)", uint8(s))
	}
	return names[s]
}

// MarshalText makes the name the value in JSON.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// AsDegraded makes of err what a check returns that is degraded, not failed. nil stays nil. An error that wraps it says the
// same; joined to others it is a failure among them.
func AsDegraded(err error) error {
	if err == nil {
		return nil
	}
	return &degraded{err}
}

type degraded struct{ err error }

func (d *degraded) Error() string { return d.err.Error() }

func (d *degraded) Unwrap() error { return d.err }

// statusOf is what the end of a check with err says. A failure is that.
func statusOf(err error, failure Status) Status {
	if err == nil {
		return Healthy
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		switch e.(type) { //nolint:errorlint // it walks the chain itself
		case *supervise.PanicError:
			return failure // whatever it panicked with
		case *degraded:
			return Degraded
		}
	}
	return failure
}
