package main_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A crowd are clients that place orders 0 to n-1, each until it is acknowledged.
type crowd struct {
	urls    []string
	client  *http.Client
	acks    atomic.Int64
	retries atomic.Int64
}

// newCrowd starts clients, which stop when all is done, or at the end of the test.
func newCrowd(t *testing.T, clients, n int, urls ...string) *crowd {
	c := &crowd{urls: urls, client: &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
	ctx, cancel := context.WithCancel(t.Context())
	var (
		next atomic.Int64
		all  sync.WaitGroup
	)
	for range clients {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				c.place(ctx, t, i)
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		all.Wait()
		c.client.CloseIdleConnections()
	})
	return c
}

func (c *crowd) acknowledged() int { return int(c.acks.Load()) }

// place sends an order until it is acknowledged. A program that is killed, frozen or without a database
// may answer nothing or 503, and nothing else.
func (c *crowd) place(ctx context.Context, t *testing.T, i int) {
	for {
		a := c.send(ctx, i)
		switch a.status {
		case http.StatusCreated:
			c.acks.Add(1)
			return
		case 0, http.StatusServiceUnavailable:
		default:
			t.Errorf("order %d: status is %d: %s", i, a.status, a.text)
			return
		}
		c.retries.Add(1)
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// An answer has status 0 if there was none, or not all of one.
type answer struct {
	status int
	text   string
}

// send sends an order once. Each is sent to the same program always.
func (c *crowd) send(ctx context.Context, i int) answer {
	r, err := http.NewRequestWithContext(ctx, "POST", c.urls[i%len(c.urls)]+"/orders", strings.NewReader(order(i)))
	if err != nil {
		return answer{0, err.Error()}
	}
	got, err := c.client.Do(r)
	if err != nil {
		return answer{0, err.Error()}
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{0, err.Error()}
	}
	return answer{got.StatusCode, string(text)}
}
