// Package testsetup is what apptest tells package app beside the options of the application under test.
package testsetup

import (
	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/internal/decl"
	"github.com/berth-go/berth/internal/place"
)

// A Setup changes how an application is made.
type Setup struct {
	// Logger stands for the default logger. Default: that of app.
	Logger *zap.Logger
	// CheckOnly checks the options and constructs nothing.
	CheckOnly bool
}

// Option carries the setup to Of.
func (s Setup) Option() fx.Option {
	here := place.Caller()
	return decl.New(&decl.Setting{Value: s, Here: here}, here)
}

// Of finds the setup among the options of an application, where apptest put it: not inside others.
func Of(opts []fx.Option) Setup {
	for _, o := range opts {
		if o, ok := o.(decl.Option); ok {
			if s, ok := o.Decl.(*decl.Setting); ok {
				if setup, ok := s.Value.(Setup); ok {
					return setup
				}
			}
		}
	}
	return Setup{}
}

// Only is a setting: the names of the triggers that are to be started.
type Only []string
