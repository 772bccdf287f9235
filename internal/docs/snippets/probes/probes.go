// Package probes is quoted by docs/operations.md.
package probes

import (
	"context"
	"fmt"
	"net/http"

	"go.uber.org/fx"

	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/hosting/web"
)

// Module answers an orchestrator.
var Module = fx.Module("probes",
	web.Handle("GET /startup", probe(health.Startup)),
	web.Handle("GET /ready", probe(health.Ready)),
	web.Handle("GET /live", probe(health.Live)),
)

// probe answers 200, or 503 while the answer is no. It shows the status only: why is in the log.
func probe(g health.Group) any {
	return func(ctx context.Context, w http.ResponseWriter, h *health.Health) {
		status := h.Report(ctx, g).Status
		if status == health.Unhealthy {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintln(w, status)
	}
}
