// Package orders is what the service is about: orders, their grace period, and the
// events that tell other services of them. It knows neither SQL nor HTTP; what it
// needs of a database are the small interfaces next to the code that uses them.
package orders

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Order is what a buyer asked for and how far it has come.
type Order struct {
	ID       string
	Buyer    string
	Lines    []Line
	Status   Status
	PlacedAt time.Time
	// Version counts the changes; a change of another version than the stored
	// one is refused with ErrConflict.
	Version int
}

// A Line is one product of an order.
type Line struct {
	Product string
	Units   int
	Price   int // of one unit, in cents
}

// A Status is a step in the life of an order.
type Status string

// The steps, in order.
const (
	Submitted          Status = "submitted"           // the buyer may still change their mind
	AwaitingValidation Status = "awaiting validation" // the grace period has passed
)

// What callers tell apart with errors.Is.
var (
	ErrNotFound    = errors.New("no such order")
	ErrConflict    = errors.New("order is in conflict with the stored one")
	ErrUnavailable = errors.New("storage is unavailable")
)

// A Draft is an order as a buyer sends it.
type Draft struct {
	// ID is chosen by the client, so that it may send the same draft again when
	// it got no answer: 1 to 64 of A-Z, a-z, 0-9, dot, dash and underscore. Default: a random one.
	ID    string
	Buyer string // Required, at most 100 bytes.
	Lines []Line // Required, at most 50.
}

// New makes a submitted order of a draft. What is wrong with the draft is an
// *InvalidError that says all of it.
func New(d Draft) (Order, error) {
	if d.ID == "" {
		d.ID = rand.Text()
	}
	if err := d.validate(); err != nil {
		return Order{}, err
	}
	return Order{
		ID:       d.ID,
		Buyer:    d.Buyer,
		Lines:    d.Lines,
		Status:   Submitted,
		PlacedAt: time.Now().UTC().Truncate(time.Millisecond),
		Version:  1,
	}, nil
}

// Total is the price of all lines, in cents.
func (o Order) Total() int {
	total := 0
	for _, l := range o.Lines {
		total += l.Units * l.Price
	}
	return total
}

// endGracePeriod moves a submitted order on and says so to the rest of the world.
func (o Order) endGracePeriod() (Order, Event) {
	o.Status = AwaitingValidation
	return o, newEvent(GracePeriodConfirmed, o.ID)
}

// sameAs reports whether both were made of the same draft.
func (o Order) sameAs(other Order) bool {
	return o.ID == other.ID && o.Buyer == other.Buyer && slices.Equal(o.Lines, other.Lines)
}

// An InvalidError says what is wrong with a draft.
type InvalidError struct{ Problems []string }

func (e *InvalidError) Error() string { return "order is invalid: " + strings.Join(e.Problems, "; ") }

func (d Draft) validate() error {
	var problems []string
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	check(len(d.ID) <= 64 && strings.Trim(d.ID, idAlphabet) == "", "id must be 1 to 64 of A-Z, a-z, 0-9, '.', '-', '_'")
	check(len(d.Buyer) >= 1 && len(d.Buyer) <= 100, "buyer must be 1 to 100 bytes")
	check(len(d.Lines) >= 1 && len(d.Lines) <= 50, "lines must be 1 to 50")
	for i, l := range d.Lines {
		check(len(l.Product) >= 1 && len(l.Product) <= 100, "lines[%d].product must be 1 to 100 bytes", i)
		check(l.Units >= 1 && l.Units <= 1000, "lines[%d].units must be 1 to 1000", i)
		check(l.Price >= 0 && l.Price <= 100_000_00, "lines[%d].price must be 0 to 10000000 cents", i)
	}
	if problems != nil {
		return &InvalidError{problems}
	}
	return nil
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_"
