package health_test

import (
	"context"
	"encoding/json"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/hosting/health"
)

func TestReportInJSONIsWhatAnOperatorReads(t *testing.T) {
	slow := func(context.Context) error { after(1500 * time.Microsecond); return errBoom }
	running(t, func(t *testing.T, a *asker) {
		after(time.Second)
		synctest.Wait()
		text, err := json.MarshalIndent(a.report(health.Ready), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		const want = `{
  "group": "ready",
  "status": "unhealthy",
  "phase": "running",
  "checks": [
    {
      "name": "db",
      "kind": "Check",
      "place": "health/json_test.go:LINE",
      "group": "ready",
      "status": "unhealthy",
      "at": "2000-01-01T00:00:00.0015Z",
      "error": "boom",
      "took": "1.5ms"
    },
    {
      "name": "clean-up",
      "kind": "Every",
      "place": "health/json_test.go:LINE",
      "group": "ready",
      "status": "healthy",
      "detail": "waiting, 1 runs, 0 failed",
      "at": "2000-01-01T00:00:00Z",
      "last_success": "2000-01-01T00:00:00Z"
    }
  ]
}`
		got := regexp.MustCompile(`(_test\.go):\d+`).ReplaceAllString(string(text), "$1:LINE")
		if got != want {
			t.Errorf("report is %s", got)
		}
	},
		health.Check("db", slow),
		hosting.Every(time.Minute, nothing, hosting.Name("clean-up"), hosting.RunAtStart()),
	)
}
