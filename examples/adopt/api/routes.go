package api

import (
	"encoding/json"
	"net/http"

	"go.uber.org/fx"
	"go.uber.org/zap"

	"github.com/berth-go/berth/examples/adopt/depot"
	"github.com/berth-go/berth/examples/adopt/jobs"
	"github.com/berth-go/berth/examples/adopt/notify"
	"github.com/berth-go/berth/examples/adopt/store"
)

// A Route is one thing that can be asked.
type Route struct {
	Pattern string
	Handler http.HandlerFunc
}

// accessLog writes who asks what; only this package knows it.
type accessLog struct{ log *zap.Logger }

func newAccessLog(log *zap.Logger) *accessLog { return &accessLog{log.Named("access")} }

// NewMux serves all routes.
func NewMux(routes []Route, access *accessLog) *http.ServeMux {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, req *http.Request) {
			access.log.Info("asked", zap.String("what", r.Pattern))
			r.Handler(w, req)
		})
	}
	return mux
}

func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func postParcel(d *depot.Depot) Route {
	return Route{"POST /parcels", func(w http.ResponseWriter, r *http.Request) {
		p, err := d.Intake.Take(depot.Parcel{To: r.FormValue("to"), Grams: 2500})
		answer(w, p, err)
	}}
}

func getParcel(parcels store.Parcels, cache store.Cache) Route {
	return Route{"GET /parcels/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		to, ok := cache.Get(id)
		if !ok {
			if to, ok = parcels.Get(id); !ok {
				http.NotFound(w, r)
				return
			}
			cache.Put(id, to)
		}
		answer(w, depot.Parcel{ID: id, To: to}, nil)
	}}
}

func getStatus(s *Status) Route {
	return Route{"GET /status", func(w http.ResponseWriter, _ *http.Request) {
		now, err := s.Now()
		answer(w, now, err)
	}}
}

func getHealth(h *Health) Route {
	return Route{"GET /health", func(w http.ResponseWriter, _ *http.Request) { answer(w, h.Probes(), nil) }}
}

func postFlood(dog *jobs.Watchdog) Route {
	return Route{"POST /flood", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil, dog.Bark()) }}
}

// Health is what can be probed.
type Health struct{ probes []notify.Probe }

// NewHealth takes the probes of what is there anyway.
func NewHealth(in struct {
	fx.In

	Mail   *notify.Mail
	Probes []notify.Probe `group:"probes,soft"`
},
) *Health {
	return &Health{in.Probes}
}

// Probes are the names of what can be probed.
func (h *Health) Probes() []string {
	names := make([]string, len(h.probes))
	for i, p := range h.probes {
		names[i] = p.Of
	}
	return names
}
