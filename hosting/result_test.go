package hosting_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

type ownError struct{}

func (*ownError) Error() string { return "own" }

// A result that nobody looks at would be lost, most of all an error that is not declared as one.
func TestUnitReturnsNothingOrAnError(t *testing.T) {
	for name, option := range map[string]fx.Option{
		"a value":              hosting.Loop(func(context.Context) (int, error) { return 0, nil }),
		"an error of its own":  lifecycle.OnStart(func() *ownError { return &ownError{} }),
		"a value without more": hosting.Every(1, func() string { return "" }),
	} {
		var signature *di.SignatureError
		if err := app.New(fx.NopLogger, option).Err(); !errors.As(err, &signature) {
			t.Errorf("%s: got %v, want a SignatureError", name, err)
		}
	}
}
