package unit

import (
	"context"
	"errors"
)

// Work opens a scope, builds a Root, runs it and closes the scope.
type Work func(context.Context) error

// The singletons.
type (
	Database struct{ name string }
	Clock    struct{ zone string }
)

// NewDatabase makes the first singleton.
func NewDatabase() *Database { return &Database{name: "orders"} }

// NewClock makes the second singleton.
func NewClock() *Clock { return &Clock{zone: "UTC"} }

// errOrder is what a cleanup that comes too early returns.
var errOrder = errors.New("cleanup ran before that of what was built later")

// A Session is the first scoped service. Everything else is built on it.
type Session struct {
	ctx      context.Context //nolint:containedctx // the scope's: a session lives as long
	database *Database
	clock    *Clock
	open     int // what is built on it and not yet released
	closed   bool
}

// NewSession takes the scope's context and both singletons.
//
//go:noinline
func NewSession(ctx context.Context, database *Database, clock *Clock) (*Session, func(), error) {
	s := &Session{ctx: ctx, database: database, clock: clock}
	return s, s.Shutdown, nil
}

// Shutdown is the cleanup of the session.
func (s *Session) Shutdown() { s.closed = s.open == 0 }

// Closed reports whether it was closed after what was built on it.
func (s *Session) Closed() bool { return s.closed }

// A Tx is released before its Session.
type Tx struct {
	session *Session
	open    int
}

// NewTx begins a transaction.
//
//go:noinline
func NewTx(session *Session) (*Tx, func() error, error) {
	session.open++
	tx := &Tx{session: session}
	return tx, tx.Shutdown, nil
}

// Shutdown is the cleanup of the transaction.
func (t *Tx) Shutdown() error {
	t.session.open--
	if t.open > 0 {
		return errOrder
	}
	return nil
}

// Orders is a repository.
type Orders struct{ tx *Tx }

// NewOrders takes the transaction.
//
//go:noinline
func NewOrders(tx *Tx) *Orders { return &Orders{tx} }

// Customers is a repository.
type Customers struct{ tx *Tx }

// NewCustomers takes the transaction.
//
//go:noinline
func NewCustomers(tx *Tx) *Customers { return &Customers{tx} }

// Stock takes both singletons too.
type Stock struct {
	tx       *Tx
	database *Database
	clock    *Clock
}

// NewStock takes the transaction and both singletons.
//
//go:noinline
func NewStock(tx *Tx, database *Database, clock *Clock) *Stock { return &Stock{tx, database, clock} }

// Prices may fail to be built.
type Prices struct {
	customers *Customers
	clock     *Clock
}

// NewPrices returns an error beside the service.
//
//go:noinline
func NewPrices(customers *Customers, clock *Clock) (*Prices, error) {
	return &Prices{customers, clock}, nil
}

// An Outbox is released before its Tx.
type Outbox struct {
	tx    *Tx
	clock *Clock
}

// NewOutbox has the third cleanup.
//
//go:noinline
func NewOutbox(tx *Tx, clock *Clock) (*Outbox, func() error, error) {
	tx.open++
	o := &Outbox{tx, clock}
	return o, o.Shutdown, nil
}

// Shutdown is the cleanup of the outbox.
func (o *Outbox) Shutdown() error {
	o.tx.open--
	return nil
}

// A Mailer writes to the outbox.
type Mailer struct{ outbox *Outbox }

// NewMailer takes the outbox.
//
//go:noinline
func NewMailer(outbox *Outbox) *Mailer { return &Mailer{outbox} }

// A Root is over all eight.
type Root struct {
	orders *Orders
	stock  *Stock
	prices *Prices
	mailer *Mailer
}

// NewRoot is the ninth constructor.
//
//go:noinline
func NewRoot(orders *Orders, stock *Stock, prices *Prices, mailer *Mailer) *Root {
	return &Root{orders, stock, prices, mailer}
}

// Run is the work itself.
//
//go:noinline
func (r *Root) Run(ctx context.Context) error {
	if seen, ok := ctx.Value(sessionKey{}).(**Session); ok {
		*seen = r.session()
	}
	return ctx.Err()
}

type sessionKey struct{}

// Watch has Run put the session of its scope into seen, or nil if its services do not share one.
func Watch(ctx context.Context, seen **Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, seen)
}

// session is the one that the whole scope shares, or nil.
func (r *Root) session() *Session {
	tx := r.orders.tx
	if r.stock.tx != tx || r.prices.customers.tx != tx || r.mailer.outbox.tx != tx {
		return nil
	}
	return tx.session
}
