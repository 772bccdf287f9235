package hosting_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// An Email is sent by a queue.
type Email struct{ To, Text string }

// A Session is scoped: each email has its own.
type Session struct{ to string }

// NewSession takes the item, as any constructor of the scope may.
func NewSession(e Email) (*Session, func()) {
	fmt.Println("connected for", e.To)
	return &Session{e.To}, func() { fmt.Println("disconnected") }
}

// SendEmail is the unit of the queue.
func SendEmail(_ context.Context, e Email, s *Session) error {
	fmt.Printf("%q to %s\n", e.Text, s.to)
	return nil
}

// Welcome sends from a hook. The stop that follows waits until the queue is empty.
func Welcome(ctx context.Context, emails *hosting.Queue[Email], shutdown lifecycle.Shutdown) error {
	defer shutdown(nil)
	return errors.Join(
		emails.Send(ctx, Email{"ada@example.com", "welcome"}),
		emails.Send(ctx, Email{"alan@example.com", "welcome"}),
	)
}

func ExampleConsume() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		di.Scoped(NewSession),
		hosting.Consume[Email](SendEmail, hosting.Capacity(256)),
		hosting.Run(Welcome, hosting.AfterIntake()),
	)
	fmt.Println(err)
	// Output:
	// connected for ada@example.com
	// "welcome" to ada@example.com
	// disconnected
	// connected for alan@example.com
	// "welcome" to alan@example.com
	// disconnected
	// <nil>
}

// A Page goes through a pipeline of two queues.
type Page struct{ URL, Text string }

// An Index is the second queue's item.
type Index struct{ Words int }

// Fetch sends what it has fetched on. It waits while the next queue is full.
func Fetch(ctx context.Context, p Page, indexes *hosting.Queue[Index]) error {
	return indexes.Send(ctx, Index{len(p.Text)})
}

func Example_pipeline() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		hosting.Consume[Page](Fetch),
		hosting.Consume[Index](func(i Index) { fmt.Println(i.Words) }, hosting.Capacity(1)),
		hosting.Run(func(ctx context.Context, pages *hosting.Queue[Page], shutdown lifecycle.Shutdown) error {
			defer shutdown(nil) // what is in the queues flows to its end
			return errors.Join(pages.Send(ctx, Page{Text: "a"}), pages.Send(ctx, Page{Text: "bb"}), pages.Send(ctx, Page{Text: "ccc"}))
		}, hosting.AfterIntake()),
	)
	fmt.Println(err)
	// Output:
	// 1
	// 2
	// 3
	// <nil>
}

func ExampleRetry() {
	attempt := 0
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		hosting.Consume[Email](func(_ Email, shutdown lifecycle.Shutdown) error {
			attempt++
			fmt.Println("attempt", attempt)
			if attempt < 3 {
				return errors.New("connection refused")
			}
			shutdown(nil)
			return nil
		}, hosting.Retry(hosting.RetryPolicy{Attempts: 5, First: time.Millisecond})),
		lifecycle.OnStart(func(ctx context.Context, emails *hosting.Queue[Email]) error {
			return emails.Send(ctx, Email{To: "ada@example.com"})
		}),
	)
	fmt.Println(err)
	// Output:
	// attempt 1
	// attempt 2
	// attempt 3
	// <nil>
}

// A Drafts keeps emails for the next start of the program.
type Drafts struct{}

// Save is given what nobody has sent.
func (*Drafts) Save(_ context.Context, left []Email) error {
	for _, e := range left {
		fmt.Println("saved the one to", e.To)
	}
	return nil
}

func ExampleLeftover() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		di.Singleton(func() *Drafts { return &Drafts{} }),
		hosting.Consume[Email](func(ctx context.Context, e Email, shutdown lifecycle.Shutdown) error {
			shutdown(nil)
			<-ctx.Done() // takes longer than the grace period
			return ctx.Err()
		}, hosting.Grace(10*time.Millisecond), hosting.Leftover((*Drafts).Save)),
		lifecycle.OnStart(func(ctx context.Context, emails *hosting.Queue[Email]) error {
			return errors.Join(emails.Send(ctx, Email{To: "ada@example.com"}), emails.Send(ctx, Email{To: "alan@example.com"}))
		}),
	)
	fmt.Println(err)
	// Output:
	// saved the one to ada@example.com
	// saved the one to alan@example.com
	// <nil>
}
