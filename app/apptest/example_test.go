package apptest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// A Mailer sends mail.
type Mailer interface{ Send(to string) error }

// A Server is the real Mailer.
type Server struct{}

func Dial() (*Server, error) { return nil, fmt.Errorf("no network in tests") }

func (*Server) Send(string) error { return nil }

// A Signup registers users.
type Signup struct{ mailer Mailer }

func NewSignup(m Mailer) *Signup { return &Signup{m} }

func (s *Signup) Register(user string) error { return s.mailer.Send(user) }

// Remind is a unit of work.
func Remind(s *Signup) error { return s.Register("those who forgot") }

var Users = fx.Module("users",
	di.Singleton(Dial, di.As[Mailer]()),
	di.Singleton(NewSignup),
	hosting.Every(24*time.Hour, Remind, hosting.Name("remind")),
)

// A printer is a fake Mailer.
type printer struct{}

func (printer) Send(to string) error { fmt.Println("mail to", to); return nil }

func ExampleStart() {
	test := func(t testing.TB) { // func TestRegisterSendsMail(t *testing.T)
		var signup *Signup
		apptest.Start(t, Users, di.Replace[Mailer](printer{}), fx.Populate(&signup))
		if err := signup.Register("ada"); err != nil {
			t.Error(err)
		}
	}
	try(test)
	// Output: mail to ada
}

// RunNow takes a turn of a trigger that is kept still.
func ExampleOnly() {
	test := func(t testing.TB) {
		var triggers *hosting.Triggers
		apptest.Start(t, Users, apptest.Only(), di.Replace[Mailer](printer{}), fx.Populate(&triggers))
		remind, _ := triggers.Find("remind")
		if err := remind.RunNow(t.Context()); err != nil {
			t.Error(err)
		}
	}
	try(test)
	// Output: mail to those who forgot
}

// Nothing is constructed: the real Mailer, which needs a network, is not dialed.
func ExampleCheck() {
	test := func(t testing.TB) {
		apptest.Check(t, Users)
		apptest.Check(t, Users, hosting.Run(func(context.Context, *Server) {}))
	}
	try(test)
	// Output:
	// app: 1 problem in the object graph
	// 1. missing *apptest_test.Server
}

// try runs a test, which an example has not, and prints the headlines of its errors.
func try(test func(testing.TB)) {
	t := &example{}
	test(t)
	for _, cleanup := range t.cleanups {
		cleanup()
	}
}

// example stands for the *testing.T of a test.
type example struct {
	testing.TB
	cleanups []func()
}

func (*example) Helper()                  {}
func (*example) Logf(string, ...any)      {}
func (*example) Context() context.Context { return context.Background() }
func (e *example) Cleanup(fn func())      { e.cleanups = append(e.cleanups, fn) }
func (e *example) Errorf(format string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		if !strings.HasPrefix(line, " ") && line != "\n" {
			fmt.Print(line)
		}
	}
}
