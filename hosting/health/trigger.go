package health

import (
	"errors"
	"fmt"

	"github.com/berth-go/berth/hosting"
)

// errFull is why a queue is degraded.
var errFull = errors.New("queue is full: senders wait or are refused")

// triggered is what a trigger reports by itself.
func triggered(i hosting.Info) Result {
	r := Result{Name: i.Name, Kind: i.Kind, Place: i.Place, Group: Ready, Status: Healthy, At: i.LastRun, Detail: detail(i)}
	switch {
	case i.State == hosting.Failed:
		r.Status, r.Err = Unhealthy, i.LastError
	case i.Kind == "Consume":
		if i.Queue.Depth >= i.Queue.Capacity {
			r.Status, r.Err = Degraded, errFull
		}
	case i.LastError != nil:
		r.Status, r.Err = Degraded, i.LastError
	}
	return r
}

// detail is what a trigger is doing, and how that has gone so far.
func detail(i hosting.Info) string {
	text := i.State.String()
	if i.Kind == "Consume" {
		q := i.Queue
		return text + fmt.Sprintf(", %d of %d items wait, %d of %d workers are busy, %d processed, %d failed",
			q.Depth, q.Capacity, q.Busy, q.Workers, q.Processed, q.Failed)
	}
	text += fmt.Sprintf(", %d runs, %d failed", i.Runs, i.Failures)
	if i.Restarts > 0 {
		text += fmt.Sprintf(", %d restarts", i.Restarts)
	}
	return text
}
