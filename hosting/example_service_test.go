package hosting_test

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
)

// A Mailbox is a service with every method that most need. Any of them may be missing, but not both Start
// and Run.
type Mailbox struct{ host string }

type MailboxSettings struct{ Host string }

func NewMailbox(s MailboxSettings) *Mailbox { return &Mailbox{s.Host} }

// Start is waited for.
func (m *Mailbox) Start(context.Context) error {
	fmt.Println("connected to", m.host)
	return nil
}

// Run lasts as long as the application. Here it waits for mail until ctx ends.
func (m *Mailbox) Run(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// Stop is called at the same time as the context of Run ends.
func (m *Mailbox) Stop(context.Context) error {
	fmt.Println("disconnected")
	return nil
}

func ExampleService() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		fx.Supply(MailboxSettings{"mail.example.org"}),
		hosting.Service(NewMailbox),
		app.RunOnce(func() { fmt.Println("running") }),
	)
	fmt.Println(err)
	// Output:
	// connected to mail.example.org
	// running
	// disconnected
	// <nil>
}

// A service whose Start returns an error keeps the application from starting.
func ExampleService_failure() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		hosting.Service(func() *Closed { return &Closed{} }, hosting.Name("closed")),
	)
	fmt.Println(errors.Is(err, errNoMail))
	// Output: true
}

type Closed struct{}

var errNoMail = errors.New("no mail today")

func (*Closed) Start(context.Context) error { return errNoMail }
