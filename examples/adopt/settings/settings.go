// Package settings is what can be set, and what the whole program shares.
package settings

import (
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/fx"
)

// Module provides the settings, a clock and numbers.
var Module = fx.Module("settings",
	fx.Provide(
		Load,
		fx.Annotate(NewWallClock, fx.As(new(Clock))),
		fx.Annotate(NewIDs, fx.ParamTags(`name:"node"`)),
		fx.Annotated{Name: "opening", Target: Opening},
	),
)

// Settings are the values of all parts.
type Settings struct {
	fx.Out

	Store   Store
	Depot   Depot
	Mail    Mail
	HTTP    HTTP
	Region  string `name:"region"`
	Node    string `name:"node"`
	Version string `name:"settings version"`
}

// Store says where the tables are.
type Store struct{ Primary, Replica string }

// Depot says how much the depot holds.
type Depot struct{ Parcels, Vans int }

// Mail says who writes.
type Mail struct{ From string }

// HTTP says where the depot is reached.
type HTTP struct{ Address string }

// Load reads the settings.
func Load() (Settings, error) {
	return Settings{
		Store:   Store{Primary: "primary.depot", Replica: "replica.depot"},
		Depot:   Depot{Parcels: 1000, Vans: 3},
		Mail:    Mail{From: "depot@example.com"},
		HTTP:    HTTP{Address: "127.0.0.1:0"},
		Region:  "north",
		Node:    "n1",
		Version: "7",
	}, nil
}

// A Clock tells the time.
type Clock interface{ Now() time.Time }

// WallClock is the Clock on the wall.
type WallClock struct{}

// NewWallClock returns the clock.
func NewWallClock() *WallClock { return &WallClock{} }

// Now is the time.
func (*WallClock) Now() time.Time { return time.Now() }

// Opening is when the depot opens.
func Opening(clock Clock) time.Time {
	y, m, d := clock.Now().Date()
	return time.Date(y, m, d, 6, 0, 0, 0, time.UTC)
}

// IDs numbers things.
type IDs struct {
	node string
	last atomic.Int64
}

// NewIDs returns the numbers of one node.
func NewIDs(node string) *IDs { return &IDs{node: node} }

// Next is the next number.
func (i *IDs) Next() string { return fmt.Sprintf("%s-%d", i.node, i.last.Add(1)) }
