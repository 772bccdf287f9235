package plan_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"testing"

	"github.com/berth-go/berth/internal/golden"
	"github.com/berth-go/berth/internal/place"
	"github.com/berth-go/berth/internal/plan"
)

type Store struct{}

var store = reflect.TypeFor[*Store]()

func at(file string, line int) place.Place {
	return place.Place{File: "/home/me/shop/" + file, Line: line}
}

func step(fn, file string, line int, role string) plan.Step {
	return plan.Step{Func: fn, Place: at(file, line), Role: role}
}

var (
	newTx   = step("orders.NewTx", "orders/tx.go", 14, "scoped")
	newRepo = step("orders.NewRepo", "orders/repo.go", 122, "scoped, as orders.Store")
	get     = step("orders.(*Orders).Get", "orders/http.go", 31, "unit of GET /orders/{id}")
)

// Both forms of each error, as they are printed for given places.
func TestErrorsArePrintedInOneLineAndInFull(t *testing.T) {
	for name, err := range map[string]error{
		"missing": &plan.MissingError{
			Type: store, Trace: []plan.Step{newTx, newRepo, get},
			Also: []plan.Step{step("orders.(*Carts).Expire", "orders/carts.go", 40, "unit of Every 1m0s at orders/module.go:27")},
			Hint: "a *plan_test.Store named \"replica\" is provided at db/module.go:18; is the name missing?\n   a second line",
		},
		"missing-named":     &plan.MissingError{Type: store, Name: "replica", Trace: []plan.Step{newTx}},
		"missing-in-group":  &plan.MissingError{Type: store, Group: "stores"},
		"missing-given":     &plan.MissingError{Type: store, GivenBy: []string{"web.Handle"}, Trace: []plan.Step{newTx, get}, Hint: "only units of web.Handle are given a *Store"},
		"missing-far-below": &plan.MissingError{Type: store, Trace: long(40)},
		"cycle":             &plan.CycleError{Trace: []plan.Step{newTx, newRepo}},
		"cycle-of-one":      &plan.CycleError{Trace: []plan.Step{newTx}},
		"cycle-of-many":     &plan.CycleError{Trace: long(40)},
		"cycle-unknown":     &plan.CycleError{},
		"lifetime": &plan.LifetimeError{
			Type: store, Lifetime: "scoped", Provider: newRepo, Trace: []plan.Step{newTx, get}, Hint: "make the holder scoped",
		},
		"lifetime-without-trace": &plan.LifetimeError{Type: store, Name: "n", Lifetime: "transient"},
		"duplicate":              &plan.DuplicateError{Type: store, Providers: []plan.Step{newTx, newRepo, get}, Hint: "name one of them"},
		"replace":                &plan.ReplaceError{Type: store, Name: "n", Verb: "replace", Place: at("orders/orders_test.go", 9), Hint: "one line\n   and another"},
		"decorate":               &plan.ReplaceError{Type: store, Group: "g", Verb: "decorate", Place: at("orders/module.go", 9)},
		"signature":              &plan.SignatureError{Func: "orders.NewTx", Place: at("orders/module.go", 9), What: "it must return what it provides", Hint: "return the *Tx"},
		"signature-unknown":      &plan.SignatureError{What: "a function is needed, not nil"},
		"construct":              &plan.ConstructError{Func: "orders.NewTx", Place: at("orders/tx.go", 14), Err: io.EOF},
		"duplicate-many":         &plan.DuplicateError{Type: store, Providers: long(30), Hint: "name one of them"},
		"many":                   &plan.BuildError{Problems: slices.Repeat([]error{&plan.MissingError{Type: store, Trace: []plan.Step{newTx}}}, 12)},
		"several": &plan.BuildError{Problems: []error{
			&plan.MissingError{Type: store, Trace: []plan.Step{newTx, get}},
			errors.New("settings: no file"),
			&plan.CycleError{Trace: []plan.Step{newTx, newRepo}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if v, s := fmt.Sprintf("%v", err), fmt.Sprintf("%s", err); v != s || v != err.Error() {
				t.Errorf("%%v is %q, %%s %q, Error %q", v, s, err)
			}
			golden.Check(t, "errors/"+name, fmt.Sprintf("%v\n\n%+v\n", err, err))
		})
	}
}

func long(n int) []plan.Step {
	trace := make([]plan.Step, n)
	for i := range trace {
		trace[i] = step(fmt.Sprintf("orders.New%d", i), "orders/many.go", 10*i, "scoped")
	}
	return trace
}
