package scopes_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

// opener starts an application and returns a factory that sees what its root sees.
func opener(t *testing.T, opts ...fx.Option) *scopes.Factory {
	t.Helper()
	var f *scopes.Factory
	apptest.Start(t, append(opts, fx.Populate(&f))...)
	return f
}

// open opens a scope that the end of the test closes.
func open(t *testing.T, f *scopes.Factory, given ...scopes.Value) *scopes.Scope {
	t.Helper()
	s, err := f.Open(t.Context(), given...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// get is Get of what must be there.
func get[T any](t *testing.T, s *scopes.Scope, opts ...di.Option) T {
	t.Helper()
	v, err := scopes.Get[T](s, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// SC-001, SC-004
func TestGetReturnsWhatItsLifetimeSays(t *testing.T) {
	f := opener(t,
		di.Singleton(func() *first { return &first{} }),
		di.Scoped(func() *second { return &second{} }),
		di.Transient(func() *third { return &third{} }),
	)
	one, two := open(t, f), open(t, f)
	if get[*first](t, one) != get[*first](t, two) {
		t.Error("singleton differs between scopes")
	}
	if a, b := get[*second](t, one), get[*second](t, one); a != b {
		t.Error("scoped differs in a scope")
	}
	if get[*second](t, one) == get[*second](t, two) {
		t.Error("scoped is shared by two scopes")
	}
	if a, b := get[*third](t, one), get[*third](t, one); a == b {
		t.Error("transient is shared")
	}
}

func TestGetFindsNamesInterfacesFunctionsAndContext(t *testing.T) {
	f := opener(t,
		di.Scoped(func() *order { return &order{1} }),
		di.Scoped(func() *order { return &order{2} }, di.Name("second")),
		di.Singleton(func() *order { return &order{3} }, di.Name("third")),
		di.Scoped(func() client { return "ada" }, di.As[interface{ String() string }]()),
		fx.Provide(func() *database { return &database{} }),
		di.Scoped(func(*database) *third { return &third{} }),
		scopes.Bind[call](func() error { return errBoom }),
	)
	ctx := context.WithValue(t.Context(), ctxKey("k"), "v")
	s, err := f.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(ctx)
	ids := []int{get[*order](t, s).id, get[*order](t, s, di.Name("second")).id, get[*order](t, s, di.Name("third")).id}
	if ids[0] != 1 || ids[1] != 2 || ids[2] != 3 {
		t.Errorf("orders %v", ids)
	}
	if name := get[interface{ String() string }](t, s).String(); name != "ada" {
		t.Errorf("interface is %q", name)
	}
	if get[*database](t, s) == nil {
		t.Error("no database of plain fx")
	}
	if err := get[call](t, s)(t.Context()); !errors.Is(err, errBoom) {
		t.Errorf("function returns %v", err)
	}
	if get[context.Context](t, s).Value(ctxKey("k")) != "v" {
		t.Error("context is not the scope's")
	}
}

func TestGetOfWhatNobodyProvidesIsAMissingError(t *testing.T) {
	f := opener(t, di.Scoped(func() *order { return &order{} }, di.Name("only")))
	s := open(t, f)
	_, errType := scopes.Get[*counter](s)
	_, errName := scopes.Get[*order](s)
	_, errOther := scopes.Get[*order](s, di.Name("other"))
	for _, err := range []error{errType, errName, errOther} {
		var missing *di.MissingError
		if !errors.As(err, &missing) {
			t.Errorf("error = %v, want a *di.MissingError", err)
		}
	}
	if !strings.Contains(errName.Error(), `named "only"`) {
		t.Errorf("error %q gives no hint", errName)
	}
}

func TestGetOfAPlainFxSingletonThatNobodyTakesSaysSo(t *testing.T) {
	f := opener(t, fx.Provide(func() *database { t.Error("built"); return &database{} }))
	_, err := scopes.Get[*database](open(t, f))
	var missing *di.MissingError
	if !errors.As(err, &missing) || missing.Type != reflect.TypeFor[*database]() {
		t.Fatalf("error = %v, want a *di.MissingError", err)
	}
	if text := err.Error(); !strings.Contains(text, "(scopes/factory_test.go:") || !strings.Contains(text, "nothing takes it as a parameter") {
		t.Errorf("error %q does not say who provides it and what to do", text)
	}
}

func TestGivenValuesReachTheScope(t *testing.T) {
	f := opener(t, di.Scoped(func(o order, c client) *order { return &order{o.id + len(c)} }))
	s := open(t, f, scopes.Given(order{40}), scopes.Given[client]("xy"))
	if o := get[*order](t, s); o.id != 42 {
		t.Errorf("built from %d", o.id)
	}
	if o := get[order](t, s); o.id != 40 {
		t.Errorf("given value is %v", o)
	}
}

func TestGivenValueThatIsMissingIsFoundByGet(t *testing.T) {
	f := opener(t,
		di.Scoped(func(order) *first { return &first{} }),
		di.Scoped(func(*first) *second { return &second{} }),
	)
	s := open(t, f)
	_, err := scopes.Get[*second](s)
	var missing *di.MissingError
	if !errors.As(err, &missing) || missing.Type.String() != "scopes_test.order" {
		t.Fatalf("error = %v, want a *di.MissingError of an order", err)
	}
	if len(missing.Trace) != 3 || !strings.Contains(err.Error(), "scopes/factory_test.go:") {
		t.Errorf("trace of %q is %v", err, missing.Trace)
	}
}

func TestGivenInterfaceKeepsItsType(t *testing.T) {
	f := opener(t, di.Scoped(func(s interface{ String() string }) *order { return &order{len(s.String())} }))
	if o := get[*order](t, open(t, f, scopes.Given[interface{ String() string }](client("ada")))); o.id != 3 {
		t.Errorf("built from %d", o.id)
	}
	if _, err := scopes.Get[*order](open(t, f, scopes.Given(client("ada")))); err == nil {
		t.Error("a client was taken for the interface")
	}
	if v, err := scopes.Get[error](open(t, f, scopes.Given[error](nil))); v != nil || err != nil {
		t.Errorf("given nil is %v, %v", v, err)
	}
}

func TestOpenRefusesWhatIsGivenTwiceOrProvided(t *testing.T) {
	f := opener(t, di.Scoped(func() *order { return &order{} }))
	_, errTwice := f.Open(t.Context(), scopes.Given(1), scopes.Given(2))
	_, errProvided := f.Open(t.Context(), scopes.Given(&order{}))
	for _, err := range []error{errTwice, errProvided} {
		var duplicate *di.DuplicateError
		if !errors.As(err, &duplicate) {
			t.Errorf("error = %v, want a *di.DuplicateError", err)
		}
	}
	if _, err := f.Open(t.Context(), scopes.Value{}); err == nil {
		t.Error("a Value that Given has not made was accepted")
	}
}

// SC-019, SC-033
func TestCloseRunsCleanupsOnceInReverse(t *testing.T) {
	var j journal
	f := opener(t, failures(&j),
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		di.Scoped(func(*first) (*second, func() error) { return &second{}, func() error { return errBoom } }),
		di.Scoped(func(*second) (*third, func(context.Context) error) {
			return &third{}, func(ctx context.Context) error { j.add("close third %v", ctx.Value(ctxKey("k"))); return ctx.Err() }
		}),
	)
	s, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	get[*third](t, s)
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), ctxKey("k"), "v"))
	cancel()
	err = s.Close(ctx)
	var cleanup *scopes.CleanupError
	if !errors.As(err, &cleanup) || !errors.Is(err, errBoom) {
		t.Errorf("error = %v, want boom in a *scopes.CleanupError", err)
	}
	if again := s.Close(t.Context()); again != err { //nolint:errorlint // the same
		t.Errorf("second Close = %v, want the result of the first", again)
	}
	lines := j.take()
	if len(lines) != 4 || lines[1] != "close third v" || !strings.HasPrefix(lines[2], "event ") || lines[3] != "close first" {
		t.Errorf("happened: %q", lines)
	}
}

// SC-024
func TestClosedScopeRefusesAndOthersGoOn(t *testing.T) {
	f := opener(t,
		di.Singleton(func() *first { return &first{} }),
		di.Scoped(func() *second { return &second{} }),
		di.Transient(func() *third { return &third{} }),
	)
	s, other := open(t, f, scopes.Given(1)), open(t, f)
	kept := get[*second](t, s)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err1 := scopes.Get[*first](s)
	_, err2 := scopes.Get[*second](s)
	_, err3 := scopes.Get[*third](s)
	_, err4 := scopes.Get[int](s)
	_, err5 := scopes.Get[*counter](s)
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if !errors.Is(err, scopes.ErrClosed) {
			t.Errorf("error = %v, want ErrClosed", err)
		}
	}
	if get[*second](t, other) == kept {
		t.Error("scopes share an instance")
	}
}

func TestScopeThatOutlivesTheApplicationIsClosedWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f *scopes.Factory
		a := apptest.Start(t, di.Scoped(func() *second { return &second{} }), fx.Populate(&f))
		s := open(t, f)
		if err := a.Stop(); err == nil || !strings.Contains(err.Error(), "1 scope of") {
			t.Errorf("stop = %v, want one that names the open scope", err)
		}
		if _, err := scopes.Get[*second](s); !errors.Is(err, scopes.ErrClosed) {
			t.Errorf("error = %v, want ErrClosed", err)
		}
	})
}

func TestFailedConstructorIsTriedAgainByTheNextGet(t *testing.T) {
	var j journal
	tries := 0
	f := opener(t,
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		di.Scoped(func(*first) (*second, error) {
			if tries++; tries < 3 {
				return nil, errBoom
			}
			return &second{}, nil
		}),
	)
	s := open(t, f)
	for range 2 {
		if _, err := scopes.Get[*second](s); !errors.Is(err, errBoom) {
			t.Errorf("error = %v, want boom", err)
		}
	}
	if a, b := get[*second](t, s), get[*second](t, s); a != b || tries != 3 {
		t.Errorf("%d tries", tries)
	}
	j.want(t, "open first")
}

func TestPanicOfAConstructorIsTheErrorOfGet(t *testing.T) {
	f := opener(t, di.Scoped(newPanicking))
	s := open(t, f)
	for range 2 {
		_, err := scopes.Get[*first](s)
		var panicked *scopes.PanicError
		if !errors.As(err, &panicked) || !strings.Contains(err.Error(), "newPanicking") {
			t.Errorf("error = %v, want a *scopes.PanicError of newPanicking", err)
		}
	}
}

func TestConstructorHasTheContextOfItsScope(t *testing.T) {
	type seen struct{ ctx context.Context }
	f := opener(t, di.Scoped(func(ctx context.Context) *seen { return &seen{ctx} }))
	ctx := context.WithValue(t.Context(), ctxKey("k"), "v")
	s, err := f.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(ctx)
	if get[*seen](t, s).ctx != ctx {
		t.Error("another context")
	}
}

func TestNilContextsAreTheApplicationsAndTheScopes(t *testing.T) {
	f := opener(t, di.Scoped(func(ctx context.Context) (*first, func(context.Context) error) {
		return &first{}, func(ctx context.Context) error { return ctx.Err() }
	}))
	s, err := f.Open(noContext)
	if err != nil {
		t.Fatal(err)
	}
	get[*first](t, s)
	if get[context.Context](t, s) == nil {
		t.Error("no context")
	}
	if err := s.Close(noContext); err != nil {
		t.Error(err)
	}
}

func TestConstructorMayResolveFromItsOwnScope(t *testing.T) {
	var j journal
	type page struct {
		scope *scopes.Scope
		head  *first
	}
	f := opener(t,
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		di.Scoped(func(s *scopes.Scope) (*page, func(), error) {
			head, err := scopes.Get[*first](s)
			return &page{s, head}, j.closing("page"), err
		}),
	)
	s := open(t, f)
	p := get[*page](t, s)
	if p.head != get[*first](t, s) || p.head != get[*first](t, p.scope) || p != get[*page](t, p.scope) {
		t.Error("handle and scope differ")
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open first", "open page", "close page", "close first")
	if _, err := scopes.Get[*first](p.scope); !errors.Is(err, scopes.ErrClosed) {
		t.Errorf("error = %v, want ErrClosed", err)
	}
}

// SC-012, SC-013
func TestScopeThatIsClosedByWhatItHoldsIsClosedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		f := opener(t,
			di.Scoped(func(s *scopes.Scope) (*first, func(context.Context) error) {
				return &first{}, func(ctx context.Context) error { j.add("close"); return s.Close(ctx) }
			}),
		)
		begun := time.Now()
		s := open(t, f)
		get[*first](t, s)
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		j.want(t, "close")
		if took := time.Since(begun); took != 0 {
			t.Errorf("took %v", took)
		}
	})
}

// SC-025
func TestConstructorThatClosesItsScopeGetsErrClosed(t *testing.T) {
	var j journal
	f := opener(t,
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		di.Scoped(func(ctx context.Context, s *scopes.Scope, _ *first) (*second, func(), error) {
			return &second{}, j.closing("second"), s.Close(ctx)
		}),
	)
	s := open(t, f)
	if _, err := scopes.Get[*second](s); !errors.Is(err, scopes.ErrClosed) {
		t.Errorf("error = %v, want ErrClosed", err)
	}
	j.want(t, "open first", "open second", "close first", "close second")
}

func TestCloseInsideAUnitEndsItsScope(t *testing.T) {
	var j journal
	var f call
	apptest.Start(t,
		di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
		scopes.Bind[call](func(ctx context.Context, s *scopes.Scope, _ *first) error {
			if err := s.Close(ctx); err != nil {
				t.Error(err)
			}
			j.add("closed")
			_, err := scopes.Get[*first](s)
			return err
		}),
		fx.Populate(&f),
	)
	for range 2 {
		if err := f(t.Context()); !errors.Is(err, scopes.ErrClosed) {
			t.Errorf("error = %v, want ErrClosed", err)
		}
		j.want(t, "open first", "close first", "closed")
	}
}

func TestHungCleanupIsGivenUpByClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var j journal
		release := make(chan struct{})
		defer close(release)
		f := opener(t, failures(&j),
			di.Scoped(func() (*first, func()) { return &first{}, j.closing("first") }),
			di.Scoped(func(*first) (*second, func()) { return &second{}, func() { <-release } }),
			di.Scoped(func(*second) (*third, func()) { return &third{}, func() { runtime.Goexit() } }),
		)
		s := open(t, f)
		get[*third](t, s)
		begun := time.Now()
		err := s.Close(t.Context())
		if took := time.Since(begun); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("close took %v, want the limit of 5 s and little more", took)
		}
		var cleanup *scopes.CleanupError
		if !errors.As(err, &cleanup) || len(cleanup.Errs) != 2 {
			t.Errorf("error = %v, want a *scopes.CleanupError with two", err)
		}
		if lines := j.take(); len(lines) != 4 || lines[3] != "close first" {
			t.Errorf("happened: %q", lines)
		}
	})
}

func TestUnitMayTakeAFactory(t *testing.T) {
	var f call
	apptest.Start(t,
		di.Scoped(func() *first { return &first{} }),
		scopes.Bind[call](func(ctx context.Context, own *first, f *scopes.Factory) error {
			s, err := f.Open(ctx)
			if err != nil {
				return err
			}
			if other, err := scopes.Get[*first](s); other == own || err != nil {
				t.Errorf("other is %p, own is %p, %v", other, own, err)
			}
			return s.Close(ctx)
		}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestScopesAreFlat(t *testing.T) {
	var j journal
	f := opener(t, di.Scoped(func(f *scopes.Factory) (*keeper, func()) { return &keeper{f}, j.closing("keeper") }))
	outer := open(t, f)
	inner := open(t, get[*keeper](t, outer).factory)
	if get[*keeper](t, outer) == get[*keeper](t, inner) {
		t.Error("inner scope shares with the outer one")
	}
	if err := outer.Close(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open keeper", "open keeper", "close keeper")
	get[*keeper](t, inner)
}

// SC-006
func TestFactorySeesWhatItsConsumerSees(t *testing.T) {
	type holder struct{ f *scopes.Factory }
	var in, out *holder
	var plain *keeper
	apptest.Start(t,
		fx.Module("m",
			di.Scoped(func() *order { return &order{1} }, di.Private()),
			di.Singleton(func(f *scopes.Factory) *holder { return &holder{f} }, di.Name("in")),
			fx.Provide(newKeeper),
		),
		di.Scoped(func() *order { return &order{2} }),
		di.Singleton(func(f *scopes.Factory) *holder { return &holder{f} }, di.Name("out")),
		fx.Invoke(func(p struct {
			fx.In
			Inner *holder `name:"in"`
			Outer *holder `name:"out"`
			K     *keeper
		},
		) {
			in, out, plain = p.Inner, p.Outer, p.K
		}),
	)
	for want, f := range map[int]*scopes.Factory{1: in.f, 2: out.f} {
		if o := get[*order](t, open(t, f)); o.id != want {
			t.Errorf("order %d, want %d", o.id, want)
		}
	}
	if o := get[*order](t, open(t, plain.factory)); o.id != 1 {
		t.Errorf("plain fx constructor in the module gets order %d", o.id)
	}
}

func TestOpenScopesAreCountedPerConsumerOfTheFactory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a, b *keeper
		application := apptest.Start(t,
			di.Singleton(newKeeper),
			di.Singleton(func(f *scopes.Factory) *keeper { return newKeeper(f) }, di.Name("other")),
			fx.Invoke(func(p struct {
				fx.In
				A *keeper
				B *keeper `name:"other"`
			},
			) {
				a, b = p.A, p.B
			}),
		)
		open(t, a.factory)
		open(t, a.factory)
		open(t, b.factory)
		err := application.Stop()
		for _, want := range []string{"2 scopes of \"scopes_test.newKeeper\" (scopes/errors_test.go:", "1 scope of \"scopes_test.TestOpen"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v lacks %q", err, want)
			}
		}
	})
}
