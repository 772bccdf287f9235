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

	mu      sync.Mutex
	began   time.Time // zero if there is none
	writing bool      // what failed was a change; what is read may succeed all the time, as with a full disk
}

// NewOutage returns an outage that has not begun.
func NewOutage(log *zap.Logger) *Outage { return &Outage{log: log} }

// failed notes and marks an error of the database itself. A unit of work whose caller has gone says nothing
// about the database.
func (o *Outage) failed(doing string, writing bool, err error) error {
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
	o.writing = o.writing || writing
	return err
}

// succeeded notes that a transaction was begun, or that a change was committed.
func (o *Outage) succeeded(writing bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.began.IsZero() || o.writing && !writing {
		return
	}
	o.log.Info("database is available again", zap.Duration("after", time.Since(o.began).Round(time.Millisecond)))
	o.began, o.writing = time.Time{}, false
}
