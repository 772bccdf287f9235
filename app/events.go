package app

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/berth-go/berth/internal/supervise"
	"github.com/berth-go/berth/lifecycle/event"
)

// record logs an event. What an operator must know is logged at info level or above, what is part of
// an error that is returned at debug level.
func (j *journal) record(ev event.Event) {
	log := j.logger()
	//vet:allevents
	switch e := ev.(type) {
	case event.Starting:
		log.Info("application starting", append(build(), j.budgets...)...)
	case event.Started:
		log.Info("application started", took(e.Took))
	case event.StartFailed:
		j.failure("application did not start", e.Err, took(e.Took))
	case event.Stopping:
		j.failure("application stopping", e.Cause)
	case event.Stopped:
		j.failure("application stopped", e.Err, took(e.Took), j.slowest.field())
		j.flush()
		if !j.loud { // Main has more to say
			j.close()
		}

	case event.SlowStart:
		log.Warn("still starting", about(e.Source, took(e.For))...)
	case event.SlowStop:
		log.Warn("still stopping", about(e.Source, took(e.For))...)
	case event.HookStarted:
		log.Debug("hook started", about(e.Source, took(e.Took))...)
	case event.HookStopped:
		j.slowest.add(e.Source, e.Took)
		log.Debug("hook stopped", about(e.Source, took(e.Took))...)
	case event.HookFailed:
		log.Debug("hook failed", about(e.Source, zap.String("in", e.Op), took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)
	case event.CleanupFailed:
		log.Error("cleanup failed", about(e.Source, took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)

	case event.TaskStarted:
		level := zap.InfoLevel
		if e.Kind == "Serve" || e.Kind == "Check" { // one has said that it listens, the other will if it fails
			level = zap.DebugLevel
		}
		log.Log(level, "started", named(e.Source, took(e.Took))...)
	case event.TaskStopped:
		j.slowest.add(e.Source, e.Took)
		log.Debug("stopped", named(e.Source, took(e.Took))...)
	case event.TaskDone:
		log.Info("done", named(e.Source, took(e.Took))...)
	case event.TaskFailed:
		log.Debug("failed", about(e.Source, zap.String("in", e.Op), took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)
	case event.Fault:
		log.Debug("failed, the application stops", about(e.Source, took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)
	case event.Restarting:
		if e.Err == nil {
			log.Info("returned, restarts", about(e.Source, zap.Duration("wait", e.Wait), took(e.Took))...)
			break
		}
		log.Warn("failed, restarts", about(e.Source, zap.Duration("wait", e.Wait), zap.String("failure", number(e)), took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)
	case event.Escalated:
		if e.Stops { // the error is that of a fault
			log.Debug("failed too often", about(e.Source)...)
			break
		}
		log.Error("failed too often, the application goes on without it", about(e.Source, why(e.Source, e.Err), panicked(e.Err))...)
	case event.UnitFailed:
		log.Error("unit failed", about(e.Source, took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)
	case event.Listening:
		log.Info("listening", named(e.Source, zap.String("addr", e.Addr))...)
	case event.RequestFailed:
		log.Error("request failed", about(e.Source, zap.String("request_id", e.RequestID), zap.Int("status", e.Status), took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)
	case event.ServerNotice:
		log.Warn(e.Text, about(e.Source)...)

	case event.ItemRetried:
		log.Warn("item failed, will be tried again", about(e.Source, zap.Int("attempt", e.Attempt), zap.Duration("wait", e.Wait), took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)
	case event.ItemsLeft:
		log.Warn("items left over", about(e.Source, zap.Int("count", e.Count), zap.Bool("handed_over", e.HandedOver))...)

	case event.HealthChanged:
		log.Log(healthLevel(e), "health changed", about(e.Source, zap.String("was", e.Was), zap.String("now", e.Now), took(e.Took), why(e.Source, e.Err), panicked(e.Err))...)

	case event.Reloaded:
		if len(e.Restart) > 0 {
			log.Warn("configuration reloaded, some of it counts from the next start on", about(e.Source, zap.Strings("keys", e.Keys), zap.Strings("restart", e.Restart))...)
			break
		}
		log.Info("configuration reloaded", named(e.Source, zap.Strings("keys", e.Keys))...)
	case event.ReloadFailed:
		log.Error("configuration is wrong, the last good one stays", about(e.Source, why(e.Source, e.Err))...)

	case event.TriggerNamed:
		log.Debug("trigger named, another has its default name", about(e.Source, zap.String("default", e.Default))...)
	case event.Abandoned:
		log.Warn("left behind", about(e.Source, zap.String("in", e.Op), took(e.Took))...)
	case event.ListenerFailed:
		log.Error("listener failed", about(e.Source, zap.String("at", fmt.Sprintf("%T", e.Event)), why(e.Source, e.Err), panicked(e.Err))...)
	case event.ScopesOpen:
		log.Warn("scopes still open", about(e.Source, zap.Int("count", e.Count))...)
	}
}

func healthLevel(e event.HealthChanged) zapcore.Level {
	switch e.Now {
	case "healthy":
		return zap.InfoLevel
	case "degraded":
		return zap.WarnLevel
	}
	return zap.ErrorLevel
}

// named are the fields that say what an event is about.
func named(s event.Source, more ...zap.Field) []zap.Field {
	fields := []zap.Field{zap.String("name", s.Name)}
	if s.Kind != "" {
		fields = append(fields, zap.String("kind", s.Kind))
	}
	return append(fields, more...)
}

// about are the fields that say also where that was declared.
func about(s event.Source, more ...zap.Field) []zap.Field {
	if s.Place.IsZero() {
		return named(s, more...)
	}
	return append(named(s, zap.Stringer("place", s.Place)), more...)
}

// why is the error of an event, which does not name again what the event is about.
func why(s event.Source, err error) zap.Field { return zap.Error(supervise.Brief(s, err)) }

// number says which failure of how many it was.
func number(e event.Restarting) string {
	return fmt.Sprintf("%d of %d in %v", e.Failure, e.Failures, e.Window)
}

// took is a duration to some three digits.
func took(d time.Duration) zap.Field {
	if d == 0 {
		return zap.Skip()
	}
	unit := time.Nanosecond
	for d/unit >= 1000 {
		unit *= 10
	}
	return zap.Duration("took", d.Round(unit))
}

// A slowest is what took longest to stop.
type slowest struct {
	mu sync.Mutex

	source event.Source
	took   time.Duration
}

func (s *slowest) add(src event.Source, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if took > s.took {
		s.source, s.took = src, took
	}
}

// field names it, if it took long enough for somebody to ask.
func (s *slowest) field() zap.Field {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.took < 100*time.Millisecond {
		return zap.Skip()
	}
	return zap.String("longest", fmt.Sprintf("%s, %v", s.source.Name, s.took.Round(time.Millisecond)))
}

// panicked is the value of a panic inside err: the log is the one place where it is shown.
func panicked(err error) zap.Field {
	var p *supervise.PanicError
	if !errors.As(err, &p) {
		return zap.Skip()
	}
	const most = 1000
	text := fmt.Sprint(p.Value)
	if len(text) > most {
		text = text[:most] + "..."
	}
	return zap.String("panic", text)
}

// failure logs what the application has come to. Its error is returned to the caller of Run too, who may log it where
// all is over: here it is a warning, since a stop that begins says why. In Main the journal is that caller.
func (j *journal) failure(msg string, err error, fields ...zap.Field) {
	fresh := j.fresh(err)
	if fresh == nil {
		j.logger().Info(msg, fields...)
		return
	}
	level := zap.WarnLevel
	if j.loud {
		level = zap.ErrorLevel
	}
	j.logger().Log(level, msg, append(fields, zap.Error(fresh), panicked(fresh))...)
}

// fresh is err without what was told before: each error is told once, and an interruption is none.
func (j *journal) fresh(err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	parts, _ := j.untold(err)
	if len(parts) == 0 {
		return nil
	}
	j.told = append(j.told, err)
	return several(parts)
}

// untold are the parts of err that were not told. An error of which nothing was told stays whole.
func (j *journal) untold(err error) (parts []error, whole bool) {
	if err == nil || err == supervise.ErrStopping { //nolint:errorlint // an error that wraps it says more
		return nil, false
	}
	for _, told := range j.told {
		if errors.Is(told, err) {
			return nil, false
		}
	}
	joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // it walks the tree itself
	if !ok {
		return []error{err}, true
	}
	whole = true
	for _, part := range joined.Unwrap() {
		untold, all := j.untold(part)
		parts = append(parts, untold...)
		whole = whole && all
	}
	if whole {
		return []error{err}, true
	}
	return parts, false
}

// several are errors that are logged as one, with the long form of each.
type several []error

func (s several) Error() string { return errors.Join(s...).Error() }

func (s several) Unwrap() []error { return s }

func (s several) Format(f fmt.State, verb rune) {
	for i, err := range s {
		if i > 0 {
			_, _ = io.WriteString(f, "\n")
		}
		_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), err)
	}
}
