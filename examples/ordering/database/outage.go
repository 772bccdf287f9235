package database

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/ordering/orders"
)

// An Outage is the time in which the database cannot be used. It is logged when it begins and
// when it is over, however many units of work fail in between.
type Outage struct {
	log *zap.Logger

	mu    sync.Mutex
	began time.Time // zero if there is none
	most  use       // of what failed
}

// A use of the database succeeds where the next one fails.
type use int

const (
	reading  use = iota
	locking      // for a change; it fails when another process keeps the lock
	changing     // it fails when the disk is full
)

// NewOutage returns an outage that has not begun.
func NewOutage(log *zap.Logger) *Outage { return &Outage{log: log} }

// failed notes and marks an error of the database itself. A unit of work whose caller has gone says nothing
// about the database.
func (o *Outage) failed(doing string, u use, err error) error {
	err = fmt.Errorf("%s: %w: %w", doing, orders.ErrUnavailable, err)
	if errors.Is(err, context.Canceled) {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.began.IsZero() {
		o.began = time.Now()
		o.log.Error("database is unavailable", zap.Error(err))
	}
	o.most = max(o.most, u)
	return err
}

// succeeded notes a use of the database. It ends the outage if nothing failed that takes more; what was
// asked for before the outage began says nothing about its end.
func (o *Outage) succeeded(u use, asked time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.began.IsZero() || u < o.most || asked.Before(o.began) {
		return
	}
	o.log.Info("database is available again", zap.Duration("after", time.Since(o.began).Round(time.Millisecond)))
	o.began, o.most = time.Time{}, reading
}
