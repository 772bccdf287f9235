package health

import (
	"errors"
	"fmt"

	"github.com/berth-go/berth/hosting"
)

// errFull is why a queue is degraded.
var errFull = errors.New("queue is full: who sends to it waits or is refused")

// triggered is what a trigger reports by itself.
func triggered(i hosting.Info) Result {
	r := Result{
		Name: i.Name, Kind: i.Kind, Place: i.Place, Group: Ready,
		At: i.LastRun, LastSuccess: i.LastSuccess, Detail: detail(i),
	}
	r.Status, r.Err = judge(i)
	return r
}

// judge is how well a trigger is. Turns that fail make it degraded and no worse: that the application cannot be given
// work is not for them to say, but for a policy or a check.
func judge(i hosting.Info) (Status, error) {
	switch {
	case i.State == hosting.Failed:
		return Unhealthy, i.LastError
	case i.State == hosting.Ended:
		return Healthy, nil
	case i.State == hosting.Restarting, i.Restarts > 0 && i.LastError != nil: // which is told until it has been calm
		return Degraded, i.LastError
	case i.Queue.Capacity > 0 && i.Queue.Depth >= i.Queue.Capacity:
		return Degraded, errFull
	case i.FailuresInRow >= patience(i):
		return Degraded, i.LastError
	}
	return Healthy, nil
}

// patience is how many failures in a row count. A Loop tries again at once; a timer when it is due, perhaps tomorrow.
func patience(i hosting.Info) int {
	if i.Kind == "Loop" {
		return 3
	}
	return 1
}

// detail is what a trigger is doing, and how that has gone so far.
func detail(i hosting.Info) string {
	text := i.State.String()
	if q := i.Queue; q.Capacity > 0 {
		return text + fmt.Sprintf(", %d of %d items wait, %d of %d workers are busy, %d processed, %d failed",
			q.Depth, q.Capacity, q.Busy, q.Workers, q.Processed, q.Failed)
	}
	text += fmt.Sprintf(", %d runs, %d failed", i.Runs, i.Failures)
	if i.Restarts > 0 {
		text += fmt.Sprintf(", %d restarts", i.Restarts)
	}
	return text
}
