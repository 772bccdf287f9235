package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outbox is a Sender that counts, and fails the first time.
type outbox struct{ tried, sent atomic.Int32 }

func (o *outbox) Send(context.Context, string) error {
	if o.tried.Add(1) == 1 {
		return errors.New("line is busy")
	}
	o.sent.Add(1)
	return nil
}

func TestReminderIsSentWhenDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var remind Remind
		sender := new(outbox)
		apptest.Start(t, Module, di.Replace[Sender](sender), fx.Populate(&remind))

		if err := remind(t.Context(), "tea", time.Minute); err != nil {
			t.Fatal(err)
		}
		<-time.After(59 * time.Second)
		if n := sender.tried.Load(); n != 0 {
			t.Errorf("tried %d times too early", n)
		}
		<-time.After(10 * time.Second) // virtual: the test takes no time
		if n := sender.sent.Load(); n != 1 {
			t.Errorf("sent %d times, want once", n)
		}
	})
}

func TestGraphIsSound(t *testing.T) { apptest.Check(t, Module) }
