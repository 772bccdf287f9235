//go:build unix

package main_test

import (
	"flag"
	"math/rand/v2"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/berth-go/berth/examples/ordering/internal/pgtest"
)

var soak = flag.Bool("soak", false, "run the long tests too")

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

func TestTwoProgramsShareADatabase(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *storage) {
		const orders = 100
		p, q := start(t, s), start(t, s)
		newCrowd(t, 8, orders, p.url, q.url)
		eventually(t, "all events have taken effect", func() bool {
			return s.count(t, "inbox") == orders && s.count(t, "outbox WHERE published_at IS NULL") == 0
		})
		p.stop(t)
		q.stop(t)
		s.verify(t, orders)
		if n := p.log.times(`"level":"error"`) + q.log.times(`"level":"error"`); n > 0 {
			t.Errorf("they are in each other's way %d times", n)
		}
	})
}

func TestSoak(t *testing.T) {
	if !*soak {
		t.Skip("it takes minutes: make soak")
	}
	long := ordeal{orders: 2000, clients: 8, kills: 10, freezes: 3, outages: 3 * time.Second}
	t.Run("sqlite", func(t *testing.T) {
		disk := newDisk(t)
		s := onSQLite(disk.dir)
		s.outages = append(s.outages, outage{"on a full disk", disk.fill})
		long.run(t, s)
	})
	t.Run("postgres", func(t *testing.T) { long.run(t, onPostgres(t, pgtest.New(t))) })
	t.Run("postgres of its own", func(t *testing.T) {
		disk := newDisk(t)
		server := newServer(t, disk.dir)
		s := onPostgres(t, pgtest.On(t, server.url))
		s.outages = []outage{{"stopped", server.stop}, {"on a full disk", disk.fill}}
		long.run(t, s)
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
	crowd := newCrowd(t, o.clients, o.orders, "http://"+addr)
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
				end := outage.begin(t)
				pause(o.outages)
				end()
			})
		}
	}
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })

	// The first half happens while orders come in, the second while their events take effect.
	taken, effective := crowd.acknowledged, func() int { return s.count(t, "inbox") }
	moments := make([]int, len(events))
	for i := range moments {
		moments[i] = random.IntN(o.orders)
	}
	half := len(events) / 2
	slices.Sort(moments[:half])
	slices.Sort(moments[half:])
	for i, happen := range events {
		progress := taken
		if i >= half {
			progress = effective
		}
		within(t, 5*time.Minute, "the program has come further", func() bool { return progress() >= moments[i] })
		pause(time.Duration(random.IntN(50)) * time.Millisecond)
		happen()
	}
	within(t, 5*time.Minute, "all orders are acknowledged", func() bool { return crowd.acknowledged() == o.orders })
	within(t, 5*time.Minute, "all events have taken effect", func() bool {
		return s.count(t, "inbox") >= o.orders && s.count(t, "outbox WHERE published_at IS NULL") == 0
	})
	p.stop(t)
	s.verify(t, o.orders)
	t.Logf("%d orders from %d clients: it happened when %v were taken and %v had taken effect; %d requests were sent again; %v, seed %d",
		o.orders, o.clients, moments[:half], moments[half:], crowd.retries.Load(), time.Since(began).Round(time.Millisecond), seed)
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
