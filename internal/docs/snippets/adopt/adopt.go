// Package adopt is a program on plain fx and its way to Berth, quoted by docs/coming-from-fx.md.
package adopt

import (
	"context"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// Before starts the program as it is: fx alone.
func Before() {
	fx.New(
		fx.Provide(NewCache, NewClock),
		fx.Invoke(func(*Cache) {}),
	).Run()
}

// Beside gives the program Berth's declarations, and leaves fx.New where it stands.
func Beside() *fx.App {
	return fx.New(app.Module(
		fx.Provide(NewCache, NewClock),
		di.Scoped(NewReport),
		hosting.Every(time.Hour, (*Report).Send),
	))
}

// Main is the program when the application is Berth's.
func Main() {
	app.Main(Module)
}

// Module is the whole program, with a cleanup instead of a hook.
var Module = fx.Module("adopt",
	fx.Provide(NewClock),
	di.Singleton(OpenCache),
	hosting.Every(time.Minute, (*Cache).Refresh),
	di.Scoped(NewReport),
	hosting.Every(time.Hour, (*Report).Send),
)

// A Clock tells the time.
type Clock struct{}

// NewClock returns a clock.
func NewClock() *Clock { return &Clock{} }

// A Cache has to be closed.
type Cache struct {
	clock *Clock
	since time.Time
}

// NewCache appends what closes the cache to fx's lifecycle.
func NewCache(lc fx.Lifecycle, clock *Clock) *Cache {
	c := &Cache{clock: clock}
	lc.Append(fx.Hook{OnStop: c.Close})
	return c
}

// OpenCache returns what closes the cache.
func OpenCache(clock *Clock) (*Cache, func(context.Context) error) {
	c := &Cache{clock: clock}
	return c, c.Close
}

// Refresh reads again what is cached.
func (c *Cache) Refresh() { c.since = time.Now() }

// Close releases the cache.
func (c *Cache) Close(context.Context) error { return nil }

// A Report is made anew each time it is sent.
type Report struct{ cache *Cache }

// NewReport returns an empty report.
func NewReport(c *Cache) *Report { return &Report{c} }

// Send sends the report.
func (r *Report) Send() {}
