// Package billing writes invoices.
package billing

import (
	"fmt"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/settings"
	"github.com/berth-go/berth/examples/adopt/store"
)

// Module provides what writes invoices.
var Module = fx.Module("billing",
	fx.Decorate(func(log *zap.Logger) *zap.Logger { return log.Named("billing") }),
	fx.Provide(
		fx.Annotate(NewBank, fx.As(new(Rates))),
		fx.Annotated{Group: "taxes", Target: func() Tax { return Tax{"sales", 19} }},
		fx.Annotated{Group: "taxes", Target: func() Tax { return Tax{"city", 1} }},
		NewLedger,
		NewInvoicer,
		fx.Annotate(newStatement("month"), fx.ResultTags(`name:"month"`)),
		fx.Annotate(newStatement("year"), fx.ResultTags(`name:"year"`)),
	),
)

// Rates are what currencies are worth.
type Rates interface {
	Rate(currency string) (float64, error)
}

// Bank is Rates that a bank tells.
type Bank struct{}

// NewBank would ask a bank, which the program does not: it replaces the rates by fixed ones.
func NewBank() (*Bank, error) { return nil, fmt.Errorf("the bank does not answer") }

// Rate is not known.
func (*Bank) Rate(string) (float64, error) { return 0, fmt.Errorf("the bank does not answer") }

// Fixed are Rates that do not change.
type Fixed map[string]float64

// Rate is the rate of a currency.
func (f Fixed) Rate(currency string) (float64, error) {
	if rate, ok := f[currency]; ok {
		return rate, nil
	}
	return 0, fmt.Errorf("currency %q has no rate", currency)
}

// A Tax is in percent.
type Tax struct {
	Name    string
	Percent int
}

// A Ledger is the book of all invoices.
type Ledger struct {
	invoices store.Invoices
	taxes    int
}

// NewLedger returns the book.
func NewLedger(in struct {
	fx.In

	Invoices store.Invoices
	Taxes    []Tax `group:"taxes"`
},
) *Ledger {
	l := &Ledger{invoices: in.Invoices}
	for _, t := range in.Taxes {
		l.taxes += t.Percent
	}
	return l
}

// An Invoicer writes invoices.
type Invoicer struct {
	ledger *Ledger
	rates  Rates
	ids    *settings.IDs
	log    *zap.Logger
}

// NewInvoicer returns who writes invoices.
func NewInvoicer(l *Ledger, r Rates, ids *settings.IDs, log *zap.Logger) *Invoicer {
	return &Invoicer{l, r, ids, log}
}

// Write writes an invoice over an amount in cents before taxes, and returns its text.
func (i *Invoicer) Write(cents int, currency string) (string, error) {
	rate, err := i.rates.Rate(currency)
	if err != nil {
		return "", err
	}
	id := i.ids.Next()
	text := fmt.Sprintf("%s: %.2f %s", id, float64(cents*(100+i.ledger.taxes))/10000*rate, currency)
	i.ledger.invoices.Put(id, text)
	i.log.Info("written", zap.String("invoice", text))
	return text, nil
}

// A Statement counts the invoices of a period.
type Statement struct {
	Period string
	ledger *Ledger
}

func newStatement(period string) func(*Ledger) *Statement {
	return func(l *Ledger) *Statement { return &Statement{period, l} }
}

// Text is how many there are.
func (s *Statement) Text() string {
	return fmt.Sprintf("%d invoices this %s", len(s.ledger.invoices.Keys()), s.Period)
}
