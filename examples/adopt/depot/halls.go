package depot

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/settings"
	"github.com/berth-go/berth/examples/adopt/store"
)

// limit is how much a hall can take; each has its own.
type limit int

// A Scanner reads labels.
type Scanner struct{ ids *settings.IDs }

// NewScanner returns a scanner.
func NewScanner(ids *settings.IDs) *Scanner { return &Scanner{ids} }

// Intake is the hall where parcels arrive.
type Intake struct {
	scanner *Scanner
	parcels store.Parcels
	limit   limit
	open    bool
}

// NewIntake returns the hall, which is open while the program runs.
func NewIntake(lc fx.Lifecycle, s *Scanner, parcels store.Parcels, l limit, log *zap.Logger) *Intake {
	in := &Intake{scanner: s, parcels: parcels, limit: l}
	lc.Append(fx.Hook{
		OnStart: func(context.Context) error {
			in.open = true
			log.Info("intake opened", zap.Int("limit", int(l)))
			return nil
		},
		OnStop: func(context.Context) error {
			in.open = false
			log.Info("intake closed")
			return nil
		},
	})
	return in
}

var errClosed = errors.New("intake is closed")

// Take takes a parcel in.
func (in *Intake) Take(p Parcel) (Parcel, error) {
	if !in.open {
		return p, errClosed
	}
	p.ID = in.scanner.ids.Next()
	in.parcels.Put(p.ID, p.To)
	return p, nil
}

// A Belt carries parcels to a gate.
type Belt struct {
	Name  string
	limit limit
}

func newBelt(name string) func(limit) *Belt {
	return func(l limit) *Belt { return &Belt{name, l} }
}

// A Sorter sends each parcel to a belt.
type Sorter struct {
	belts []*Belt
	log   *zap.Logger
}

// NewSorter returns a sorter of three belts.
func NewSorter(a, b, c *Belt, log *zap.Logger) *Sorter { return &Sorter{[]*Belt{a, b, c}, log} }

func (s *Sorter) start() {
	s.log.Info("belts started", zap.Int("belts", len(s.belts)), zap.Int("limit", int(s.belts[0].limit)))
}

func (s *Sorter) stop() { s.log.Info("belts stopped") }

// Belt is the belt of a parcel.
func (s *Sorter) Belt(p Parcel) string { return s.belts[len(p.To)%len(s.belts)].Name }

// A Van carries parcels out.
type Van struct {
	Name string
	Max  int
}

func newVans(s settings.Depot, l limit) []*Van {
	vans := make([]*Van, s.Vans)
	for i := range vans {
		vans[i] = &Van{fmt.Sprintf("van %d", i+1), int(l)}
	}
	return vans
}

func newBike() *Van { return &Van{"bike", 5} }

// Traffic is known in some regions only.
type Traffic struct{ Jams int }

// routeBook is what the drivers know.
type routeBook struct{ routes store.Routes }

func newRouteBook(r store.Routes) *routeBook { return &routeBook{r} }

// A Planner finds ways.
type Planner struct {
	book    *routeBook
	traffic *Traffic // may be unknown
	careful bool
}

// NewPlanner returns a planner.
func NewPlanner(in struct {
	fx.In

	Book    *routeBook
	Traffic *Traffic `optional:"true"`
},
) *Planner {
	return &Planner{book: in.Book, traffic: in.Traffic}
}

// Delivery is the hall where parcels leave.
type Delivery struct {
	planner *Planner
	vans    []*Van
}

// NewDelivery returns the hall with all that drives.
func NewDelivery(in struct {
	fx.In

	Planner *Planner
	Vans    []*Van `group:"vans"`
},
) *Delivery {
	return &Delivery{in.Planner, in.Vans}
}

// Room is how many parcels the vans carry.
func (d *Delivery) Room() int {
	room := 0
	for _, v := range d.vans {
		room += v.Max
	}
	return room
}

// Careful reports how the planner finds its ways.
func (d *Delivery) Careful() string {
	return fmt.Sprintf("careful %v, traffic known %v, routes %d", d.planner.careful, d.planner.traffic != nil, len(d.planner.book.routes.Keys()))
}

// A Depot is all halls.
type Depot struct {
	Intake   *Intake
	Sorter   *Sorter
	Delivery *Delivery
	Pricer   *Pricer
}

// NewDepot returns the depot.
func NewDepot(in *Intake, s *Sorter, d *Delivery, p *Pricer) *Depot { return &Depot{in, s, d, p} }
