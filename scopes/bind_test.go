package scopes_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

type (
	order  struct{ id int }
	client string
	stock  struct{ left int }
)

func (c client) String() string { return string(c) }

func TestBoundFunctionRunsItsUnitWithWhatItIsGivenAndInjected(t *testing.T) {
	type reserve func(ctx context.Context, o order) (int, error)
	var f reserve
	apptest.Start(t,
		di.Singleton(func() *stock { return &stock{left: 10} }),
		scopes.Bind[reserve](func(ctx context.Context, o order, s *stock) (int, error) {
			s.left -= o.id
			return s.left, ctx.Err()
		}),
		fx.Populate(&f),
	)
	if left, err := f(t.Context(), order{3}); left != 7 || err != nil {
		t.Errorf("reserve = %d, %v, want 7 and no error", left, err)
	}
	if left, err := f(t.Context(), order{2}); left != 5 || err != nil {
		t.Errorf("reserve = %d, %v, want 5 and no error: the stock is a singleton", left, err)
	}
}

func TestUnitMatchesGivenValuesByTypeInAnyOrder(t *testing.T) {
	type describe func(o order, ctx context.Context, c client, n int) (string, error)
	var f describe
	apptest.Start(t,
		scopes.Bind[describe](func(n int, c client, ctx context.Context, o order) (string, error) {
			return fmt.Sprintf("%d %s %d %v", n, c, o.id, ctx.Value(client("k"))), nil
		}),
		fx.Populate(&f),
	)
	ctx := context.WithValue(t.Context(), client("k"), "v")
	if s, err := f(order{7}, ctx, "ada", 3); s != "3 ada 7 v" || err != nil {
		t.Errorf("describe = %q, %v", s, err)
	}
}

func TestUnitMayLeaveOutContextErrorAndGivenValues(t *testing.T) {
	type full func(context.Context, order, client) (int, error)
	tests := map[string]any{
		"all":     func(context.Context, order, client) (int, error) { return 1, nil },
		"context": func(order, client) (int, error) { return 1, nil },
		"error":   func(context.Context, order, client) int { return 1 },
		"values":  func(context.Context) (int, error) { return 1, nil },
		"nothing": func() int { return 1 },
	}
	for name, unit := range tests {
		t.Run(name, func(t *testing.T) {
			var f full
			apptest.Start(t, scopes.Bind[full](unit), fx.Populate(&f))
			if n, err := f(t.Context(), order{}, ""); n != 1 || err != nil {
				t.Errorf("result = %d, %v, want 1 and no error", n, err)
			}
		})
	}
}

func TestBoundFunctionReturnsAllResultsAlsoWithAnError(t *testing.T) {
	type split func(context.Context, string) (head, tail string, n int, err error)
	boom := errors.New("boom")
	var f split
	apptest.Start(t,
		scopes.Bind[split](func(s string) (string, string, int, error) { return s[:1], s[1:], len(s), boom }),
		fx.Populate(&f),
	)
	head, tail, n, err := f(t.Context(), "berth")
	if head != "b" || tail != "erth" || n != 5 || !errors.Is(err, boom) {
		t.Errorf("split = %q, %q, %d, %v", head, tail, n, err)
	}
}

func TestResultsMayBeInterfacesThatTheUnitImplements(t *testing.T) {
	type open func(context.Context, string) (io.Reader, error)
	var f open
	apptest.Start(t,
		scopes.Bind[open](func(s string) (*strings.Reader, error) {
			if s == "" {
				return nil, errors.New("nothing to read")
			}
			return strings.NewReader(s), nil
		}),
		fx.Populate(&f),
	)
	r, err := f(t.Context(), "abc")
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(r); string(b) != "abc" {
		t.Errorf("read %q, want abc", b)
	}
	if _, err := f(t.Context(), ""); err == nil {
		t.Error("no error")
	}
}

func TestGivenInterfacesKeepTheirTypeEvenIfNil(t *testing.T) {
	type show func(context.Context, fmt.Stringer, io.Reader) (string, error)
	var f show
	apptest.Start(t,
		di.Scoped(func(r io.Reader) *order { // reaches the whole scope
			if r != nil {
				t.Errorf("reader = %v, want nil", r)
			}
			return &order{1}
		}),
		scopes.Bind[show](func(s fmt.Stringer, o *order) (string, error) { return s.String(), nil }),
		fx.Populate(&f),
	)
	if s, err := f(t.Context(), client("ada"), nil); s != "ada" || err != nil {
		t.Errorf("show = %q, %v", s, err)
	}
}

func TestFunctionWithoutContextHasTheApplications(t *testing.T) {
	type call func() (context.Context, error)
	var f call
	a := apptest.Start(t,
		scopes.Bind[call](func(ctx context.Context) (context.Context, error) { return ctx, nil }),
		fx.Populate(&f),
	)
	ctx, err := f()
	if err != nil || ctx.Err() != nil {
		t.Fatal(err, ctx.Err())
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	if ctx.Err() == nil {
		t.Error("context is live although the application has stopped")
	}
}

func TestNilContextIsTheApplications(t *testing.T) {
	type call func(context.Context, int) error
	type plain func(context.Context) error
	var f call
	var p plain
	unit := func(ctx context.Context, o *order) error { return ctx.Err() }
	apptest.Start(t,
		di.Scoped(func(ctx context.Context) (*order, error) { return &order{}, ctx.Err() }),
		scopes.Bind[call](unit),
		scopes.Bind[plain](unit),
		fx.Populate(&f, &p),
	)
	if err := errors.Join(f(noContext, 1), p(noContext)); err != nil {
		t.Error(err)
	}
}

type counter struct{ n int }

func (c *counter) Add(_ context.Context, by int) (int, error) { c.n += by; return c.n, nil }

func TestMethodExpressionHasItsReceiverInjected(t *testing.T) {
	type add func(context.Context, int) (int, error)
	tests := []struct {
		name     string
		provider fx.Option
		want     int // after two calls with 2
	}{
		{"singleton keeps its state", di.Singleton(func() *counter { return &counter{} }), 4},
		{"scoped begins anew", di.Scoped(func() *counter { return &counter{} }), 2},
		{"transient begins anew", di.Transient(func() *counter { return &counter{} }), 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var f add
			apptest.Start(t, tt.provider, scopes.Bind[add]((*counter).Add), fx.Populate(&f))
			_, err1 := f(t.Context(), 2)
			n, err2 := f(t.Context(), 2)
			if n != tt.want || err1 != nil || err2 != nil {
				t.Errorf("second call = %d, %v, %v, want %d", n, err1, err2, tt.want)
			}
		})
	}
}

// SC-001, SC-009
func TestScopedInstanceIsOneInACallAndAnotherInTheNext(t *testing.T) {
	type leaf struct{ _ byte }
	type left struct{ leaf *leaf }
	type right struct{ leaf *leaf }
	type call func(context.Context) (*leaf, error)
	var f call
	apptest.Start(t,
		di.Scoped(func() *leaf { return &leaf{} }),
		di.Scoped(func(l *leaf) *left { return &left{l} }),
		di.Scoped(func(l *leaf) *right { return &right{l} }),
		scopes.Bind[call](func(a *left, b *right) (*leaf, error) {
			if a.leaf != b.leaf {
				t.Error("two leaves in one call")
			}
			return a.leaf, nil
		}),
		fx.Populate(&f),
	)
	first, _ := f(t.Context())
	second, _ := f(t.Context())
	if first == second {
		t.Error("one leaf in two calls")
	}
}

// SC-004
func TestTransientIsOnePerParameter(t *testing.T) {
	type part struct{ _ byte }
	type user struct{ part *part }
	type call func(context.Context) error
	var j journal
	var f call
	apptest.Start(t,
		di.Transient(func() (*part, func()) { return &part{}, j.closing("part") }),
		di.Scoped(func(p *part) (*user, func()) { return &user{p}, j.closing("user") }),
		scopes.Bind[call](func(a *part, u *user, b *part) {
			if a == b || a == u.part || b == u.part {
				t.Error("one transient for two parameters")
			}
		}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open part", "open part", "open user", "open part", "close part", "close user", "close part", "close part")
}

func TestNameMakesASecondFunctionOfTheType(t *testing.T) {
	type call func(context.Context) (string, error)
	var plain, other call
	apptest.Start(t,
		scopes.Bind[call](func() string { return "plain" }),
		scopes.Bind[call](func() string { return "other" }, di.Name("other")),
		fx.Invoke(func(in struct {
			fx.In
			Plain call
			Other call `name:"other"`
		},
		) {
			plain, other = in.Plain, in.Other
		}),
	)
	first, _ := plain(t.Context())
	second, _ := other(t.Context())
	if first != "plain" || second != "other" {
		t.Errorf("functions return %q and %q", first, second)
	}
}

func TestPrivateFunctionIsSeenInItsModuleOnly(t *testing.T) {
	type call func(context.Context) (string, error)
	var inside, outside call
	apptest.Start(t,
		fx.Module("m",
			scopes.Bind[call](func() string { return "private" }, di.Private()),
			fx.Populate(&inside),
		),
		scopes.Bind[call](func() string { return "public" }),
		fx.Populate(&outside),
	)
	in, _ := inside(t.Context())
	out, _ := outside(t.Context())
	if in != "private" || out != "public" {
		t.Errorf("inside %q, outside %q", in, out)
	}

	err := app.New(
		fx.Module("m", scopes.Bind[call](func() string { return "" }, di.Private())),
		di.Singleton(func(call) *order { return &order{} }),
	).Err()
	var missing *di.MissingError
	if !errors.As(err, &missing) {
		t.Errorf("error = %v, want a *di.MissingError", err)
	}
}

// SC-002
func TestScopeOpenedInsideAUnitIsASibling(t *testing.T) {
	type inner func(context.Context) (*order, error)
	type outer func(context.Context) error
	var j journal
	var f outer
	apptest.Start(t,
		di.Scoped(func() (*order, func()) { return &order{}, j.closing("order") }),
		scopes.Bind[inner](func(o *order) *order { j.add("inner"); return o }),
		scopes.Bind[outer](func(ctx context.Context, o *order, f inner) error {
			other, err := f(ctx)
			if other == o {
				t.Error("the inner call shares the outer one's instance")
			}
			j.add("outer")
			return err
		}),
		fx.Populate(&f),
	)
	if err := f(t.Context()); err != nil {
		t.Error(err)
	}
	j.want(t, "open order", "open order", "inner", "close order", "outer", "close order")
}

func TestFunctionTypeThatCannotBeBoundIsASignatureError(t *testing.T) {
	type noError func(context.Context)
	type twice func(int, int) error
	type variadic func(...int) error
	type two func() (int, string, error)
	tests := map[string]fx.Option{
		"not a function":   scopes.Bind[order](func() {}),
		"not defined":      scopes.Bind[func() error](func() {}),
		"no error":         scopes.Bind[noError](func() {}),
		"one type twice":   scopes.Bind[twice](func() {}),
		"variadic":         scopes.Bind[variadic](func() {}),
		"too few results":  scopes.Bind[two](func() int { return 0 }),
		"other results":    scopes.Bind[two](func() (string, int) { return "", 0 }),
		"no unit":          scopes.Bind[two](nil),
		"unit is no func":  scopes.Bind[two](3),
		"returns cleanup":  scopes.Bind[two](func() (int, string, func()) { return 0, "", nil }),
		"wrapper, no next": scopes.Bind[two](scopes.Around(func() (int, string) { return 0, "" }, func() error { return nil })),
	}
	for name, option := range tests {
		t.Run(name, func(t *testing.T) {
			err := app.New(option).Err()
			var signature *di.SignatureError
			if !errors.As(err, &signature) {
				t.Fatalf("error = %v, want a *di.SignatureError", err)
			}
			if !strings.Contains(err.Error(), "scopes/bind_test.go:") {
				t.Errorf("error %q does not name its place", err)
			}
		})
	}
}

func TestWhatIsGivenMayNotBeProvidedToo(t *testing.T) {
	type call func(order) error
	err := app.New(di.Scoped(func() order { return order{} }), scopes.Bind[call](func(order) {})).Err()
	var duplicate *di.DuplicateError
	if !errors.As(err, &duplicate) {
		t.Errorf("error = %v, want a *di.DuplicateError", err)
	}
}
