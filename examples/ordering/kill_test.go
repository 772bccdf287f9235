package main_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// An ordeal is what a program has to live through while it takes orders.
type ordeal struct {
	orders  int
	clients int
	kills   int           // with SIGKILL, at random moments
	freezes int           // with SIGSTOP, and SIGCONT after a second
	outages time.Duration // how long the database is away in each of its ways
}

func TestKilledProgramLosesNothingItAcknowledged(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *storage) {
		ordeal{orders: 300, clients: 8, kills: 3, freezes: 1}.run(t, s)
	})
}

// run lets clients place orders, each until it is acknowledged, while things happen. Then it counts.
func (o ordeal) run(t *testing.T, s *storage) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, seed))
	began := time.Now()

	addr := freeAddr(t)
	run := func() *process {
		p := launch(t, s, addr)
		p.ready(t)
		return p
	}
	p := run()
	crowd := newCrowd(t, "http://"+addr, o.clients, o.orders)
	pause := func(d time.Duration) { <-time.After(d) }

	var events []func()
	for range o.kills {
		events = append(events, func() {
			p.kill()
			p = run()
		})
	}
	for range o.freezes {
		events = append(events, func() {
			p.signal(t, syscall.SIGSTOP)
			pause(time.Second)
			p.signal(t, syscall.SIGCONT)
		})
	}
	if o.outages > 0 {
		for _, outage := range s.outages {
			events = append(events, func() {
				t.Logf("%s after %v", outage.name, time.Since(began))
				end := outage.begin(t)
				pause(o.outages)
				end()
			})
		}
	}
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })

	// An order makes two steps: it is acknowledged, and its event takes effect.
	steps := func() int { return crowd.acknowledged() + s.count(t, "inbox") }
	moments := make([]int, len(events))
	for i := range moments {
		moments[i] = random.IntN(2 * o.orders)
	}
	slices.Sort(moments)
	for i, happen := range events {
		within(t, 5*time.Minute, "the program has come further", func() bool { return steps() >= moments[i] })
		pause(time.Duration(random.IntN(50)) * time.Millisecond)
		happen()
	}
	within(t, 5*time.Minute, "all orders are acknowledged", func() bool { return crowd.acknowledged() == o.orders })
	within(t, 5*time.Minute, "all events have taken effect", func() bool {
		return s.count(t, "inbox") >= o.orders && s.count(t, "outbox WHERE published_at IS NULL") == 0
	})
	p.stop(t)
	s.verify(t, o.orders)
	t.Logf("%d orders from %d clients, %d things happened at %v of %d steps, %d requests were sent again, in %v (seed %d)",
		o.orders, o.clients, len(events), moments, 2*o.orders, crowd.retries.Load(), time.Since(began).Round(time.Millisecond), seed)
}

// A crowd are clients that place orders 0 to n-1, each until it is acknowledged.
type crowd struct {
	url     string
	client  *http.Client
	acks    atomic.Int64
	retries atomic.Int64
}

// newCrowd starts clients, which stop when all is done, or at the end of the test.
func newCrowd(t *testing.T, url string, clients, n int) *crowd {
	c := &crowd{url: url, client: &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
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
		a := c.send(ctx, order(i))
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

func (c *crowd) send(ctx context.Context, body string) answer {
	r, err := http.NewRequestWithContext(ctx, "POST", c.url+"/orders", strings.NewReader(body))
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

// freeAddr is an address for a program that is started again and again.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
