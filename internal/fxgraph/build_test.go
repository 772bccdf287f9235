package fxgraph_test

import (
	"context"
	"fmt"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/fxgraph"
	"github.com/berth-go/berth/internal/supervise"
)

// compile constructs an application as package app does.
func compile(opts ...fx.Option) (*supervise.Engine, error) {
	e := supervise.New(nil)
	g, err := fxgraph.Compile(opts, fxgraph.Config{Engine: e})
	if err != nil {
		return e, err
	}
	if err := fx.New(fx.Logger(discard{}), fx.NopLogger, fx.Options(g.Options...)).Err(); err != nil {
		return e, g.Failure(err)
	}
	e.Constructed()
	return e, nil
}

type discard struct{}

func (discard) Printf(string, ...any) {}

// build is compile for options that are right.
func build(t *testing.T, opts ...fx.Option) *supervise.Engine {
	t.Helper()
	e, err := compile(opts...)
	t.Cleanup(func() {
		if err := e.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	return e
}

// A journal is what a program notes, in order.
type journal []string

func (j *journal) note(format string, args ...any) { *j = append(*j, fmt.Sprintf(format, args...)) }

func (j journal) String() string { return fmt.Sprintf("%q", []string(j)) }
