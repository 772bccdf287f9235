package hosting_test

import (
	"context"
	"fmt"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// Rates is a cache in memory, a singleton. Who reads it never waits for a refresh.
type Rates struct {
	current atomic.Pointer[map[string]float64]
}

func NewRates() *Rates {
	r := &Rates{}
	r.current.Store(&map[string]float64{})
	return r
}

func (r *Rates) Of(currency string) float64 { return (*r.current.Load())[currency] }

// Refresh puts what the bank says in the place of what it said before. If the bank does not answer, that is logged, and the
// rates stay as they are until the next time.
func (r *Rates) Refresh(ctx context.Context, b *Bank) error {
	rates, err := b.Ask(ctx)
	if err != nil {
		return err
	}
	r.current.Store(&rates)
	return nil
}

// A Bank is made for each refresh and closed after it, as a connection would be.
type Bank struct{ day *Day }

// A Day is what the bank knows of the time.
type Day struct{ number float64 }

func NewDay() *Day { return &Day{} }

func NewBank(d *Day) (*Bank, func()) {
	fmt.Println("connect")
	return &Bank{day: d}, func() { fmt.Println("disconnect") }
}

func (b *Bank) Ask(context.Context) (map[string]float64, error) {
	b.day.number++
	return map[string]float64{"EUR": 1, "SEK": 11 + b.day.number/10}, nil
}

// A cache is refreshed before the application serves anybody, and then on workdays at six. Here somebody does not want to
// wait for that.
func Example_cache() {
	err := app.Run(context.Background(), app.Logger(zap.NewNop),
		di.Singleton(NewRates),
		di.Singleton(NewDay),
		di.Scoped(NewBank),
		lifecycle.OnStart((*Rates).Refresh),
		hosting.Cron("CRON_TZ=Europe/Berlin 0 6 * * MON-FRI", (*Rates).Refresh, hosting.Name("rates")),

		hosting.Run(func(ctx context.Context, r *Rates, ts *hosting.Triggers, shutdown lifecycle.Shutdown) error {
			fmt.Println("a euro is", r.Of("SEK"), "kronor")
			rates, _ := ts.Find("rates")
			if err := rates.RunNow(ctx); err != nil {
				return err
			}
			fmt.Println("a euro is", r.Of("SEK"), "kronor")
			shutdown(nil)
			return nil
		}),
	)
	fmt.Println(err)
	// Output:
	// connect
	// disconnect
	// a euro is 11.1 kronor
	// connect
	// disconnect
	// a euro is 11.2 kronor
	// <nil>
}
