package supervise

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A stop is the one stop of an engine, under way.
type stop struct {
	e       *Engine
	limits  Limits
	tasks   []*task         // that were started, the last first
	ctx     context.Context // of the caller
	began   time.Time
	until   time.Time // when the budget is over, but for the reserve
	reserve time.Duration

	mu sync.Mutex

	errs []error
}

func (e *Engine) newStop(ctx context.Context) *stop {
	s := &stop{e: e, limits: e.Limits(), ctx: ctx, began: time.Now(), reserve: e.reserve()}
	s.until = s.began
	budget := s.limits.Stop
	if deadline, ok := ctx.Deadline(); ok {
		budget = min(budget, time.Until(deadline))
	}
	if budget > 0 && ctx.Err() == nil {
		s.reserve = min(s.reserve, budget/2)
		s.until = s.began.Add(budget - s.reserve)
	}
	for _, t := range slices.Backward(e.allTasks()) {
		if t.started {
			s.tasks = append(s.tasks, t)
		}
	}
	return s
}

// reserve is what the last step has of the whole budget.
func (e *Engine) reserve() time.Duration { return min(5*time.Second, e.Limits().Stop/2) }

// left is what is left of the budget beside the reserve.
func (s *stop) left() time.Duration {
	if s.ctx.Err() != nil {
		return 0
	}
	return max(0, time.Until(s.until))
}

// late reports whether calls before the last step have used up half of its reserve. Even those with nothing left take
// some time each, and many of them one after another would take all that hooks and cleanups have.
func (s *stop) late() bool { return time.Since(s.until) > s.reserve/2 }

// floor is what every call gets, however late it is.
func (s *stop) floor() time.Duration { return s.reserve / 20 }

// share is the context of one call: it has half of what is left, or its own limit.
func (s *stop) share(own time.Duration) (context.Context, context.CancelFunc) {
	limit := s.left() / 2
	if own > 0 {
		limit = min(own, s.left())
	}
	ctx := s.ctx
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	return context.WithTimeout(ctx, max(limit, s.floor()))
}

// pause waits for d, or until the caller's context ends or done is closed.
func (s *stop) pause(d time.Duration, done <-chan struct{}) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	case <-s.ctx.Done():
	}
}
