package main

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// A SlowCounter does the same with work that waits for something else: a server, a database, here the time.
type SlowCounter struct {
	log   *zap.Logger
	count int
}

// NewSlowCounter is called once, when the program starts.
func NewSlowCounter(log *zap.Logger) (*SlowCounter, func()) {
	c := &SlowCounter{log: log}
	return c, func() { log.Info("done", zap.Int("count", c.count)) }
}

// Work is one execution. When the program stops, one that is under way has the grace period to come to its end; then its
// context ends.
func (c *SlowCounter) Work(ctx context.Context) error {
	c.count++
	if err := wait(ctx, 2*time.Second); err != nil {
		return err
	}
	c.log.Info("working", zap.Int("count", c.count))
	return nil
}

// wait returns early, with an error, when ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
