package hosting_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// A record is what has happened, in order. Safe for goroutines.
type record struct {
	mu    sync.Mutex
	lines []string
}

func (r *record) add(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

// want compares what has happened since the last call.
func (r *record) want(t *testing.T, lines ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.lines, lines) {
		t.Errorf("happened:\n\t%s\nwant:\n\t%s", strings.Join(r.lines, "\n\t"), strings.Join(lines, "\n\t"))
	}
	r.lines = nil
}

// run starts an application in a bubble, and stops it at the end of the test.
func run(t *testing.T, test func(t *testing.T), opts ...fx.Option) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		apptest.Start(t, opts...)
		test(t)
	})
}

// A database counts its transactions.
type database struct {
	r     *record
	begun int
}

// A tx is scoped.
type tx struct {
	db *database
	id int
}

func newTx(db *database) (*tx, func()) {
	db.begun++
	t := &tx{db, db.begun}
	db.r.add("begin %d", t.id)
	return t, func() { db.r.add("release %d", t.id) }
}

func inTx(ctx context.Context, next scopes.Next, t *tx) (err error) {
	committed := false
	defer func() {
		if !committed {
			t.db.r.add("roll back %d", t.id)
		}
	}()
	if err := next(ctx); err != nil {
		return err
	}
	committed = true
	t.db.r.add("commit %d", t.id)
	return nil
}

// A repo is scoped too, and shares the transaction of its turn.
type repo struct{ *tx }

func newRepo(t *tx) *repo { return &repo{t} }

func storage(r *record) fx.Option {
	return fx.Module("storage",
		di.Singleton(func() *database { return &database{r: r} }),
		di.Scoped(newTx),
		di.Scoped(newRepo),
	)
}

// errSecret must not be shown; panics carry it.
var errSecret = errors.New("secret")

func TestEachTurnHasAScopeAndATransactionOfItsOwn(t *testing.T) {
	turns := []func() error{
		func() error { return nil },
		func() error { return errUnit },
		func() error { panic(errSecret) },
		func() error { return hosting.Again },
	}
	want := []string{
		"begin 1", "work 1", "commit 1", "release 1",
		"begin 2", "work 2", "roll back 2", "release 2",
		"begin 3", "work 3", "roll back 3", "release 3",
		"begin 4", "work 4", "commit 4", "release 4",
	}
	unit := func(_ context.Context, db *database, t *tx, s *repo) error {
		if s.tx != t {
			db.r.add("the turn has two transactions")
		}
		db.r.add("work %d", t.id)
		if t.id > len(turns) {
			return nil
		}
		return turns[t.id-1]()
	}
	tests := []struct {
		name    string
		trigger func(unit any) fx.Option
		wait    time.Duration
		want    []string
	}{
		{
			"Loop", func(unit any) fx.Option { return hosting.Loop(unit, hosting.Idle(time.Second)) }, 1500 * time.Millisecond,
			slices.Concat(want, []string{"begin 5", "work 5", "commit 5", "release 5"}),
		},
		{"Every", func(unit any) fx.Option { return hosting.Every(time.Second, unit) }, 3500 * time.Millisecond, want[:12]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r record
			run(t, func(t *testing.T) {
				<-time.After(test.wait)
				synctest.Wait()
				r.want(t, test.want...)
			}, storage(&r), fx.Module("relay", test.trigger(scopes.Around(unit, inTx))))
			r.want(t)
		})
	}
}

func TestFailingTurnIsLoggedWithItsPlaceAndTheNextOneComes(t *testing.T) {
	core, logs := observer.New(zapcore.InfoLevel)
	turn := 0
	var triggers *hosting.Triggers
	run(t, func(t *testing.T) {
		<-time.After(2500 * time.Millisecond)
		synctest.Wait()
		relay, _ := triggers.Find("relay")
		if i := relay.Info(); i.Runs != 2 || i.Failures != 2 || !errors.Is(i.LastError, errSecret) || i.State != hosting.Waiting {
			t.Errorf("info = %+v", i)
		}
		failed := logs.FilterMessage("unit failed").All()
		if len(failed) != 2 {
			t.Fatalf("%d failures were logged", len(failed))
		}
		fields := failed[0].ContextMap()
		if fields["name"] != "relay" || fields["kind"] != "Every 1s" || fields["error"] != "unit failed" ||
			!strings.HasPrefix(fmt.Sprint(fields["place"]), "hosting/units_test.go:") {
			t.Errorf("fields = %v", fields)
		}
		if text := fmt.Sprint(failed[1].ContextMap()["error"]); strings.Contains(text, "secret") ||
			!strings.HasPrefix(text, "panic with a *errors.errorString at hosting/units_test.go:") {
			t.Errorf("panic is logged as %q", text)
		}
	},
		app.Logger(func() *zap.Logger { return zap.New(core) }), fx.Populate(&triggers),
		hosting.Every(time.Second, func() error {
			if turn++; turn == 2 {
				panic(errSecret)
			}
			return errUnit
		}, hosting.Name("relay")),
	)
}

func TestConstructorThatFailsFailsTheTurn(t *testing.T) {
	var triggers *hosting.Triggers
	run(t, func(t *testing.T) {
		<-time.After(1500 * time.Millisecond)
		err := triggers.All()[0].Info().LastError
		var failed *di.ConstructError
		if !errors.Is(err, errUnit) || !errors.As(err, &failed) {
			t.Errorf("last error = %v", err)
		}
	}, fx.Populate(&triggers), di.Scoped(func() (*tx, error) { return nil, errUnit }), hosting.Every(time.Second, func(*tx) {}))
}

// A tally is the receiver of a unit.
type tally struct {
	r     *record
	ticks int
}

func (c *tally) tick() {
	c.ticks++
	c.r.add("tick %d", c.ticks)
}

func TestReceiverOfAMethodLastsAsItsLifetimeSays(t *testing.T) {
	var r record
	newTally := func() *tally { return &tally{r: &r} }
	tests := []struct {
		name     string
		receiver fx.Option
		want     []string
	}{
		{"singleton", di.Singleton(newTally), []string{"tick 1", "tick 2"}},
		{"scoped", di.Scoped(newTally), []string{"tick 1", "tick 1"}},
		{"transient", di.Transient(newTally), []string{"tick 1", "tick 1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run(t, func(*testing.T) { <-time.After(2500 * time.Millisecond) }, test.receiver, hosting.Every(time.Second, (*tally).tick))
			r.want(t, test.want...)
		})
	}
}

// A relaying is bound to a unit with a scope.
type relaying func(context.Context) error

func TestRunThatCallsABoundFunctionHasOneScopeForItsWholeLife(t *testing.T) {
	var r record
	run(t, func(*testing.T) { <-time.After(2500 * time.Millisecond) },
		storage(&r),
		scopes.Bind[relaying](func(ctx context.Context, t *tx) error {
			for {
				select {
				case <-time.After(time.Second):
					r.add("turn in %d", t.id)
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}),
		hosting.Run(func(ctx context.Context, relay relaying) error { return relay(ctx) }),
	)
	r.want(t, "begin 1", "turn in 1", "turn in 1", "release 1")
}

func TestTurnUnderWayEndsBeforeItsSingletonsAreReleased(t *testing.T) {
	tests := []struct {
		name  string
		opts  []hosting.Option
		takes time.Duration
		want  string
	}{
		{"within the grace", nil, 2 * time.Second, "done"},
		{"after the grace", []hosting.Option{hosting.Grace(time.Second)}, time.Hour, "interrupted by " + lifecycle.ErrStopping.Error()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var r record
			run(t, func(*testing.T) { <-time.After(time.Second) },
				di.Singleton(func() (*database, func()) { return &database{r: &r}, func() { r.add("release database") } }),
				di.Scoped(func(ctx context.Context, _ *database) (*repo, func(context.Context) error) {
					return &repo{}, func(cleanup context.Context) error {
						r.add("release repo with a live context: %v", cleanup.Err() == nil)
						return nil
					}
				}),
				hosting.Loop(func(ctx context.Context, _ *repo) error {
					select {
					case <-time.After(test.takes + time.Second):
						r.add("done")
					case <-ctx.Done():
						r.add("interrupted by %v", context.Cause(ctx))
					}
					return ctx.Err()
				}, test.opts...),
			)
			r.want(t, test.want, "release repo with a live context: true", "release database")
		})
	}
}

func TestTurnThatHangsIsNamedWithItsStackAndTheStopGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r record
		release := make(chan struct{})
		a := apptest.Start(t, storage(&r),
			di.Singleton(func() (*record, func()) { return &r, func() { r.add("release record") } }),
			hosting.Loop(func(_ context.Context, _ *tx, _ *record) { wait(release) }, hosting.Name("relay")))
		synctest.Wait()
		began := time.Now()
		err := a.Stop()
		if took := time.Since(began); took > 25*time.Second {
			t.Errorf("Stop took %v", took)
		}
		text := fmt.Sprint(err)
		if !strings.HasPrefix(text, `run of Loop "relay" (hosting/units_test.go:`) || !strings.Contains(text, " hangs: it did not return within ") ||
			!strings.Contains(text, "hosting_test.wait(") || strings.Contains(text, "\n1 scope") || strings.Count(text, "goroutine ") != 1 {
			t.Errorf("Stop returned %v", err)
		}
		r.want(t, "begin 1", "release record")
		close(release)
		synctest.Wait()
		r.want(t, "release 1")
	})
}

func wait(release <-chan struct{}) { <-release }
