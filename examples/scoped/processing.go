package main

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// A Processing counts its own executions, so the log shows how long one lives.
type Processing struct {
	log   *zap.Logger
	count int
}

// NewProcessing is called once for each scope that needs a Processing.
func NewProcessing(log *zap.Logger) (*Processing, func()) {
	p := &Processing{log: log}
	return p, func() { log.Info("released", zap.Int("count", p.count)) }
}

// pause lies between two executions.
const pause = 10 * time.Second

// Work is one execution.
func (p *Processing) Work(form string) {
	p.count++
	p.log.Info("working", zap.String("form", form), zap.Int("count", p.count))
}

// wait returns false when ctx has ended.
func wait(ctx context.Context) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}
