package main

import "go.uber.org/zap"

// A Counter counts its executions. Those of one timer never overlap, so the count needs no lock.
type Counter struct {
	log   *zap.Logger
	count int
}

// NewCounter is called once, when the program starts. What it returns beside the counter is called when the program has
// stopped, and no execution is under way any more.
func NewCounter(log *zap.Logger) (*Counter, func()) {
	c := &Counter{log: log}
	return c, func() { log.Info("done", zap.Int("count", c.count)) }
}

// Work is one execution.
func (c *Counter) Work() {
	c.count++
	c.log.Info("working", zap.Int("count", c.count))
}
