package unit

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"

	"github.com/samber/do/v2"
)

// SamberDo does the work with a child scope of github.com/samber/do for each call. The container keeps a scope that has
// been shut down, so it is made anew after some thousand calls.
func SamberDo() Work {
	root := do.New()
	do.Provide(root, func(do.Injector) (*Database, error) { return NewDatabase(), nil })
	do.Provide(root, func(do.Injector) (*Clock, error) { return NewClock(), nil })
	var calls atomic.Int64
	return func(ctx context.Context) error {
		s := root.Scope(strconv.FormatInt(calls.Add(1), 10), scoped(ctx)) // names must differ
		r, err := do.Invoke[*Root](s)
		if err == nil {
			err = r.Run(ctx)
		}
		if released := s.Shutdown(); !released.Succeed {
			err = errors.Join(err, released)
		}
		return err
	}
}

// scoped declares what lives in the scope of one call. What has a method Shutdown is released by it.
func scoped(ctx context.Context) func(do.Injector) {
	return func(i do.Injector) {
		do.Provide(i, func(i do.Injector) (*Session, error) {
			session, _, err := NewSession(ctx, do.MustInvoke[*Database](i), do.MustInvoke[*Clock](i))
			return session, err
		})
		do.Provide(i, func(i do.Injector) (*Tx, error) {
			tx, _, err := NewTx(do.MustInvoke[*Session](i))
			return tx, err
		})
		do.Provide(i, func(i do.Injector) (*Orders, error) { return NewOrders(do.MustInvoke[*Tx](i)), nil })
		do.Provide(i, func(i do.Injector) (*Customers, error) { return NewCustomers(do.MustInvoke[*Tx](i)), nil })
		do.Provide(i, func(i do.Injector) (*Stock, error) {
			return NewStock(do.MustInvoke[*Tx](i), do.MustInvoke[*Database](i), do.MustInvoke[*Clock](i)), nil
		})
		do.Provide(i, func(i do.Injector) (*Prices, error) {
			return NewPrices(do.MustInvoke[*Customers](i), do.MustInvoke[*Clock](i))
		})
		do.Provide(i, func(i do.Injector) (*Outbox, error) {
			outbox, _, err := NewOutbox(do.MustInvoke[*Tx](i), do.MustInvoke[*Clock](i))
			return outbox, err
		})
		do.Provide(i, func(i do.Injector) (*Mailer, error) { return NewMailer(do.MustInvoke[*Outbox](i)), nil })
		do.Provide(i, func(i do.Injector) (*Root, error) {
			return NewRoot(do.MustInvoke[*Orders](i), do.MustInvoke[*Stock](i), do.MustInvoke[*Prices](i), do.MustInvoke[*Mailer](i)), nil
		})
	}
}
