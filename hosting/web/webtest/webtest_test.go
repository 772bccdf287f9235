package webtest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/hosting/web"
	"github.com/berth-go/berth/hosting/web/webtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEachApplicationHasItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var one, two *http.Client
		for name, target := range map[string]**http.Client{"one": &one, "two": &two} {
			apptest.Start(t, webtest.Client(target), web.Handle("POST /", func(w http.ResponseWriter, r *http.Request) error {
				body, err := io.ReadAll(r.Body)
				fmt.Fprint(w, name, " ", r.Host, " ", len(body))
				return err
			}, web.MaxBody(4e6)))
		}
		for want, client := range map[string]*http.Client{"one any.host 3000000": one, "two any.host 3000000": two} {
			answer, err := client.Post("http://any.host/", "text/plain", strings.NewReader(strings.Repeat("x", 3e6)))
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if text, _ := io.ReadAll(answer.Body); string(text) != want {
				t.Errorf("got %d %q, want %q", answer.StatusCode, text, want)
			}
		}
	})
}

func TestManyRequestsAtOnceAndTimePasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client *http.Client
		apptest.Start(t, webtest.Client(&client), web.Handle("GET /", func() { <-time.After(time.Hour) }))
		began := time.Now()
		done := make(chan error)
		for range 20 {
			go func() {
				answer, err := client.Get("http://x/")
				if err == nil {
					answer.Body.Close()
				}
				done <- err
			}()
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took != time.Hour {
			t.Errorf("it took %v", took)
		}
	})
}

func TestAfterTheStopTheClientFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var client *http.Client
		a := apptest.Start(t, webtest.Client(&client), web.Handle("GET /", func() {}))
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		if _, err := client.Get("http://x/"); err == nil || !strings.Contains(err.Error(), "application of webtest.Client has stopped") {
			t.Errorf("got %v", err)
		}
	})
}
