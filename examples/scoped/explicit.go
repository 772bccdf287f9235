package main

import (
	"context"
	"errors"

	"github.com/berth-go/berth/scopes"
)

// A Sessions service opens and closes its scopes itself: one for every three executions,
// which is not the shape of a call.
type Sessions struct{ factory *scopes.Factory }

// NewSessions returns a service for hosting.Service.
func NewSessions(f *scopes.Factory) *Sessions { return &Sessions{f} }

// Run opens one scope after the other until ctx ends.
func (s *Sessions) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := s.session(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sessions) session(ctx context.Context) (err error) {
	scope, err := s.factory.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scope.Close(ctx)) }()

	for range 3 {
		p, err := scopes.Get[*Processing](scope) // the same one, until the scope is closed
		if err != nil {
			return err
		}
		p.Work("explicit")
		if !wait(ctx) {
			return nil
		}
	}
	return nil
}
