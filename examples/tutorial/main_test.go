package main

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// outbox is a Sender that remembers, and fails the first time.
type outbox struct{ tried, sent []string }

func (o *outbox) Send(_ context.Context, text string) error {
	o.tried = append(o.tried, text)
	if len(o.tried) == 1 {
		return errors.New("line is busy")
	}
	o.sent = append(o.sent, text)
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
		if len(sender.tried) != 0 {
			t.Errorf("tried %q too early", sender.tried)
		}
		<-time.After(10 * time.Second) // virtual: the test takes no time
		if want := []string{"tea"}; !slices.Equal(sender.sent, want) {
			t.Errorf("sent %q, want %q", sender.sent, want)
		}
	})
}

func TestGraphIsSound(t *testing.T) { apptest.Check(t, Module) }
