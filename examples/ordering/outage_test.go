package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
)

func TestProgramGoesOnWhenTheDatabaseComesBack(t *testing.T) {
	eachStorage(t, survive)
}

func TestProgramGoesOnWhenTheDiskHasSpaceAgain(t *testing.T) {
	disk := newDisk(t)
	s := onSQLite(disk.dir)
	s.outages = []outage{{"on a full disk", disk.fill}}
	survive(t, s)
}

// survive lets a program live through each outage of its database, and wants a log an operator can read.
func survive(t *testing.T, s *storage) {
	p := start(t, s)
	clients := crowd{urls: []string{p.url}, client: http.DefaultClient}
	answers := make(chan answer, 8)
	var all sync.WaitGroup
	next := 0
	place := func() (int, string) { return p.call(t, "POST", "/orders", order(next)) }
	for _, o := range s.outages {
		if status, body := place(); status != http.StatusCreated {
			t.Fatalf("status is %d before it is %s: %s", status, o.name, body)
		}
		next++

		end := o.begin(t)
		for range 8 {
			all.Go(func() { answers <- clients.send(t.Context(), next) })
		}
		all.Wait()
		for range 8 {
			a := <-answers
			if a.status != http.StatusServiceUnavailable {
				t.Errorf("status is %d while it is %s, want 503: %s", a.status, o.name, a.text)
				continue
			}
			var problem struct {
				Status int    `json:"status"`
				Title  string `json:"title"`
			}
			if err := json.Unmarshal([]byte(a.text), &problem); err != nil || problem.Status != a.status || problem.Title == "" {
				t.Errorf("not a problem: %s", a.text)
			}
		}
		end()
		eventually(t, fmt.Sprintf("orders are taken after it was %s", o.name), func() bool {
			status, _ := place()
			return status == http.StatusCreated
		})
		next++
		eventually(t, fmt.Sprintf("the events have taken effect after it was %s", o.name), func() bool {
			return s.count(t, "inbox") == next
		})
	}
	p.stop(t)
	s.verify(t, next)

	for _, text := range []string{"database is unavailable", "database is available again"} {
		if n := p.log.times(text); n != len(s.outages) {
			t.Errorf("the log says %d times %q, want %d:\n%s", n, text, len(s.outages), p.log.lines())
		}
	}
	const most = 40 // of one outage: what two loops report while they back off
	if n := p.log.times(`"level":"error"`); n > most*len(s.outages) {
		t.Errorf("%d lines in the log are errors, want %d at most:\n%s", n, most*len(s.outages), p.log.lines())
	}
}

func TestProgramWaitsForTheDatabaseBeforeItServes(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *storage) {
		end := s.outages[0].begin(t)
		p := launch(t, s, "127.0.0.1:0")
		eventually(t, "the program says that it waits", func() bool { return p.log.times("waiting for the database") > 0 })
		select {
		case addr := <-p.found:
			t.Fatalf("the program serves at %s without a database", addr)
		default:
		}
		end()
		p.ready(t)
		if status, body := p.call(t, "POST", "/orders", order(0)); status != http.StatusCreated {
			t.Errorf("status is %d: %s", status, body)
		}
		p.stop(t)
	})
}
