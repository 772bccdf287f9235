package main_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/fx/fxtest"
	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/examples/adopt/api"
	"github.com/berth-go/berth/examples/adopt/program"
	"github.com/berth-go/berth/examples/adopt/store"
	"github.com/berth-go/berth/hosting"
)

func TestDepotIsTheSameInEveryWay(t *testing.T) {
	plain := ways[0].run(t)
	for _, w := range others {
		t.Run(w.name, func(t *testing.T) {
			w.run(t).same(t, plain)
		})
	}
}

// A Count is taken again and again, each time anew.
type Count struct {
	parcels store.Parcels
	log     *zap.Logger
}

// NewCount begins a count of the parcels.
func NewCount(p store.Parcels, log *zap.Logger) (*Count, func()) {
	return &Count{p, log}, func() { log.Info("count ended") }
}

// Take counts.
func (c *Count) Take() { c.log.Info("counted", zap.Int("parcels", len(c.parcels.Keys()))) }

// added is what the depot gets of Berth: one scoped service and one trigger.
var added = fx.Module("count",
	di.Scoped(NewCount),
	hosting.Every(time.Hour, (*Count).Take, hosting.Name("count")),
)

// isPopulate reports whether fx invokes an fx.Populate, of which the test adds one.
func isPopulate(line string) bool {
	return strings.HasPrefix(line, "debug fx: invoking") && strings.Contains(line, "reflect.makeFuncStub")
}

func TestDepotTakesAScopedServiceAndATrigger(t *testing.T) {
	plain := ways[0].run(t)
	for _, w := range others {
		t.Run(w.name, func(t *testing.T) {
			var triggers *hosting.Triggers
			depot := w.open(t, added, fx.Populate(&triggers))
			depot.use(t)
			count, ok := triggers.Find("count")
			if !ok {
				t.Fatal("there is no trigger count")
			}
			for range 2 {
				if err := count.RunNow(t.Context()); err != nil {
					t.Error(err)
				}
			}
			got := depot.end(t)

			var counts []string
			isCount := func(line string) bool { return strings.Contains(line, ".Count: count") }
			for _, line := range got.log {
				if isCount(line) {
					counts = append(counts, line)
				}
			}
			var want []string
			for run := 1; run <= 2; run++ {
				of := fmt.Sprintf(`"region":"north","run":%d,"trigger":"count"}`, run)
				want = append(want, `info main_test.Count: counted {"parcels":1,`+of, `info main_test.Count: count ended {`+of)
			}
			differ(t, "counts", counts, want)
			got.log = slices.DeleteFunc(got.log, isCount)
			got.events, plain.events = slices.DeleteFunc(got.events, isPopulate), slices.DeleteFunc(plain.events, isPopulate)
			got.same(t, plain)
		})
	}
}

func TestDepotIsTestedAsBefore(t *testing.T) {
	var server *api.Server
	depot := fxtest.New(t, app.Module(program.Options(t.Context(), zap.NewNop()), added, fx.Populate(&server)))
	depot.RequireStart()
	defer depot.RequireStop()
	if got := request(t, server.URL(), "GET /health"); got != `200 ["mail"]` {
		t.Errorf("health is %s", got)
	}
}

func TestDepotIsValidatedAsBefore(t *testing.T) {
	if err := fx.ValidateApp(app.Module(program.Options(t.Context(), zap.NewNop()), added)); err != nil {
		t.Error(err)
	}
	apptest.Check(t, program.Options(t.Context(), zap.NewNop()), added)
}
