package unit

import (
	"context"
	"errors"

	"github.com/sarulabs/di/v2"
)

// SarulabsDI does the work with a sub-container of github.com/sarulabs/di for each call. Its definitions are given as
// pointers, which it finds by their index, and not by name. A context cannot be given to a sub-container, so that has an object
// which holds it.
func SarulabsDI() (Work, error) {
	b, err := di.NewEnhancedBuilder(di.App, di.Request)
	if err != nil {
		return nil, err
	}
	var errs []error
	define := func(scope string, build func(di.Container) (any, error), release func(any) error) *di.Def {
		def := &di.Def{Scope: scope, Build: build, Close: release}
		errs = append(errs, b.Add(def))
		return def
	}
	type given struct{ ctx context.Context } //nolint:containedctx // of one call
	var (
		database = define(di.App, func(di.Container) (any, error) { return NewDatabase(), nil }, nil)
		clock    = define(di.App, func(di.Container) (any, error) { return NewClock(), nil }, nil)
		call     = define(di.Request, func(di.Container) (any, error) { return &given{}, nil }, nil)
		session  = define(di.Request, func(c di.Container) (any, error) {
			s, _, err := NewSession(c.Get(call).(*given).ctx, c.Get(database).(*Database), c.Get(clock).(*Clock))
			return s, err
		}, func(v any) error { v.(*Session).Shutdown(); return nil })
		tx = define(di.Request, func(c di.Container) (any, error) {
			tx, _, err := NewTx(c.Get(session).(*Session))
			return tx, err
		}, func(v any) error { return v.(*Tx).Shutdown() })
		orders    = define(di.Request, func(c di.Container) (any, error) { return NewOrders(c.Get(tx).(*Tx)), nil }, nil)
		customers = define(di.Request, func(c di.Container) (any, error) { return NewCustomers(c.Get(tx).(*Tx)), nil }, nil)
		stock     = define(di.Request, func(c di.Container) (any, error) {
			return NewStock(c.Get(tx).(*Tx), c.Get(database).(*Database), c.Get(clock).(*Clock)), nil
		}, nil)
		prices = define(di.Request, func(c di.Container) (any, error) {
			return NewPrices(c.Get(customers).(*Customers), c.Get(clock).(*Clock))
		}, nil)
		outbox = define(di.Request, func(c di.Container) (any, error) {
			o, _, err := NewOutbox(c.Get(tx).(*Tx), c.Get(clock).(*Clock))
			return o, err
		}, func(v any) error { return v.(*Outbox).Shutdown() })
		mailer = define(di.Request, func(c di.Container) (any, error) { return NewMailer(c.Get(outbox).(*Outbox)), nil }, nil)
		root   = define(di.Request, func(c di.Container) (any, error) {
			return NewRoot(c.Get(orders).(*Orders), c.Get(stock).(*Stock), c.Get(prices).(*Prices), c.Get(mailer).(*Mailer)), nil
		}, nil)
	)
	container, err := b.Build()
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		scope, err := container.SubContainer()
		if err != nil {
			return err
		}
		scope.Get(call).(*given).ctx = ctx
		r, err := scope.SafeGet(root)
		if err == nil {
			err = r.(*Root).Run(ctx)
		}
		return errors.Join(err, scope.Delete())
	}, nil
}
