package unit

import (
	"context"
	"errors"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// Module declares the services and Work.
var Module = fx.Options(
	di.Singleton(NewDatabase),
	di.Singleton(NewClock),
	di.Scoped(NewSession),
	di.Scoped(NewTx),
	di.Scoped(NewOrders),
	di.Scoped(NewCustomers),
	di.Scoped(NewStock),
	di.Scoped(NewPrices),
	di.Scoped(NewOutbox),
	di.Scoped(NewMailer),
	di.Scoped(NewRoot),
	scopes.Bind[Work]((*Root).Run),
)

// Berth does the work in an application that has been started. more stands beside the services.
func Berth(more ...fx.Option) (work Work, stop func() error, err error) {
	a := app.New(Module, fx.Options(more...), fx.NopLogger, fx.Populate(&work))
	ctx := context.Background()
	if err := a.Start(ctx); err != nil {
		return nil, nil, errors.Join(err, a.Stop(ctx))
	}
	return work, func() error { return a.Stop(ctx) }, nil
}
