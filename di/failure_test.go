package di_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

func NewNothing() fmt.Stringer          { return nil }
func NewPanic() *Cache                  { panic("secret") }
func NewError() (*Cache, error)         { return nil, io.ErrUnexpectedEOF }
func Nothing(fmt.Stringer) fmt.Stringer { return nil }

// The ways in which a constructor fails, each by a function with a name.
var failures = []struct {
	name  string
	fails any // a constructor
	needs any // a function that needs what it provides
	want  string
	is    func(error) bool
}{
	{
		"a nil interface", NewNothing, func(fmt.Stringer) {},
		`^di_test\.NewNothing \(di/failure_test\.go:\d+\): returned a nil interface and no error$`,
		func(err error) bool { return errors.As(err, new(*di.ConstructError)) },
	},
	{
		"a panic", NewPanic, func(*Cache) {},
		`^panic with a string at di/failure_test\.go:\d+ in "di_test.NewPanic" \(di/failure_test\.go:\d+\)$`,
		func(err error) bool {
			var p *scopes.PanicError
			return errors.As(err, &p) && p.Value == "secret" && strings.Contains(string(p.Stack), "NewPanic")
		},
	},
	{
		"an error", NewError, func(*Cache) {},
		`^di_test\.NewError \(di/failure_test\.go:\d+\): unexpected EOF$`,
		func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) },
	},
}

func TestFailureOfASingletonNamesItAndReleasesTheRest(t *testing.T) {
	for _, tt := range failures {
		t.Run(tt.name, func(t *testing.T) {
			var j journal
			err := newApp(
				di.Singleton(func() (*DB, func()) { return &DB{}, func() { j.note("close db") } }),
				di.Singleton(func(*DB) (*Tx, func() error) { return &Tx{}, func() error { j.note("close tx"); return nil } }),
				lifecycle.OnStart(func(*Tx) { j.note("started") }),
				fx.Invoke(func(_ *Tx, l fx.Lifecycle) { l.Append(fx.StopHook(func() { j.note("stopped") })) }),
				di.Singleton(tt.fails),
				fx.Invoke(tt.needs),
			).Err()
			if err == nil || !tt.is(err) {
				t.Fatalf("got %v", err)
			}
			if !regexp.MustCompile(tt.want).MatchString(err.Error()) {
				t.Errorf("got %q, want %q", err, tt.want)
			}
			j.is(t, "stopped", "close tx", "close db")
		})
	}
}

func TestFailureOfAScopedConstructorNamesItAndReleasesTheRest(t *testing.T) {
	for _, tt := range failures {
		t.Run(tt.name, func(t *testing.T) {
			var j journal
			var run Run
			apptest.Start(t,
				di.Scoped(func() (*DB, func()) { return &DB{}, func() { j.note("close db") } }),
				di.Transient(func(*DB) (*Tx, func() error) { return &Tx{}, func() error { j.note("close tx"); return nil } }),
				di.Scoped(tt.fails),
				unit(&run, scopes.Around(tt.needs, func(ctx context.Context, next scopes.Next, _ *Tx) error { return next(ctx) })),
			)
			err := run(t.Context())
			if err == nil || !tt.is(err) {
				t.Fatalf("got %v", err)
			}
			if !regexp.MustCompile(tt.want).MatchString(err.Error()) {
				t.Errorf("got %q, want %q", err, tt.want)
			}
			j.is(t, "close tx", "close db")
		})
	}
}

func TestFailureOfADecoratorNamesIt(t *testing.T) {
	decorated := fx.Options(
		di.Singleton(NewPerson, di.As[fmt.Stringer]()),
		di.Decorate(Nothing),
	)
	want := regexp.MustCompile(`^di_test\.Nothing \(di/failure_test\.go:\d+\): returned a nil interface and no error$`)
	if err := newApp(decorated, fx.Invoke(func(fmt.Stringer) {})).Err(); err == nil || !want.MatchString(err.Error()) {
		t.Errorf("got %v", err)
	}
	var run Run
	apptest.Start(t, di.Scoped(NewPerson, di.As[fmt.Stringer]()), di.Decorate(Nothing), unit(&run, func(fmt.Stringer) {}))
	if err := run(t.Context()); err == nil || !want.MatchString(err.Error()) {
		t.Errorf("got %v", err)
	}
}

// Also where helpers of ours stand around it.
func TestFailureOfAPlainConstructorNamesIt(t *testing.T) {
	for _, tt := range failures[1:] {
		for name, beside := range map[string]fx.Option{
			"as it is":  fx.Options(),
			"decorated": di.Decorate(func(c *Cache) *Cache { return c }),
			"replaced partly": fx.Options(
				fx.Provide(func() (*Repo, string) { return nil, "" }), di.Replace("fake")),
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				var j journal
				err := newApp(
					di.Singleton(func() (*DB, func()) { return &DB{}, func() { j.note("close db") } }),
					fx.Invoke(func(*DB) {}),
					fx.Provide(tt.fails),
					beside,
					fx.Invoke(tt.needs),
				).Err()
				if err == nil || !tt.is(err) {
					t.Fatalf("got %v", err)
				}
				if !regexp.MustCompile(tt.want).MatchString(err.Error()) {
					t.Errorf("got %q, want %q", err, tt.want)
				}
				j.is(t, "close db")
			})
		}
	}
}

func TestFailureOfAPlainDecoratorOrInvokeNamesIt(t *testing.T) {
	for name, opts := range map[string]fx.Option{
		"decorate": fx.Options(fx.Supply(&DB{}), fx.Decorate(FailingDecorator), fx.Invoke(func(*DB) {})),
		"invoke":   fx.Options(fx.Supply(&DB{}), fx.Invoke(FailingInvoke)),
		"ours":     fx.Options(fx.Supply(&DB{}), fx.Decorate(FailingDecorator), hosting.Run(func(_ context.Context, _ *DB) {})),
	} {
		t.Run(name, func(t *testing.T) {
			err := newApp(opts).Err()
			if !errors.Is(err, io.ErrShortWrite) || !regexp.MustCompile(`di_test\.Failing\w+ \(di/failure_test\.go:\d+\): short write$`).MatchString(err.Error()) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FailingDecorator(*DB) (*DB, error) { return nil, io.ErrShortWrite }
func FailingInvoke(*DB) error           { return io.ErrShortWrite }

// DI-021: an error of a scoped constructor is the one that its caller sees.
func TestErrorOfAScopedConstructorReachesTheCaller(t *testing.T) {
	mine := errors.New("mine")
	var run Run
	apptest.Start(t,
		di.Scoped(func() (*DB, error) { return nil, mine }),
		di.Scoped(func(*DB) *Tx { return nil }),
		unit(&run, func(*Tx) {}),
	)
	err := run(t.Context())
	if !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
	var failed *di.ConstructError
	if !errors.As(err, &failed) || failed.Err != mine || failed.Place.IsZero() {
		t.Errorf("got %#v", failed)
	}
}

// What fails is named once, though it is the hook and what panicked.
func TestPanicOfAUnitNamesItOnce(t *testing.T) {
	for name, opt := range map[string]fx.Option{
		"di_test.PanickingHook":   lifecycle.OnStart(PanickingHook),
		"di_test.Panicking.Start": lifecycle.OnStart((*Panicking).Start),
	} {
		a := newApp(opt, fx.Supply(&Panicking{}))
		err := a.Start(t.Context())
		if text := fmt.Sprint(err); strings.Count(text, "PanickingHook")+strings.Count(text, "Start\"") != 1 || !strings.Contains(text, `"`+name+`"`) {
			t.Errorf("got %s", text)
		}
		check(t, a.Stop(t.Context()))
	}
	// A constructor is another function than the hook that needs it.
	a := newApp(lifecycle.OnStart(func(*Cache) {}), di.Scoped(NewPanic))
	if err := a.Start(t.Context()); !strings.Contains(fmt.Sprint(err), ` in "di_test.NewPanic" (di/failure_test.go:`) {
		t.Errorf("got %v", err)
	}
	check(t, a.Stop(t.Context()))
}

type Panicking struct{}

func (*Panicking) Start(context.Context) error { panic("secret") }
func PanickingHook()                           { panic("secret") }

// A failed scope is not remembered.
func TestNextScopeTriesAgain(t *testing.T) {
	calls := 0
	var run Run
	apptest.Start(t,
		di.Scoped(func() (*DB, error) {
			if calls++; calls == 1 {
				return nil, io.EOF
			}
			return &DB{}, nil
		}),
		unit(&run, func(*DB) {}),
	)
	if err := run(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	if err := run(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFailedCleanupsAreNamedAndDoNotStopTheRest(t *testing.T) {
	var j journal
	var run Run
	app := apptest.Start(t,
		di.Scoped(func() (*DB, func()) { return &DB{}, func() { j.note("close db") } }),
		di.Scoped(func(*DB) (*Tx, func() error) { return &Tx{}, FailingCleanup }),
		di.Scoped(func(*Tx) (*Repo, func()) { return &Repo{}, func() { panic("secret") } }),
		di.Singleton(func() (*Cache, func() error) { return &Cache{}, FailingCleanup }),
		unit(&run, func(*Repo, *Cache) {}),
	)
	err := run(t.Context())
	var cleanup *scopes.CleanupError
	if !errors.As(err, &cleanup) || len(cleanup.Errs) != 2 || !errors.Is(err, io.ErrNoProgress) || !errors.As(err, new(*scopes.PanicError)) {
		t.Errorf("got %v", err)
	}
	if strings.Contains(fmt.Sprint(err), "secret") {
		t.Errorf("the value of a panic is printed: %v", err)
	}
	j.is(t, "close db")
	if err := app.Stop(); !errors.Is(err, io.ErrNoProgress) || !strings.Contains(err.Error(), "di/failure_test.go:") {
		t.Errorf("got %v", err)
	}
}

func FailingCleanup() error { return io.ErrNoProgress }
