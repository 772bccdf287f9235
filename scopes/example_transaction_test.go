package scopes_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// A Tx is scoped, so that everything in one unit of work shares it.
type Tx struct{ done bool }

func (t *Tx) Commit() error {
	t.done = true
	fmt.Println("commit")
	return nil
}

// Rollback does nothing after a Commit.
func (t *Tx) Rollback() {
	if !t.done {
		fmt.Println("rollback")
	}
}

// A Repo works in the transaction of its scope.
type Repo struct{ tx *Tx }

func (r *Repo) Save(amount int) error {
	if amount < 0 {
		return errors.New("amount is negative")
	}
	fmt.Println("save", amount)
	return nil
}

// InTx is a wrapper for any unit: it commits what has succeeded. An error and a panic roll back.
func InTx(ctx context.Context, next scopes.Next, tx *Tx) error {
	defer tx.Rollback()
	if err := next(ctx); err != nil {
		return err
	}
	return tx.Commit()
}

// Pay is a unit of work.
type Pay func(ctx context.Context, amount int) error

func pay(amount int, r *Repo) error { return r.Save(amount) }

// A transaction is a wrapper of ten lines.
func ExampleAround_transaction() {
	var payment Pay
	a := app.New(
		di.Scoped(func() *Tx { return &Tx{} }),
		di.Scoped(func(tx *Tx) *Repo { return &Repo{tx} }),
		scopes.Bind[Pay](scopes.Around(pay, InTx)),
		fx.Populate(&payment),
	)
	ctx := context.Background()
	if err := a.Start(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(payment(ctx, 10))
	fmt.Println(payment(ctx, -1))
	if err := a.Stop(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// save 10
	// commit
	// <nil>
	// rollback
	// amount is negative
}
