package orders_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/berth-go/berth/examples/ordering/orders"
)

func draft() orders.Draft {
	return orders.Draft{ID: "a-1", Buyer: "ada", Lines: []orders.Line{{Product: "tea", Units: 2, Price: 450}}}
}

func TestNewOrderIsSubmittedAndHasATotal(t *testing.T) {
	o, err := orders.New(draft())
	if err != nil {
		t.Fatal(err)
	}
	if o.Status != orders.Submitted || o.Total() != 900 || o.ID != "a-1" {
		t.Errorf("got %+v", o)
	}
}

func TestOrderWithoutIDGetsItsOwn(t *testing.T) {
	d := draft()
	d.ID = ""
	a, errA := orders.New(d)
	b, errB := orders.New(d)
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	if a.ID == "" || a.ID == b.ID {
		t.Errorf("ids %q and %q", a.ID, b.ID)
	}
}

func TestInvalidDraftSaysAllThatIsWrong(t *testing.T) {
	cases := []struct {
		name   string
		change func(*orders.Draft)
		want   string
	}{
		{"no buyer", func(d *orders.Draft) { d.Buyer = "" }, "buyer must be"},
		{"no lines", func(d *orders.Draft) { d.Lines = nil }, "lines must be"},
		{"no units", func(d *orders.Draft) { d.Lines[0].Units = 0 }, "lines[0].units must be"},
		{"negative price", func(d *orders.Draft) { d.Lines[0].Price = -1 }, "lines[0].price must be"},
		{"id with a slash", func(d *orders.Draft) { d.ID = "a/b" }, "id must be"},
		{"id with a letter in between", func(d *orders.Draft) { d.ID = "aéb" }, "id must be"},
		{"two things", func(d *orders.Draft) { *d = orders.Draft{} }, "buyer must be 1 to 100 bytes; lines must be 1 to 50"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := draft()
			c.change(&d)
			_, err := orders.New(d)
			var invalid *orders.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want an *InvalidError with %q", err, c.want)
			}
		})
	}
}
