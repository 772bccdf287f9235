package events_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/examples/ordering/events"
	"github.com/berth-go/berth/examples/ordering/orders"
)

// A store is outbox and inbox, without transactions.
type store struct {
	mu       sync.Mutex
	outbox   []orders.Event
	recorded []string // with repetitions
	failing  int      // so many of the next calls of MarkPublished fail
}

func (s *store) Begin(context.Context) error { return nil }

func (s *store) Commit() error { return nil }

func (s *store) Unpublished(context.Context, int) ([]orders.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.outbox), nil
}

func (s *store) MarkPublished(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing > 0 {
		s.failing--
		return errors.New("database is locked")
	}
	s.outbox = slices.DeleteFunc(s.outbox, func(e orders.Event) bool { return e.ID == id })
	return nil
}

func (s *store) Record(_ context.Context, e orders.Event) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !slices.Contains(s.recorded, e.ID)
	s.recorded = append(s.recorded, e.ID)
	return first, nil
}

func TestRelayPublishesInOrderAndAgainWhatItCouldNotMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{outbox: []orders.Event{{ID: "a"}, {ID: "b"}}, failing: 2}
		apptest.Start(t, events.Module,
			di.Scoped(func() *store { return s }, di.As[orders.UnitOfWork](), di.As[events.Outbox](), di.As[events.Inbox]()))
		<-time.After(time.Minute)
		synctest.Wait()

		if want := []string{"a", "a", "a", "b"}; !slices.Equal(s.recorded, want) {
			t.Errorf("the inbox was given %v, want %v", s.recorded, want)
		}
		if len(s.outbox) != 0 {
			t.Errorf("%v is left in the outbox", s.outbox)
		}
	})
}
