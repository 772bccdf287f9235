package adopt_test

import (
	"context"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/internal/docs/snippets/adopt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestProgramRunsBesideFx(t *testing.T) {
	program := adopt.Beside()
	if err := program.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := program.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestProgramRunsOnBerth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		apptest.Start(t, adopt.Module)
	})
}
