package main_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app/apptest"
	"github.com/berth-go/berth/app/config"
	ordering "github.com/berth-go/berth/examples/ordering"
	"github.com/berth-go/berth/examples/ordering/orders"
	"github.com/berth-go/berth/hosting/web/webtest"
)

func TestWholeGraphIsWired(t *testing.T) { apptest.Check(t, ordering.Module) }

func TestOrderAwaitsValidationWhenItsGracePeriodHasPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := new(memory)
		client := serve(t, inMemory(db), config.Load(config.Values(map[string]any{
			"orders": map[string]any{"grace_period": "1m", "check_interval": "10s"},
		})))
		ask(t, client, "POST", "/orders", order(1), http.StatusCreated)

		<-time.After(59 * time.Second)
		if got := ask(t, client, "GET", "/orders/"+orderID(1), "", http.StatusOK); !strings.Contains(got, `"submitted"`) {
			t.Errorf("within the grace period: %s", got)
		}
		<-time.After(12 * time.Second)
		synctest.Wait()
		if got := ask(t, client, "GET", "/orders/"+orderID(1), "", http.StatusOK); !strings.Contains(got, `"awaiting validation"`) {
			t.Errorf("after the grace period: %s", got)
		}
		if len(db.recorded) != 1 || len(db.outbox) != 0 {
			t.Errorf("%d events took effect and %d were not published, want 1 and 0", len(db.recorded), len(db.outbox))
		}
	})
}

func TestFakesKeepTheDatabaseClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, inMemory(new(memory)), config.Load(config.Values(map[string]any{"database": map[string]any{"dir": dir}})))
		ask(t, client, "POST", "/orders", order(1), http.StatusCreated)
	})
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of the database was made: %v", err)
	}
}

func TestSameOrderIsPlacedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := new(memory)
		client := serve(t, inMemory(db))
		first := ask(t, client, "POST", "/orders", order(1), http.StatusCreated)
		<-time.After(time.Second)
		if again := ask(t, client, "POST", "/orders", order(1), http.StatusCreated); again != first {
			t.Errorf("the second answer is %s, want %s", again, first)
		}
		ask(t, client, "POST", "/orders", strings.Replace(order(1), "tea", "cake", 1), http.StatusConflict)
		if len(db.orders) != 1 {
			t.Errorf("%d orders are stored, want 1", len(db.orders))
		}
	})
}

func TestBadRequestsAreProblems(t *testing.T) {
	cases := []struct {
		name, method, path, body string
		status                   int
		says                     string
	}{
		{"no JSON", "POST", "/orders", "tea", 400, "invalid character"},
		{"two values", "POST", "/orders", order(1) + order(2), 400, "one JSON object"},
		{"unknown field", "POST", "/orders", `{"colour":"red"}`, 400, "colour"},
		{"invalid draft", "POST", "/orders", `{"buyer":"ada"}`, 400, "lines must be"},
		{"page size", "GET", "/orders?page_size=0", "", 400, "page_size must be"},
		{"page size in words", "GET", "/orders?page_size=ten", "", 400, "page_size must be"},
		{"too much", "POST", "/orders", `{"buyer":"` + strings.Repeat("a", 1<<20) + `"}`, 413, "too large"},
		{"unknown order", "GET", "/orders/none", "", 404, "no such order"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := serve(t, inMemory(new(memory)))
				if got := ask(t, client, c.method, c.path, c.body, c.status); !strings.Contains(got, c.says) {
					t.Errorf("answer %s does not say %q", got, c.says)
				}
			})
		})
	}
}

func TestUnavailableDatabaseIsA503(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := serve(t, apptest.Only(), inMemory(&memory{down: orders.ErrUnavailable}))
		ask(t, client, "POST", "/orders", order(1), http.StatusServiceUnavailable)
		ask(t, client, "GET", "/orders/"+orderID(1), "", http.StatusServiceUnavailable)
		ask(t, client, "GET", "/orders", "", http.StatusServiceUnavailable)
	})
}

// serve starts the service in memory.
func serve(t *testing.T, opts ...fx.Option) *http.Client {
	t.Helper()
	var client *http.Client
	apptest.Start(t, append(opts, ordering.Module, webtest.Client(&client))...)
	return client
}

// ask sends a request and returns the body of the answer.
func ask(t *testing.T, client *http.Client, method, path, body string, status int) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://ordering"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != status {
		t.Fatalf("%s %s: status is %d, want %d: %s", method, path, answer.StatusCode, status, text)
	}
	if status >= 400 && answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s %s: answer is not a problem: %s", method, path, text)
	}
	return string(text)
}
