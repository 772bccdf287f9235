// Package hosted is background work as users of .NET know it, quoted by docs/coming-from-dotnet.md.
package hosted

import (
	"context"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// Module is AddSingleton, AddScoped, and two forms of AddHostedService.
var Module = fx.Module("hosted",
	di.Singleton(NewSMTP, di.As[Mailer]()),
	di.Scoped(NewDigest),
	hosting.Service(NewWatcher),
	hosting.Every(time.Hour, (*Digest).Send),
)

// A Mailer sends mail.
type Mailer interface {
	Send(ctx context.Context, text string) error
}

// SMTP is a Mailer with a connection.
type SMTP struct{}

// NewSMTP connects. What it returns second is what Dispose is in .NET.
func NewSMTP(_ context.Context) (*SMTP, func(context.Context) error, error) {
	s := &SMTP{}
	return s, s.quit, nil
}

// Send sends a mail.
func (*SMTP) Send(context.Context, string) error { return nil }

func (*SMTP) quit(context.Context) error { return nil }

// A Watcher is a hosted service with a body: StartAsync, ExecuteAsync and StopAsync.
type Watcher struct{ log *zap.Logger }

// NewWatcher returns a watcher that has not started.
func NewWatcher(log *zap.Logger) *Watcher { return &Watcher{log} }

// Start is waited for before the next service starts.
func (w *Watcher) Start(context.Context) error { return nil }

// Run never delays the start. Its context ends when the application stops.
func (w *Watcher) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Minute):
			w.log.Info("still here")
		}
	}
}

// Stop is called when the context of Run has ended; both are waited for.
func (w *Watcher) Stop(context.Context) error { return nil }

// A Digest is scoped: each tick has its own.
type Digest struct{ mailer Mailer }

// NewDigest starts an empty digest.
func NewDigest(m Mailer) *Digest { return &Digest{m} }

// Send is one tick.
func (d *Digest) Send(ctx context.Context) error { return d.mailer.Send(ctx, "digest") }
