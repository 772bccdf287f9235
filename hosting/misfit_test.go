package hosting_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

type starts struct{}

func (*starts) Start(context.Context) error { return nil }

type (
	stopsAlone   struct{ *starts }
	stopsMuted   struct{ *starts }
	runsBare     struct{}
	runsAndTells struct{ *starts }
	stages       struct{ *starts }
	byValue      struct{}
	started      interface{ Start(context.Context) error }
)

func (*stopsAlone) Stop() error           { return nil }
func (*stopsMuted) Stop(context.Context)  {}
func (*runsBare) Run() error              { return nil }
func (*runsAndTells) Started() bool       { return true }
func (*runsAndTells) Stopped(at int)      {}
func (*stages) Starting() error           { return nil }
func (*stages) Stopped(context.Context)   {}
func (byValue) Run(context.Context) error { return nil }
func (*byValue) Stop(context.Context) error {
	return nil
}

func TestMethodThatWouldNotBeCalledIsAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		option fx.Option
		says   []string
	}{
		"Stop without a context": {
			hosting.Service(func() *stopsAlone { return &stopsAlone{} }),
			[]string{"method Stop() error of *hosting_test.stopsAlone would not be called: make it Stop(context.Context) error, or give it another name"},
		},
		"Stop without a result":   {hosting.Service(func() *stopsMuted { return &stopsMuted{} }), []string{"method Stop(context.Context) of *hosting_test.stopsMuted"}},
		"nothing but such a Run":  {hosting.Service(func() *runsBare { return &runsBare{} }), []string{"method Run() error of *hosting_test.runsBare"}},
		"several stages":          {hosting.Service(func() *stages { return &stages{} }), []string{"method Starting() error of", "; method Stopped(context.Context) of"}},
		"a value without pointer": {hosting.Service(func() byValue { return byValue{} }), []string{"method Stop is one of *hosting_test.byValue: provide a pointer"}},
		"behind an interface":     {hosting.Service(func() started { return &stopsAlone{} }), []string{"method Stop() error of *hosting_test.stopsAlone"}},
		"a hosted singleton": {
			fx.Options(di.Singleton(func() *stopsAlone { return &stopsAlone{} }), hosting.Host[*stopsAlone]()),
			[]string{"method Stop() error of *hosting_test.stopsAlone"},
		},
		"a hosted interface": {
			fx.Options(di.Singleton(func() *stopsAlone { return &stopsAlone{} }, di.As[started]()), hosting.Host[started]()),
			[]string{"method Stop() error of *hosting_test.stopsAlone"},
		},
		"nothing at all": {hosting.Service(func() *int { return new(int) }), []string{"*int has neither Start(context.Context) error nor Run(context.Context) error"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := app.New(fx.NopLogger, tt.option).Err()
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range append(tt.says, "hosting/misfit_test.go:") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not say %q", err, part)
				}
			}
			var wiring *di.SignatureError
			if behind := strings.Contains(name, "interface"); !behind && !errors.As(err, &wiring) {
				t.Errorf("error is a %T, want a *di.SignatureError", err)
			}
		})
	}
}

func TestMethodThatOnlyTellsMayHaveTheNameOfAStage(t *testing.T) {
	a := app.New(fx.NopLogger, hosting.Service(func() *runsAndTells { return &runsAndTells{} }))
	if err := errors.Join(a.Err(), a.Stop(t.Context())); err != nil {
		t.Error(err)
	}
}
