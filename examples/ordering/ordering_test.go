package main_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"

	ordering "github.com/berth-go/berth/examples/ordering"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ordering.Main()
		return
	}
	goleak.VerifyTestMain(m)
}

func TestOrdersGoAllTheWayAndSurviveARestart(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *storage) {
		p := start(t, s)
		const orders = 5
		for i := range orders {
			if status, body := p.call(t, "POST", "/orders", order(i)); status != http.StatusCreated {
				t.Fatalf("status is %d: %s", status, body)
			}
		}
		eventually(t, "all orders await validation", func() bool { return p.inStatus(t, "awaiting validation") == orders })
		eventually(t, "all events have taken effect", func() bool { return s.count(t, "inbox") == orders })
		p.stop(t)

		p = start(t, s)
		if n := p.inStatus(t, "awaiting validation"); n != orders {
			t.Errorf("%d orders after the restart, want %d", n, orders)
		}
		p.stop(t)
		s.verify(t, orders)
	})
}

func TestRequestsUnderWayAreAnsweredWhenTheProgramStops(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *storage) {
		p := start(t, s)
		var slow []*slowRequest
		for i := range 8 {
			slow = append(slow, p.begin(t, order(i)))
		}
		p.interrupt(t)
		eventually(t, "the listener is closed", func() bool {
			conn, err := net.Dial("tcp", p.addr)
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
		for i, r := range slow {
			if status := r.finish(t); status != http.StatusCreated {
				t.Errorf("request %d: status is %d, want 201", i, status)
			}
		}
		if code := p.exitCode(t); code != 0 {
			t.Errorf("exit code is %d, want 0", code)
		}
		if n := s.count(t, "orders"); n != len(slow) {
			t.Errorf("%d orders are stored, want %d", n, len(slow))
		}
	})
}

func order(i int) string {
	return fmt.Sprintf(`{"id":%q,"buyer":"ada","lines":[{"product":"tea","units":2,"price":450}]}`, orderID(i))
}

func orderID(i int) string { return fmt.Sprintf("order-%04d", i) }

// inStatus counts the orders of a status, over HTTP and page by page.
func (p *process) inStatus(t *testing.T, want string) int {
	t.Helper()
	n := 0
	for path := "/orders?page_size=2"; path != ""; {
		status, text := p.call(t, "GET", path, "")
		if status != http.StatusOK {
			t.Fatalf("status of %s is %d: %s", path, status, text)
		}
		var page struct {
			Orders []struct{ Status string }
			Next   string
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Orders {
			if o.Status == want {
				n++
			}
		}
		path = page.Next
	}
	return n
}
