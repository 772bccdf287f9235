package probes_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/hosting/health"
	"github.com/berth-go/berth/hosting/web/webtest"
	"github.com/berth-go/berth/internal/docs/snippets/probes"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestProbesShowTheStatusOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client *http.Client
		apptest.Start(t, probes.Module, webtest.Client(&client),
			health.Check("broker", func() error { return errors.New("refused by 10.0.0.7") }))
		for path, want := range map[string]string{
			"/startup": "200 OK: healthy\n",
			"/ready":   "503 Service Unavailable: unhealthy\n",
			"/live":    "200 OK: healthy\n",
		} {
			resp, err := client.Get("http://app" + path)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if got := resp.Status + ": " + string(body); got != want || err != nil {
				t.Errorf("%s: %q, %v, want %q", path, got, err, want)
			}
		}
	})
}
