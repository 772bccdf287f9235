package di_test

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/scopes"
)

func TestOptionsThatDoNotApplyAreRefused(t *testing.T) {
	decorator, maker := func(s Store) Store { return s }, func() *OrderRepo { return &OrderRepo{} }
	for _, tt := range []struct {
		name string
		opt  fx.Option
		what string
		hint string
	}{
		{"a group without name", di.Scoped(maker, di.Group("")), `a group needs a name, not ""`, ""},
		{"a name in a group without name", di.Scoped(maker, di.Name("n"), di.Group("")), "exclude each other", ""},
		{"decorate a group without name", di.Decorate(decorator, di.Group("")), `a group needs a name, not ""`, ""},
		{"decorate a group by name", di.Decorate(decorator, di.Group("g"), di.Name("n")), "exclude each other", ""},
		{
			"decorate with a lifetime of its own", di.Decorate(decorator, di.Close(), di.Default(), di.Private(), di.As[Store]()),
			"di.As, di.Close, di.Default, di.Private do not apply to it, only di.Name and di.Group", "its module sees",
		},
		{"replace a group", di.Replace[Store](maker(), di.Group("g")), "di.Group does not apply to it, only di.Name", "di.Decorate with di.Group"},
		{"replace an empty group", di.Replace[Store](maker(), di.Group("")), "di.Group does not apply", "di.Decorate with di.Group"},
		{"replace as", di.Replace(maker(), di.As[Store]()), "di.As does not apply to it, only di.Name", "di.Replace[di_test.Store](value)"},
		{"replace by a default", di.Replace[Store](maker(), di.Default()), "di.Default does not apply", "where the provider stood"},
		{"replace a group by a function", di.ReplaceFunc(maker, di.Group("g")), "only di.Name and di.As", "di.Decorate with di.Group"},
		{"replace and close", di.ReplaceFunc(maker, di.Close()), "di.Close does not apply", "returns a cleanup"},
		{"bind as", scopes.Bind[Run](func() {}, di.As[Store]()), "di.As does not apply to it, only di.Name and di.Private", ""},
		{"bind in a group", scopes.Bind[Run](func() {}, di.Group("")), "di.Group does not apply to it", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := problem[*di.SignatureError](t, tt.opt, di.Singleton(func() Store { return &OrderRepo{} }))
			if !strings.Contains(e.What, tt.what) || !strings.Contains(e.Hint, tt.hint) || !strings.Contains(e.Error(), "di/option_test.go:") {
				t.Errorf("got %v", e)
			}
		})
	}
}

func TestGetRefusesOptionsThatDoNotApply(t *testing.T) {
	var f *scopes.Factory
	apptest.Start(t, di.Scoped(member("m"), di.Group("names")), di.Scoped(member("alone")), fx.Populate(&f))
	s, err := f.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = scopes.Get[string](s, di.Group("names"))
	var e *di.SignatureError
	if !errors.As(err, &e) || !strings.Contains(e.What, "di.Group does not apply to it, only di.Name") || !strings.Contains(err.Error(), "di/option_test.go:") {
		t.Errorf("got %v", err)
	}
	check(t, s.Close(t.Context()))
}
