package lifecycle_test

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/lifecycle"
)

func TestShutdownerInterruptsConstructionAndStart(t *testing.T) {
	shut := func(s fx.Shutdowner) error { return errors.Join(s.Shutdown(), s.Shutdown()) }
	tests := []struct {
		name string
		opt  fx.Option
		want []string
	}{
		{"in a constructor", fx.Options(
			fx.Provide(func(s fx.Shutdowner) (*broken, error) { return &broken{}, shut(s) }), fx.Module("m", fx.Invoke(func(*broken) {})),
		), nil},
		{"in a start hook", fx.Module("m", fx.Invoke(func(lc fx.Lifecycle, s fx.Shutdowner) {
			lc.Append(fx.StartHook(func() error { return shut(s) }))
		})), nil},
		{"in a start hook, as is waited for", fx.Module("m", fx.Invoke(func(lc fx.Lifecycle, s fx.Shutdowner) {
			lc.Append(fx.StartHook(func(ctx context.Context) error {
				err := shut(s)
				<-ctx.Done()
				return err
			}))
		})), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r record
			opts := fx.Options(quiet, test.opt, r.hook("later"))
			if err := app.New(opts).Start(t.Context()); !errors.Is(err, lifecycle.ErrStopping) {
				t.Errorf("Start returned %v, want ErrStopping", err)
			}
			if err := app.Run(t.Context(), opts); err != nil {
				t.Errorf("Run returned %v", err)
			}
			r.want(t, test.want...)
		})
	}
}

func TestFirstExitCodeStands(t *testing.T) {
	tests := []struct {
		name string
		opts [][]fx.ShutdownOption
		code int
	}{
		{"none", [][]fx.ShutdownOption{nil, nil}, 0},
		{"a first", [][]fx.ShutdownOption{{fx.ExitCode(3)}, nil, {fx.ExitCode(4)}}, 3},
		{"a later", [][]fx.ShutdownOption{nil, {fx.ExitCode(4)}}, 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := app.New(quiet, fx.Module("m", fx.Invoke(func(lc fx.Lifecycle, s fx.Shutdowner, status *lifecycle.Status) {
				lc.Append(fx.StartHook(func() {
					go func() {
						<-status.Started()
						for _, opts := range test.opts {
							if err := s.Shutdown(opts...); err != nil {
								t.Errorf("Shutdown returned %v", err)
							}
						}
					}()
				}))
				lc.Append(fx.StopHook(func() error { return s.Shutdown() }))
			})))
			err := a.Run(t.Context())
			var exit *app.ExitError
			if errors.As(err, &exit); test.code == 0 && err != nil || test.code != 0 && (exit == nil || exit.Code != test.code) {
				t.Errorf("Run returned %v, want exit code %d", err, test.code)
			}
		})
	}
}

func TestShutdownHasACause(t *testing.T) {
	later := errors.New("later")
	err := app.Run(t.Context(), quiet, lifecycle.OnStart(func(shutdown lifecycle.Shutdown) {
		shutdown(errUnit)
		shutdown(nil)
		shutdown(later)
	}))
	if !errors.Is(err, errUnit) || !errors.Is(err, later) || err.Error() != "unit failed\nlater" {
		t.Errorf("Run returned %v, want the causes in their order", err)
	}
}
