package hosting

import (
	"sync/atomic"

	"go.uber.org/zap"
)

// says is what the lines of a trigger's units say: the name of the trigger, and the number of the turn under way, or of the
// item and the attempt at it.
type says struct {
	trigger *Trigger
	unit    string
	items   bool
	// now is the number of the turn, or 256 times that of the item plus the attempt; 0 where there is neither.
	now atomic.Uint64
}

func (s *says) item(number uint64, attempt int) { s.now.Store(number<<8 | uint64(min(attempt, 255))) }

// Name implements logs.Source.
func (s *says) Name() string { return s.unit }

// Version implements logs.Source.
func (s *says) Version() uint64 { return s.now.Load() }

// Fields implements logs.Source.
func (s *says) Fields() []zap.Field {
	fields := []zap.Field{zap.String("trigger", s.trigger.source().Name)}
	now := s.now.Load()
	switch {
	case now == 0:
	case !s.items:
		fields = append(fields, zap.Uint64("run", now))
	default:
		fields = append(fields, zap.Uint64("item", now>>8))
		if attempt := now & 255; attempt > 1 {
			fields = append(fields, zap.Uint64("attempt", attempt))
		}
	}
	return fields
}
