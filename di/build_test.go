package di_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"go.uber.org/fx"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/internal/testsetup"
	"github.com/berth-go/berth/scopes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Run is what calls the unit of a test.
type Run func(context.Context) error

// unit has fn called by run.
func unit(run *Run, fn any) fx.Option {
	return fx.Options(scopes.Bind[Run](fn), fx.Populate(run))
}

// call runs fn as a unit of an application with opts, times times.
func call(t *testing.T, times int, fn any, opts ...fx.Option) {
	t.Helper()
	var run Run
	apptest.Start(t, append(opts, unit(&run, fn))...)
	for range times {
		if err := run(t.Context()); err != nil {
			t.Fatalf("%+v", err)
		}
	}
}

// newApp is an application that logs nothing.
func newApp(opts ...fx.Option) *app.App {
	return app.New(append([]fx.Option{testsetup.Setup{Logger: zap.NewNop()}.Option()}, opts...)...)
}

// refused returns what is wrong with the wiring of an application.
func refused(t *testing.T, opts ...fx.Option) *di.BuildError {
	t.Helper()
	a := newApp(opts...)
	var build *di.BuildError
	if !errors.As(a.Err(), &build) {
		if a.Err() == nil {
			_ = a.Stop(t.Context())
		}
		t.Fatalf("wiring is not refused: %v", a.Err())
	}
	return build
}

// problem returns the one problem of a wiring.
func problem[E error](t *testing.T, opts ...fx.Option) E {
	t.Helper()
	build := refused(t, opts...)
	var e E
	if len(build.Problems) != 1 || !errors.As(build, &e) {
		t.Fatalf("want one %T, got %+v", e, build)
	}
	return e
}

// A journal is what an application did, in order.
type journal []string

func (j *journal) note(format string, args ...any) { *j = append(*j, fmt.Sprintf(format, args...)) }

func (j *journal) is(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(*j, want) {
		t.Errorf("got  %q\nwant %q", []string(*j), want)
	}
}
