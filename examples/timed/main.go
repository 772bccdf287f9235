// Timed counts on a timer in two forms: work that is done at once, and work that takes its time.
package main

import (
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
)

// Module is the whole program. Both counters are singletons: they count as long as the program runs.
var Module = fx.Module("timed",
	di.Singleton(NewCounter),
	hosting.Every(5*time.Second, (*Counter).Work, hosting.RunAtStart()),

	di.Singleton(NewSlowCounter),
	hosting.Every(5*time.Second, (*SlowCounter).Work, hosting.RunAtStart()),
)

func main() { app.Main(Module) }
