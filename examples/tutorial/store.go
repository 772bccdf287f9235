package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/berth-go/berth/scopes"
)

// A Reminder is a text and when to send it.
type Reminder struct {
	Text string
	Due  time.Time
}

// A Store keeps reminders. It stands for a database: one for the application, safe for goroutines.
type Store struct {
	mu   sync.Mutex
	list []Reminder
}

// NewStore opens the store. The function it returns closes it when the application has stopped.
func NewStore(log *zap.Logger) (*Store, func() error, error) {
	s := &Store{}
	return s, func() error {
		log.Info("store closed", zap.Int("reminders left", len(s.list)))
		return nil
	}, nil
}

// A Tx is one transaction on the store. It is scoped: each unit of work has its own.
type Tx struct {
	store   *Store
	list    []Reminder // as this transaction sees it
	settled bool
}

// NewTx begins a transaction and returns how to end it: what was not committed is rolled back.
func NewTx(store *Store) (*Tx, func()) {
	store.mu.Lock()
	tx := &Tx{store: store, list: slices.Clone(store.list)}
	return tx, tx.Rollback
}

// Commit makes the changes of the transaction visible.
func (tx *Tx) Commit() error {
	tx.store.list = tx.list
	tx.Rollback()
	return nil
}

// Rollback drops the changes. After Commit it does nothing.
func (tx *Tx) Rollback() {
	if !tx.settled {
		tx.settled = true
		tx.store.mu.Unlock()
	}
}

// InTx is a wrapper: the unit inside it succeeds as a whole or not at all.
func InTx(ctx context.Context, next scopes.Next, tx *Tx) error {
	if err := next(ctx); err != nil {
		return err // NewTx's cleanup rolls back, also after a panic
	}
	return tx.Commit()
}

// A Sender delivers a text.
type Sender interface {
	Send(ctx context.Context, text string) error
}

// A Console is a Sender that prints.
type Console struct{}

// NewConsole returns a Sender that prints.
func NewConsole() *Console { return &Console{} }

// Send prints the text.
func (*Console) Send(_ context.Context, text string) error {
	_, err := fmt.Println("reminder:", text)
	return err
}
