package main_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if file, err := binary(); err == nil {
			os.RemoveAll(filepath.Dir(file))
		}
		os.Exit(code)
	}))
}

func TestOrdersGoAllTheWayAndSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
	const orders = 5
	for i := range orders {
		if status, body := p.call(t, "POST", "/orders", order(i)); status != http.StatusCreated {
			t.Fatalf("status is %d: %s", status, body)
		}
	}
	eventually(t, "all orders await validation", func() bool { return p.inStatus(t, "awaiting validation") == orders })
	eventually(t, "all events have taken effect", func() bool { return count(t, dir, "inbox") == orders })
	p.interrupt(t)
	if code := p.exitCode(t); code != 0 {
		t.Fatalf("exit code is %d, want 0", code)
	}

	p = start(t, dir)
	if n := p.inStatus(t, "awaiting validation"); n != orders {
		t.Errorf("%d orders after the restart, want %d", n, orders)
	}
	p.interrupt(t)
	p.exitCode(t)
	if in, out := count(t, dir, "inbox"), count(t, dir, "outbox"); in != orders || out != orders {
		t.Errorf("%d events in the inbox and %d in the outbox, want %d", in, out, orders)
	}
}

func TestRequestsUnderWayAreAnsweredWhenTheProgramStops(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
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
	for i, s := range slow {
		if status := s.finish(t); status != http.StatusCreated {
			t.Errorf("request %d: status is %d, want 201", i, status)
		}
	}
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit code is %d, want 0", code)
	}
	if n := count(t, dir, "orders"); n != len(slow) {
		t.Errorf("%d orders are stored, want %d", n, len(slow))
	}
}

func TestKilledProgramLosesNothingItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	var (
		acknowledged sync.Map
		next         atomic.Int64
	)
	for range 3 {
		p := start(t, dir)
		before := count(t, dir, "inbox")
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				for {
					id := int(next.Add(1))
					answer, err := http.Post(p.url+"/orders", "application/json", strings.NewReader(order(id)))
					if err != nil {
						return // killed
					}
					answer.Body.Close()
					if answer.StatusCode == http.StatusCreated {
						acknowledged.Store(id, true)
					}
				}
			})
		}
		eventually(t, "events take effect while orders come in", func() bool { return count(t, dir, "inbox") > before+10 })
		p.cmd.Process.Kill()
		clients.Wait()
		<-p.exited
	}

	p := start(t, dir)
	acknowledged.Range(func(id, _ any) bool {
		if status, _ := p.call(t, "GET", fmt.Sprintf("/orders/order-%d", id), ""); status != http.StatusOK {
			t.Errorf("order %d was acknowledged, its status is %d", id, status)
		}
		return true
	})
	all := count(t, dir, "orders")
	eventually(t, "all events have taken effect", func() bool { return count(t, dir, "inbox") == all })
	p.interrupt(t)
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit code is %d, want 0", code)
	}
	if n := count(t, dir, "outbox"); n != all {
		t.Errorf("%d events for %d orders", n, all)
	}
	if n := count(t, dir, "outbox WHERE published_at IS NULL"); n != 0 {
		t.Errorf("%d events were not published", n)
	}
}

func TestProgramGoesOnWhenTheDatabaseComesBack(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
	if status, body := p.call(t, "POST", "/orders", order(1)); status != http.StatusCreated {
		t.Fatalf("status is %d: %s", status, body)
	}

	// Another process that holds the write lock is an outage that can be made anywhere.
	db := open(t, dir, "&_txlock=immediate")
	defer db.Close()
	lock, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback()
	status, text := p.call(t, "POST", "/orders", order(2))
	if status != http.StatusServiceUnavailable {
		t.Fatalf("status is %d, want 503: %s", status, text)
	}
	var problem struct {
		Status int    `json:"status"`
		Title  string `json:"title"`
	}
	if err := json.Unmarshal([]byte(text), &problem); err != nil || problem.Status != status || problem.Title == "" {
		t.Errorf("not a problem: %s", text)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}

	if status, body := p.call(t, "POST", "/orders", order(2)); status != http.StatusCreated {
		t.Errorf("status is %d after the outage: %s", status, body)
	}
	eventually(t, "both events have taken effect", func() bool { return count(t, dir, "inbox") == 2 })
	p.interrupt(t)
	if code := p.exitCode(t); code != 0 {
		t.Errorf("exit code is %d, want 0", code)
	}
}

func order(i int) string {
	return fmt.Sprintf(`{"id":"order-%d","buyer":"ada","lines":[{"product":"tea","units":2,"price":450}]}`, i)
}

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

// count counts rows in the database of a program, which may be running.
func count(t *testing.T, dir, from string) int {
	t.Helper()
	db := open(t, dir, "")
	defer db.Close()
	var n int
	if err := db.QueryRow("SELECT count(*) FROM " + from).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// open opens the database of a program.
func open(t *testing.T, dir, options string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, "orders.db"))+"?_pragma=busy_timeout(5000)"+options)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
