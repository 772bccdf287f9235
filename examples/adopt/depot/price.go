package depot

import (
	"cmp"
	"slices"

	"go.uber.org/fx"
)

// A Rule adds to the price of a parcel, in cents.
type Rule interface {
	Name() string
	Price(p Parcel) int
}

// A Parcel is to be carried.
type Parcel struct {
	ID, To  string
	Grams   int
	Longest int // in cm
}

// Weight is the Rule of heavy parcels.
type Weight struct{}

// NewWeight returns the rule of heavy parcels.
func NewWeight() *Weight { return &Weight{} }

// Name is "weight".
func (*Weight) Name() string { return "weight" }

// Price is 50 cents for each kilogram.
func (*Weight) Price(p Parcel) int { return p.Grams / 1000 * 50 }

// Size is the Rule of long parcels.
type Size struct{}

// NewSize returns the rule of long parcels.
func NewSize() *Size { return &Size{} }

// Name is "size".
func (*Size) Name() string { return "size" }

// Price is 200 cents above one meter.
func (*Size) Price(p Parcel) int {
	if p.Longest > 100 {
		return 200
	}
	return 0
}

// fee is a Rule that is the same for all.
type fee struct {
	name  string
	cents int
}

func (f fee) Name() string     { return f.name }
func (f fee) Price(Parcel) int { return f.cents }

func seasonal() []Rule { return []Rule{fee{"winter", 10}, fee{"fuel", 25}} }

// A Pricer adds up rules.
type Pricer struct{ rules []Rule }

// NewPricer takes all rules.
func NewPricer(in struct {
	fx.In

	Rules []Rule `group:"rules"`
},
) *Pricer {
	slices.SortFunc(in.Rules, func(a, b Rule) int { return cmp.Compare(a.Name(), b.Name()) })
	return &Pricer{in.Rules}
}

// Price is what a parcel costs, in cents, and by which rules.
func (p *Pricer) Price(parcel Parcel) (cents int, rules []string) {
	for _, r := range p.rules {
		cents += r.Price(parcel)
		rules = append(rules, r.Name())
	}
	return cents, rules
}
