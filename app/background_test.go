package app_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// LC-031, LC-032
func TestFaultOfAServiceComesOutOfRunWheneverItHappens(t *testing.T) {
	for name, after := range map[string]time.Duration{"at once": 0, "later": time.Minute} {
		bubble(t, name, func(t *testing.T) {
			err := app.Run(t.Context(), quiet, hosting.Run(func(context.Context) error {
				if after > 0 {
					<-time.After(after)
				}
				return errBoom
			}))
			if !errors.Is(err, errBoom) {
				t.Errorf("Run returned %v, want the error of the service", err)
			}
		})
	}
}

// LC-033: who calls Start and Stop is told by Err, or by Start itself.
func TestFaultOfAServiceIsTheErrOfAnApplicationThatIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := app.New(quiet, hosting.Run(func(context.Context) error { <-time.After(time.Second); return errBoom }))
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Minute) // nobody looks at Done
		if err := a.Stop(t.Context()); err != nil {
			t.Errorf("Stop = %v, want nothing: the stop went well", err)
		}
		if !errors.Is(a.Err(), errBoom) {
			t.Errorf("Err is %v, want the fault", a.Err())
		}
	})
}

// LC-035
func TestFaultsOfSeveralServicesComeOutTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errOther, errLate := errors.New("other"), errors.New("late")
		err := app.Run(t.Context(), quiet,
			hosting.Run(func(ctx context.Context) error { <-ctx.Done(); return errLate }),
			hosting.Run(func(context.Context) error { return errBoom }),
			hosting.Run(func(context.Context) error { return errOther }),
		)
		for _, want := range []error{errBoom, errOther, errLate} {
			if !errors.Is(err, want) {
				t.Errorf("Run returned %v, which lacks %v", err, want)
			}
		}
	})
}

// LC-038, LC-039: whether a failure matters is what the trigger says.
func TestFailuresOfTurnsDoNotStopTheApplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := 0
		a := app.New(quiet,
			hosting.Loop(func(context.Context) error { turns++; return errBoom }),
			hosting.Every(10*time.Second, func() error { panic(errBoom) }),
		)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		if err := a.Run(ctx); err != nil || turns < 5 {
			t.Errorf("Run returned %v after %d turns", err, turns)
		}
		if err := a.Stop(t.Context()); err != nil {
			t.Errorf("Stop returned %v", err)
		}
	})
}

// LC-040, HO-088
func TestServiceThatIsDoneMayEndTheApplication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := app.Run(t.Context(), quiet, hosting.Run(func(_ context.Context, shutdown lifecycle.Shutdown) error {
			<-time.After(time.Second)
			shutdown(nil)
			return nil
		}))
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
	})
}

// LC-030
func TestRunThatNeverBlocksSeesTheEndOfItsContext(t *testing.T) {
	for name, run := range map[string]func(context.Context) error{
		"loop": func(ctx context.Context) error {
			for ctx.Err() == nil {
				runtime.Gosched()
			}
			return nil
		},
		"error": func(ctx context.Context) error {
			for {
				if err := ctx.Err(); err != nil {
					return err
				}
				runtime.Gosched()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := app.New(quiet, hosting.Run(run))
			if err := errors.Join(a.Start(t.Context()), a.Stop(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
}

// LC-022, LC-028, HO-039
func TestServiceOfAnApplicationThatNeverStartedIsNotCalled(t *testing.T) {
	var r record
	a := app.New(quiet,
		hosting.Service(func() *recorder { return &recorder{&r} }),
		hosting.Run(func(context.Context) error { r.add("run"); return nil }),
	)
	for range 2 {
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	r.want(t)
}

// A recorder notes what is called.
type recorder struct{ r *record }

func (s *recorder) Start(context.Context) error    { s.r.add("start"); return nil }
func (s *recorder) Stop(context.Context) error     { s.r.add("stop"); return nil }
func (s *recorder) Stopping(context.Context) error { s.r.add("stopping"); return nil }
func (s *recorder) Stopped(context.Context) error  { s.r.add("stopped"); return nil }

// LC-026
func TestRunEndsThoughTheApplicationNeverGotToRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		err := app.New(quiet,
			hosting.Run(func(ctx context.Context) error {
				<-ctx.Done()
				r.add(context.Cause(ctx).Error())
				return ctx.Err()
			}),
			hosting.Service(func() *unwilling { return &unwilling{} }),
		).Start(t.Context())
		if !errors.Is(err, errBoom) {
			t.Errorf("Start returned %v", err)
		}
		r.want(t, lifecycle.ErrStopping.Error())
	})
}

// unwilling takes its time and does not start.
type unwilling struct{}

func (*unwilling) Start(context.Context) error { synctest.Wait(); return errBoom }

// LC-017, LC-019
func TestLimitsReachServicesThatStartAndStopAtOnce(t *testing.T) {
	bubble(t, "start", func(t *testing.T) {
		var r record
		began := time.Now()
		err := app.New(quiet, app.StartTimeout(time.Second), app.ConcurrentStart(),
			hosting.Service(func() *patient { return &patient{r: &r, start: true} }),
			hosting.Service(func() *patient { return &patient{r: &r, start: true} }),
		).Start(t.Context())
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("Start returned %v after %v, want the limit of 1 s", err, time.Since(began))
		}
		r.want(t, "start ended", "start ended")
	})
	bubble(t, "stop", func(t *testing.T) {
		var r record
		a := app.New(quiet, app.StopTimeout(4*time.Second), app.ConcurrentStop(),
			hosting.Service(func() *patient { return &patient{r: &r} }),
			hosting.Service(func() *patient { return &patient{r: &r} }),
		)
		if err := a.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err := a.Stop(t.Context())
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 4*time.Second {
			t.Errorf("Stop returned %v after %v, want the limit of 4 s", err, took)
		}
		r.want(t, "stop ended", "stop ended")
	})
}

// patient waits for the end of its context when it stops, or when it starts.
type patient struct {
	r     *record
	start bool
}

func (p *patient) Start(ctx context.Context) error {
	if !p.start {
		return nil
	}
	<-ctx.Done()
	p.r.add("start ended")
	return ctx.Err()
}

func (p *patient) Stop(ctx context.Context) error {
	<-ctx.Done()
	p.r.add("stop ended")
	return ctx.Err()
}
