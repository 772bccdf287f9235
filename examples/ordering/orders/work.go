package orders

import (
	"context"

	"github.com/berth-go/berth/scopes"
)

// A UnitOfWork is the transaction that everything scoped of one unit shares. It is
// rolled back at the end of the scope unless it was committed.
type UnitOfWork interface {
	// Begin is called first in a unit that changes something. Others only read.
	Begin(ctx context.Context) error
	Commit() error
}

// InTx wraps a unit that changes something: its work is committed if it succeeds.
func InTx(ctx context.Context, next scopes.Next, work UnitOfWork) error {
	if err := work.Begin(ctx); err != nil {
		return err
	}
	if err := next(ctx); err != nil {
		return err
	}
	return work.Commit()
}
