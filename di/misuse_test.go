package di_test

import (
	"context"
	"fmt"
	html "html/template"
	"strings"
	"testing"
	tmpl "text/template"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/lifecycle"
	"github.com/berth-go/berth/scopes"
)

// takers are all options that take a function.
var takers = map[string]func(fn any) fx.Option{
	"di.Singleton":       func(fn any) fx.Option { return di.Singleton(fn) },
	"di.Scoped":          func(fn any) fx.Option { return di.Scoped(fn) },
	"di.Transient":       func(fn any) fx.Option { return di.Transient(fn) },
	"di.Decorate":        func(fn any) fx.Option { return di.Decorate(fn) },
	"di.ReplaceFunc":     func(fn any) fx.Option { return di.ReplaceFunc(fn) },
	"scopes.Bind":        func(fn any) fx.Option { return scopes.Bind[Run](fn) },
	"OnStart":            func(fn any) fx.Option { return lifecycle.OnStart(fn) },
	"OnStop":             func(fn any) fx.Option { return lifecycle.OnStop(fn) },
	"Service":            func(fn any) fx.Option { return hosting.Service(fn) },
	"Run":                func(fn any) fx.Option { return hosting.Run(fn) },
	"Loop":               func(fn any) fx.Option { return hosting.Loop(fn) },
	"Every 1h0m0s":       func(fn any) fx.Option { return hosting.Every(time.Hour, fn) },
	"With of Run":        func(fn any) fx.Option { return hosting.Run(func(context.Context) {}, hosting.With(fn)) },
	"RunOnce":            func(fn any) fx.Option { return app.RunOnce(fn) },
	"GET /orders":        func(fn any) fx.Option { return web.Handle("GET /orders", fn) },
	"Errors":             func(fn any) fx.Option { return web.Errors(fn) },
	"wrapper in OnStart": func(fn any) fx.Option { return lifecycle.OnStart(scopes.Around(func() {}, fn)) },
	"fx.Provide":         func(fn any) fx.Option { return fx.Provide(fn) },
	"fx.Invoke":          func(fn any) fx.Option { return fx.Invoke(fn) },
	"fx.Decorate":        func(fn any) fx.Option { return fx.Decorate(fn) },
}

func TestOptionGivenNoFunctionIsNamedWithItsPlace(t *testing.T) {
	for _, tt := range []struct {
		what string
		fn   any
		says string
	}{
		{"nil", nil, "a function is needed, not nil"},
		{"a value", "secret", "a function is needed, not a value of type string"},
		{"an option", di.Singleton(NewClock), "a function is needed, not an option"},
	} {
		for option, take := range takers {
			t.Run(option+" of "+tt.what, func(t *testing.T) {
				e := problem[*di.SignatureError](t, take(tt.fn))
				if !strings.HasPrefix(e.Func, option) || e.What != tt.says {
					t.Errorf("got %q, %q, want %q, %q", e.Func, e.What, option, tt.says)
				}
				if text := fmt.Sprintf("%v %+v", e, e); !strings.Contains(text, "di/misuse_test.go:") || strings.Contains(text, "secret") {
					t.Error(text)
				}
			})
		}
	}
}

func TestNilFunctionIsNamedWithItsPlace(t *testing.T) {
	for option, take := range takers {
		e := problem[*di.SignatureError](t, take((func() *Clock)(nil)))
		if e.What != "a function is needed, not a nil func() *di_test.Clock" {
			t.Errorf("%s: %v", option, e)
		}
	}
}

func TestAnnotatedFunctionIsToldWhatToUseInstead(t *testing.T) {
	for _, fn := range []any{fx.Annotate(NewClock, fx.ResultTags(`name:"x"`)), fx.Annotated{Target: NewClock}} {
		if e := problem[*di.SignatureError](t, di.Singleton(fn)); !strings.Contains(e.Hint, "di.Name") {
			t.Errorf("error is %+v", e)
		}
	}
}

func TestOptionsThatSayNothingAreFine(t *testing.T) {
	call(t, 1, func(*Clock) {},
		nil, fx.Options(nil), fx.Module("m", nil),
		di.Singleton(NewClock, di.Option{}),
		di.Decorate(func(c *Clock) *Clock { return c }, di.Option{}),
		di.Replace(&Clock{}, di.Option{}),
		lifecycle.OnStart(func() {}, lifecycle.Option{}),
		hosting.Run(func(context.Context) {}, hosting.Option{}),
		web.Handle("GET /", func() {}, web.Option{}),
	)
}

// wrapped is an option of a third party.
type wrapped struct{ fx.Option }

func TestOptionThatEmbedsNilIsNamed(t *testing.T) {
	for _, o := range []fx.Option{wrapped{}, (*wrapped)(nil)} {
		if text := refused(t, o).Error(); !strings.Contains(text, "di_test.wrapped embeds a nil fx.Option") {
			t.Error(text)
		}
	}
}

func TestModuleTakenTwiceIsSaidToBe(t *testing.T) {
	ours := fx.Module("clocks", di.Singleton(NewClock))
	bound := fx.Module("bound", scopes.Bind[Run](func() {}))
	theirs := fx.Module("clocks", fx.Provide(NewClock))
	for _, module := range []fx.Option{ours, bound, theirs} {
		e := problem[*di.DuplicateError](t, module, fx.Options(module))
		if len(e.Providers) != 2 || !strings.Contains(e.Hint, "only once") {
			t.Errorf("error is %+v", e)
		}
	}
	// Two declarations on one line are not one declaration.
	e := problem[*di.DuplicateError](t, di.Singleton(NewClock), di.Singleton(NewClock))
	if strings.Contains(e.Hint, "only once") {
		t.Errorf("error is %+v", e)
	}
}

func TestOptionsGivenTwiceCountOnce(t *testing.T) {
	call(t, 1, func(fmt.Stringer) {},
		di.Singleton(func() time.Duration { return 1 }, di.As[fmt.Stringer](), di.As[fmt.Stringer](), di.Default(), di.Default()),
	)
}

func TestNilCannotReplace(t *testing.T) {
	e := problem[*di.SignatureError](t, di.Singleton(func() Store { return &OrderRepo{} }), di.Replace[Store](nil))
	if !strings.Contains(e.Error(), "a nil di_test.Store cannot be provided") {
		t.Error(e)
	}
}

type (
	ticket struct{ number int }
	roll   struct{ last int }
)

// wide has 200 parameters.
func wide(
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _ *ticket,
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, last *ticket,
) *roll {
	return &roll{last.number}
}

// tickets are numbered from 1.
func tickets() func() *ticket {
	last := 0
	return func() *ticket { last++; return &ticket{last} }
}

func TestFunctionsMayHave200Parameters(t *testing.T) {
	decorated := di.Decorate(func(r *roll) *roll { return &roll{r.last + 1000} })
	for _, tt := range []struct {
		name string
		opts []fx.Option
		want int
	}{
		{"of plain fx", []fx.Option{fx.Provide(tickets(), wide)}, 1},
		{"of plain fx, decorated", []fx.Option{fx.Provide(tickets(), wide), decorated}, 1001},
		{"a singleton", []fx.Option{di.Singleton(tickets()), di.Singleton(wide)}, 1},
		{"a singleton of transients", []fx.Option{di.Transient(tickets()), di.Singleton(wide)}, 200},
		{"scoped", []fx.Option{di.Scoped(tickets()), di.Scoped(wide), decorated}, 1001},
		{"scoped, of transients", []fx.Option{di.Transient(tickets()), di.Scoped(wide)}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			call(t, 1, func(r *roll) {
				if r.last != tt.want {
					t.Errorf("last ticket is number %d, want %d", r.last, tt.want)
				}
			}, tt.opts...)
		})
	}
	t.Run("a unit", func(t *testing.T) {
		type Issue func(context.Context) (*roll, error)
		var issue Issue
		apptest.Start(t, di.Transient(tickets()), scopes.Bind[Issue](wide), fx.Populate(&issue))
		if r, err := issue(t.Context()); err != nil || r.last != 200 {
			t.Errorf("got %v, %v", r, err)
		}
	})
}

// These types are not exported.
type (
	secret  struct{ n int }
	sayer   interface{ say() int }
	secrets []secret
)

func (s *secret) say() int { return s.n }

func TestTypesNeedNotBeExported(t *testing.T) {
	type local struct{ sayer }
	call(t, 2, func(l local, s secrets, all struct {
		fx.In
		Named *secret `name:"plain"`
	},
	) {
		if l.say() != 8 || len(s) != 1 || all.Named.n != 4 {
			t.Errorf("got %d, %v, %v", l.say(), s, all.Named)
		}
	},
		di.Singleton(func() *secret { return &secret{7} }, di.As[sayer]()),
		fx.Provide(fx.Annotate(func() *secret { return &secret{4} }, fx.ResultTags(`name:"plain"`))),
		di.Scoped(func(s sayer) local { return local{s} }),
		di.Decorate(func(l local) local { return local{&secret{l.say() + 1}} }),
		di.Transient(func(l local) secrets { return secrets{{l.say()}} }),
	)
}

func TestTypesOfOneNameAreNotMixedUp(t *testing.T) {
	provide := fx.Options(
		di.Singleton(func() *html.Template { return html.New("html") }),
		di.Scoped(func() *tmpl.Template { return tmpl.New("text") }),
	)
	call(t, 1, func(h *html.Template, x *tmpl.Template) {
		if h.Name() != "html" || x.Name() != "text" {
			t.Errorf("got %q and %q", h.Name(), x.Name())
		}
	}, provide)

	missing := problem[*di.MissingError](t, lifecycle.OnStart(func(*tmpl.Template) {}), fx.Provide(func() *html.Template { return nil }))
	replaced := problem[*di.ReplaceError](t, di.Replace(&tmpl.Template{}), di.Singleton(func() *html.Template { return nil }))
	for _, err := range []error{missing, replaced} {
		if text := err.Error(); !strings.Contains(text, `"html/template"`) || !strings.Contains(text, `"text/template"`) {
			t.Errorf("error %q does not name both packages", text)
		}
	}
}

func TestFunctionsOfOneNameAreToldApart(t *testing.T) {
	missing := problem[*di.MissingError](t, di.Singleton(html.New), di.Singleton(tmpl.New), fx.Invoke(func(*html.Template, *tmpl.Template) {}))
	text := fmt.Sprintf("%+v", missing)
	for _, name := range []string{" html/template.New ", " text/template.New "} {
		if !strings.Contains(text, name) {
			t.Errorf("error does not name %q:\n%s", name, text)
		}
	}
}
