package supervise

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/berth-go/berth/lifecycle/event"
)

// Stop runs the stop and returns what failed or hung, joined. It interrupts a start under way; before a
// start it releases what was constructed. It is idempotent and safe from several goroutines: every call
// returns, once the stop is over, the result of the first. ctx shortens the budget of the first call, but
// hooks and cleanups always run to their end, with a live context.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	first := !e.stopping
	e.stopping = true
	idle := e.idle
	if e.interrupt != nil {
		e.interrupt(ErrStopping)
	}
	e.mu.Unlock()
	if first {
		<-idle
		e.stop(ctx)
	}
	<-e.halted
	return e.stopErr
}

// stop runs the steps of the stop, in their order.
func (e *Engine) stop(ctx context.Context) {
	running := e.Phase() == PhaseRunning
	s := e.newStop(ctx)
	e.phases.enter(PhaseStopping)
	e.Emit(event.Stopping{Cause: e.Cause()})

	if !s.constructed() {
		return
	}
	e.seal()
	s.stage("stopping", func(t *task) func(context.Context) error { return t.Stopping })
	if running {
		s.pause(min(s.limits.Drain, s.left()), nil)
	}
	s.intake()
	s.timers()
	s.services()
	s.stage("stopped", func(t *task) func(context.Context) error { return t.Stopped })
	s.scopes()
	s.release()
	s.halt()
}

// guilty adds an error to the result.
func (s *stop) guilty(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errs = append(s.errs, err)
}

// each stops tasks one after another, or all at once if that was asked for or they are late.
func (s *stop) each(tasks []*task, stop func(*task)) {
	for i, t := range tasks {
		if s.limits.ConcurrentStop || s.late() {
			Together(tasks[i:], func(t *task) error { stop(t); return nil })
			return
		}
		stop(t)
	}
}

// stage calls a stage method of all tasks.
func (s *stop) stage(op string, method func(*task) func(context.Context) error) {
	s.each(s.tasks, func(t *task) {
		ctx, cancel := s.share(0)
		defer cancel()
		s.call(ctx, t, op, method(t))
	})
}

// call calls a method of a task.
func (s *stop) call(ctx context.Context, t *task, op string, fn func(context.Context) error) {
	if _, err := s.e.stage(ctx, t, op, s.e.stillStopping(t.src()), fn); err != nil {
		t.failed = true
		s.guilty(err)
	}
}

// await waits for the Run of a task, whose context has ended.
func (s *stop) await(ctx context.Context, t *task) {
	if len(t.runs) == 0 {
		return
	}
	defer s.e.waitFor(t.src(), "run")()
	began := time.Now()
	slowly := s.e.stillStopping(t.src())
	errs := Together(t.runs, func(g *goroutine) error {
		var tell func(time.Duration)
		if g == t.runs[0] {
			tell = func(time.Duration) { slowly(time.Since(began)) }
		}
		switch {
		case !g.wait(ctx, tell, 0):
			return s.e.giveUp(ctx, g, t.src(), "run", time.Since(t.ended))
		case g.fault:
			return nil
		}
		return g.err
	})
	for _, err := range errs {
		t.failed = true
		s.guilty(err)
	}
}

// stopped tells that a task has stopped, if all of that went well. One that was done has said so.
func (s *stop) stopped(t *task, began time.Time) {
	if !t.failed && (!t.done || t.Stop != nil) {
		s.e.Emit(event.TaskStopped{Source: t.src(), Took: time.Since(began)})
	}
}

// intake is step 3: it takes nothing new and finishes what is under way.
func (s *stop) intake() {
	after, intake := of(s.tasks, AfterIntake), of(s.tasks, Intake)
	for _, t := range slices.Concat(after, intake) {
		t.drain()
	}
	stop := func(t *task) {
		began := time.Now()
		if t.Stop == nil {
			s.grace(t, t.Grace)
		}
		ctx, cancel := s.share(t.StopTimeout)
		defer cancel()
		s.call(ctx, t, "stop", t.Stop)
		t.end()
		s.await(ctx, t)
		s.stopped(t, began)
	}
	s.each(after, stop)
	s.each(intake, stop)
}

// timers is step 4: no new turn, and a live context for the grace period. Their Stop is called when
// all have come to their end.
func (s *stop) timers() {
	timers := of(s.tasks, Timers)
	for _, t := range timers {
		t.drain()
	}
	close(s.e.draining)
	began := time.Now()
	Together(timers, func(t *task) error {
		grace := t.Grace
		if grace <= 0 {
			grace = s.limits.Grace
		}
		s.grace(t, grace)
		t.end()
		ctx, cancel := s.share(t.StopTimeout)
		defer cancel()
		s.await(ctx, t)
		t.took = time.Since(began)
		return nil
	})
	s.each(timers, func(t *task) {
		began := time.Now().Add(-t.took)
		ctx, cancel := s.share(t.StopTimeout)
		defer cancel()
		s.call(ctx, t, "stop", t.Stop)
		s.stopped(t, began)
	})
}

// grace waits that long for the end of a Run whose context is still live.
func (s *stop) grace(t *task, d time.Duration) {
	if len(t.runs) == 0 {
		return
	}
	defer s.e.waitFor(t.src(), "run")()
	until := time.Now().Add(min(d, s.left()))
	for _, g := range t.runs {
		s.pause(time.Until(until), g.done)
	}
}

// services is step 5: the context of Run ends and Stop is called, at the same time.
func (s *stop) services() {
	s.each(of(s.tasks, Services), func(t *task) {
		began := time.Now()
		t.drain()
		t.end()
		ctx, cancel := s.share(t.StopTimeout)
		defer cancel()
		s.call(ctx, t, "stop", t.Stop)
		s.await(ctx, t)
		s.stopped(t, began)
	})
}

// scopes waits for the units that are still under way, and names those that stay.
func (s *stop) scopes() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), max(s.left(), s.floor()))
	defer cancel()
	gates := s.e.drainGates(ctx)
	if len(gates) == 0 {
		return
	}
	stacks := allStacks()
	for _, g := range gates {
		open := &ScopesError{Source: g.src, Count: g.Open()}
		open.Stacks = inside(stacks, g.fn, min(open.Count, 3))
		s.e.Emit(event.ScopesOpen{Source: g.src, Count: open.Count})
		s.guilty(open)
	}
}

// release is step 6: hooks and cleanups, the last first. Each has a live context.
func (s *stop) release() {
	s.e.end(ErrStopping)
	until := time.Now().Add(max(s.reserve, s.left()+s.reserve))
	for {
		last := s.e.lastEntry()
		if last == nil {
			return
		}
		limit := max(time.Until(until)/2, s.floor())
		if err := s.e.stopEntry(s.ctx, limit, last); err != nil {
			s.guilty(err)
		}
	}
}

// stopEntry stops a hook or runs a cleanup.
func (e *Engine) stopEntry(ctx context.Context, limit time.Duration, en *entry) error {
	op, cleanup := "stop", en.src.Kind == kindCleanup
	if cleanup {
		op = ""
	}
	if en.timeout > 0 {
		limit = min(limit, en.timeout)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	took, err := e.call(ctx, en.src, op, e.stillStopping(en.src), en.stop)
	failure, ok := err.(*FailedError) //nolint:errorlint // call has just made it
	switch {
	case ok && cleanup:
		e.Emit(event.CleanupFailed{Source: en.src, Err: failure.Err, Took: took})
	case ok:
		e.Emit(event.HookFailed{Source: en.src, Op: op, Err: failure.Err, Took: took})
	case err == nil && !cleanup:
		e.Emit(event.HookStopped{Source: en.src, Took: took})
	}
	return err
}

// halt ends the stop.
func (s *stop) halt() {
	s.finish()
	s.e.stopErr = errors.Join(s.errs...)
	close(s.e.halted)
}

// finish enters the phase Stopped.
func (s *stop) finish() {
	s.e.door.state.Store(doorClosed)
	s.e.phases.enter(PhaseStopped)
	s.e.Emit(event.Stopped{Err: errors.Join(s.errs...), Took: time.Since(s.began)})
}
