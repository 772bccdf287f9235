package main

import (
	"context"
	"errors"

	"go.uber.org/fx"

	"github.com/berth-go/berth/benchmarks/internal/many"
	"github.com/berth-go/berth/benchmarks/internal/measure"
	"github.com/berth-go/berth/benchmarks/internal/served"
	"github.com/berth-go/berth/benchmarks/internal/unit"
)

// A ratio has a budget in DESIGN.md, section 11.
type ratio struct {
	name    string
	what    string
	budget  float64
	measure func(pace) (finding, error)
}

func (r ratio) String() string { return r.name }

var ratios = []ratio{
	{"unit", "one unit of work over 8 scoped services, hand-written = 1", 8.4, unitOfWork},
	{"unit-parallel", "the same from all processors at once; within 10 % of the ratio in one goroutine", 0, unitParallel},
	{"kept", "bytes kept of each of 100,000 closed scopes", 0, kept},
	{"unit-beside", "the unit of work in an application with 1000 unrelated providers, with 10 = 1", 1.05, unitBeside},
	{"startup", "1000 singletons, 1000 fx.Provide of one constructor each = 1", 1.0, startup},
	{"startup-scoped", "1000 scoped services in 100 units that reach 10 each, 1000 fx.Provide = 1", 0.5, startupScoped},
	{"queue", "an item through 4 workers, a bare channel and 4 goroutines that call the same unit = 1", 2, queue},
	{"timers", "percent of one processor that 1000 timers of one second take", 2, timers},
	{"web", "a request over 8 scoped services on loopback, hand-wired handler = 1", 1.10, request},
}

// calls is a piece that calls a unit of work.
func calls(name string, work unit.Work) measure.Piece {
	return measure.Piece{Name: name, Do: func(n int) error {
		ctx := context.Background()
		for range n {
			if err := work(ctx); err != nil {
				return err
			}
		}
		return nil
	}}
}

// berth is a started application, with more beside the unit of work.
func berth(name string, more ...fx.Option) (p measure.Piece, stop func() error, err error) {
	work, stop, err := unit.Berth(append(more, many.Quiet())...)
	return calls(name, work), stop, err
}

// keeps is a piece of a container that keeps its scopes: it is made anew for each round.
func keeps(name string, fresh func() (unit.Work, error)) measure.Piece {
	var work unit.Work
	p := calls(name, func(ctx context.Context) error { return work(ctx) })
	p.Most = 1000
	p.Fresh = func() (err error) { work, err = fresh(); return err }
	return p
}

func unitOfWork(p pace) (f finding, err error) {
	ours, stop, err := berth("berth")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	hand := calls("by hand", unit.Hand())
	sarulabs, err := unit.SarulabsDI()
	if err != nil {
		return f, err
	}
	f.results, err = measure.Compare(p.fast, hand, ours, calls("generated, as wire does", unit.Generated()), calls("sarulabs/di sub-containers", sarulabs))
	if err != nil {
		return f, err
	}
	f.value = f.results[1].Ratio
	// By themselves, since the collector looks at all the scopes that these keep.
	others, err := measure.Compare(
		p.fast, hand,
		keeps("samber/do scopes", func() (unit.Work, error) { return unit.SamberDo(), nil }),
		keeps("dig.Scope, locked", unit.DigScope),
	)
	if err == nil {
		f.results = append(f.results, others[1:]...)
	}
	return f, err
}

// unitParallel measures in the same rounds what one goroutine gets, which is what its budget hangs on.
func unitParallel(p pace) (f finding, err error) {
	ours, stop, err := berth("berth")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	hand := calls("by hand", unit.Hand())
	f.results, err = measure.Compare(p.fast, hand, ours, parallel(hand, 2), parallel(ours, 2))
	if err == nil {
		f.value = f.results[3].Ratio
		f.budget = 1.1 * f.results[1].Ratio.Median
	}
	return f, err
}

func parallel(p measure.Piece, base int) measure.Piece {
	p = measure.Parallel(p)
	p.Name, p.Base = p.Name+", in parallel", base
	return p
}

func unitBeside(p pace) (f finding, err error) {
	few, stopFew, err := berth("beside 10", many.Unrelated(10)...)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stopFew()) }()
	lots, stopLots, err := berth("beside 1000", many.Unrelated(1000)...)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, stopLots()) }()
	f.results, err = measure.Compare(p.fast, few, lots)
	if err == nil {
		f.value = f.results[1].Ratio
	}
	return f, err
}

func startup(p pace) (f finding, err error) {
	f.results, err = measure.Compare(
		p.slow, builds("fx.New", many.Fx), builds("app.New", many.Singletons), builds("app.New of the same fx.Provide", many.Plain),
	)
	if err == nil {
		f.value = f.results[1].Ratio
	}
	return f, err
}

func startupScoped(p pace) (f finding, err error) {
	f.results, err = measure.Compare(p.slow, builds("fx.New", many.Fx), builds("app.New", many.Scoped))
	if err == nil {
		f.value = f.results[1].Ratio
	}
	return f, err
}

// request is measured with net/http's client, and beside that with a bare connection as the client.
func request(p pace) (f finding, err error) {
	hand, err := served.Hand()
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, hand.Stop()) }()
	ours, err := served.Berth()
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, ours.Stop()) }()

	var requests, bare []measure.Piece
	for _, s := range []struct {
		name   string
		server *served.Server
	}{{"by hand", hand}, {"web.Handle", ours}} {
		client, idle := served.HTTP(s.server)
		defer idle()
		requests = append(requests, measure.Piece{Name: s.name, Do: client})
		connection, closed, err := served.Bare(s.server)
		if err != nil {
			return f, err
		}
		defer closed()
		bare = append(bare, measure.Piece{Name: s.name + ", bare connection", Do: connection})
	}
	f.results, err = measure.Compare(p.fast, requests...)
	if err != nil {
		return f, err
	}
	f.value = f.results[1].Ratio
	more, err := measure.Compare(p.fast, bare...)
	f.results = append(f.results, more...)
	return f, err
}

// builds is a piece that builds an application.
func builds(name string, build func() error) measure.Piece {
	return measure.Piece{Name: name, Do: func(n int) error {
		for range n {
			if err := build(); err != nil {
				return err
			}
		}
		return nil
	}}
}
