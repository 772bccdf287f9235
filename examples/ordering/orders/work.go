package orders

import (
	"context"

	"github.com/berth-go/berth/scopes"
)

// A UnitOfWork is the transaction that everything scoped of one unit shares. It is
// rolled back at the end of the scope unless it was committed.
type UnitOfWork interface {
	Commit() error
}

// InTx wraps a unit: its work is committed if it succeeds.
func InTx(ctx context.Context, next scopes.Next, work UnitOfWork) error {
	if err := next(ctx); err != nil {
		return err
	}
	return work.Commit()
}
