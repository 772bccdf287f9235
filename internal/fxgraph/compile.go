// Package fxgraph reads a tree of fx options and emits the rewritten one. It is the only package that
// knows how fx and dig are built.
package fxgraph

import (
	"reflect"

	"go.uber.org/fx"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/supervise"
)

// Config is what the application adds to a graph.
type Config struct {
	Engine *supervise.Engine
	// Adapt names a value for its consumer (a *zap.Logger), by type.
	Adapt map[reflect.Type]func(v reflect.Value, consumer string) reflect.Value
	// Builtins are what the application provides itself, declared at the root.
	Builtins []fx.Option
	// CheckOnly reads and checks, but prepares and emits nothing.
	CheckOnly bool
}

// A Graph is a checked application, ready for fx.
type Graph struct {
	Options  []fx.Option    // for fx.New
	Settings []decl.Setting // in order of declaration, also those in modules
}
