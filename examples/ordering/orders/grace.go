package orders

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
)

// Settings are the section "orders" of the configuration.
type Settings struct {
	// GracePeriod is how long a new order stays submitted. Default 10s.
	GracePeriod time.Duration `default:"10s" doc:"how long a new order stays submitted"`
	// CheckInterval is how long GracePeriodManager waits between two looks. Default 2s.
	CheckInterval time.Duration `default:"2s" doc:"pause between two looks at the backlog"`
}

// Validate is called when the application starts.
func (s Settings) Validate() error {
	if s.CheckInterval <= 0 {
		return errors.New("check_interval must be positive")
	}
	return nil
}

// A Backlog holds the orders whose grace period has not ended.
type Backlog interface {
	// Submitted returns up to limit orders that were placed before t and are still
	// submitted, the oldest first.
	Submitted(ctx context.Context, before time.Time, limit int) ([]Order, error)
	// Update stores a changed order, or fails with ErrConflict.
	Update(ctx context.Context, o Order) error
}

// A GracePeriodManager ends the grace period of the orders that are old enough. One
// lives as long as one look at the backlog, and shares a transaction with it.
type GracePeriodManager struct {
	settings Settings
	backlog  Backlog
	outbox   Outbox
	log      *zap.Logger
}

// NewGracePeriodManager makes a manager for one unit of work.
func NewGracePeriodManager(s Settings, backlog Backlog, outbox Outbox, log *zap.Logger) *GracePeriodManager {
	return &GracePeriodManager{s, backlog, outbox, log}
}

// Check moves on each order whose grace period has passed, together with its event.
func (m *GracePeriodManager) Check(ctx context.Context) error {
	const most = 500 // in one transaction
	due, err := m.backlog.Submitted(ctx, time.Now().Add(-m.settings.GracePeriod), most)
	if err != nil {
		return err
	}
	for _, order := range due {
		order, event := order.endGracePeriod()
		err := m.backlog.Update(ctx, order)
		if errors.Is(err, ErrConflict) {
			continue // another instance of the service was faster
		}
		if err != nil {
			return err
		}
		if err := m.outbox.Add(ctx, event); err != nil {
			return err
		}
		m.log.Info("ending the grace period", zap.String("order", order.ID))
	}
	return nil
}
