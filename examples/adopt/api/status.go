package api

import (
	"fmt"

	"go.uber.org/fx"

	"github.com/berth-go/berth/examples/adopt/billing"
	"github.com/berth-go/berth/examples/adopt/depot"
	"github.com/berth-go/berth/examples/adopt/jobs"
	"github.com/berth-go/berth/examples/adopt/notify"
	"github.com/berth-go/berth/examples/adopt/store"
)

// Status says how the whole program is.
type Status struct{ parts parts }

type parts struct {
	fx.In

	Depot      *depot.Depot
	Notifier   *notify.Notifier
	Invoicer   *billing.Invoicer
	Rates      billing.Rates
	Month      *billing.Statement `name:"month"`
	Year       *billing.Statement `name:"year"`
	Supervisor *jobs.Supervisor
	Migrator   *store.Migrator
	Audit      *store.Audit `name:"audit"`
	Health     *Health
	Cache      store.Cache
	Memory     *store.Memory
	Version    string `name:"version"`
	Settings   string `name:"settings version"`
	Region     string `name:"region"`
	store.DBs
}

// NewStatus takes what there is.
func NewStatus(in parts) *Status { return &Status{in} }

// Now does a bit of everything and tells what came out.
func (s *Status) Now() (map[string]string, error) {
	p := s.parts
	parcel := depot.Parcel{To: "Ada, Main Street 1", Grams: 3200, Longest: 120}
	cents, rules := p.Depot.Pricer.Price(parcel)
	invoice, err := p.Invoicer.Write(cents, "USD")
	if err != nil {
		return nil, err
	}
	sent, err := p.Notifier.Arrived()
	if err != nil {
		return nil, err
	}
	return map[string]string{
		"price":      fmt.Sprint(cents, " ", rules),
		"belt":       p.Depot.Sorter.Belt(parcel),
		"room":       fmt.Sprint(p.Depot.Delivery.Room()),
		"planner":    p.Depot.Delivery.Careful(),
		"invoice":    invoice,
		"rates":      fmt.Sprintf("%T", p.Rates),
		"statements": p.Month.Text() + ", " + p.Year.Text(),
		"sent":       fmt.Sprint(sent),
		"jobs":       fmt.Sprint(p.Supervisor.Names()),
		"migration":  fmt.Sprint(p.Migrator.Number()),
		"audit":      p.Audit.Where(),
		"probes":     fmt.Sprint(p.Health.Probes()),
		"cache":      fmt.Sprint(p.Cache == store.Cache(p.Memory)),
		"version":    p.Version + "/" + p.Settings,
		"region":     p.Region,
		"opened":     fmt.Sprint(p.Primary.Opened(), p.Replica.Opened()),
	}, nil
}
