package apptest_test

import (
	"testing"
	"testing/synctest"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
)

type Mailer interface{ Send(to string) }

type smtp struct{}

func (smtp) Send(string) { panic("tests send no mail") }

func newMailer() smtp { return smtp{} }

type Signup struct{ mailer Mailer }

func NewSignup(m Mailer) *Signup { return &Signup{m} }

func (s *Signup) Register(email string) { s.mailer.Send(email) }

var users = fx.Module("users", di.Singleton(newMailer, di.As[Mailer]()), di.Singleton(NewSignup))

type recorder struct{ mails []string }

func (r *recorder) Send(to string) { r.mails = append(r.mails, to) }

// The form of a test: the program's module, what is replaced, and what the test needs to hold.
func TestRegisterSendsEmail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var signup *Signup
		sent := new(recorder)
		apptest.Start(t, users, di.Replace[Mailer](sent), fx.Populate(&signup))

		signup.Register("ada@example.com")
		if len(sent.mails) != 1 {
			t.Errorf("sent %d mails, want 1", len(sent.mails))
		}
	})
}
