package hosted_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/docs/snippets/hosted"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type counter struct{ sent int }

func (c *counter) Send(context.Context, string) error { c.sent++; return nil }

func TestDigestIsSentEachHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mails := new(counter)
		application := apptest.Start(t, hosted.Module, di.Replace[hosted.Mailer](mails))

		<-time.After(150 * time.Minute)
		if err := application.Stop(); err != nil {
			t.Error(err)
		}
		if mails.sent != 2 {
			t.Errorf("sent %d digests, want 2", mails.sent)
		}
	})
}
