package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/hosting"
)

// Settings are the section "worker" of worker.yaml, and the variables
// APP_WORKER__GREETING and APP_WORKER__IDLE.
type Settings struct {
	Greeting string        `default:"hello"` // Default hello.
	Idle     time.Duration `default:"1s"`    // Between two turns. Default 1s.
}

// Validate is called when the application starts: settings that are wrong never run.
func (s Settings) Validate() error {
	if s.Greeting == "" {
		return errors.New("greeting must not be empty")
	}
	if s.Idle <= 0 {
		return errors.New("idle must be positive")
	}
	return nil
}

// patience is when to give up: with the tenth failure within ten minutes the program ends with exit code 1, so
// that whoever supervises it hears of it and starts it anew, perhaps elsewhere.
var patience = hosting.Policy{Failures: 10, Window: 10 * time.Minute}

func idle(s Settings) hosting.Option { return hosting.Idle(s.Idle) }

// turning is a live check: a turn that takes that long hangs, and only a restart of the program helps. That the loop
// fails, its policy and health itself tell.
func turning(triggers *hosting.Triggers) error {
	work, _ := triggers.Find("work")
	if i := work.Info(); i.State == hosting.Active && time.Since(i.LastRun) > 10*time.Minute {
		return fmt.Errorf("turn %d has begun at %v and goes on", i.Runs, i.LastRun.Format(time.TimeOnly))
	}
	return nil
}

// A Worker is made for each turn of the loop. Give it a database, a client,
// whatever the work needs, as further parameters of NewWorker.
type Worker struct {
	settings Settings
	log      *zap.Logger
}

// NewWorker may return a function after the worker that releases it at the end of the turn.
func NewWorker(s Settings, log *zap.Logger) *Worker { return &Worker{s, log} }

// Work is one turn. An error is logged and the turn tried again, later and later, until patience is exhausted. When the
// application stops, a turn under way may finish: its ctx ends only after the
// grace period.
func (w *Worker) Work(ctx context.Context) error {
	w.log.Info(w.settings.Greeting)
	return nil
}
