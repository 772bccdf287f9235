// Scoped shows a scoped service in background work in three forms, side by side.
package main

import (
	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/di"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/scopes"
)

// Module is the whole program.
var Module = fx.Module("scoped",
	di.Scoped(NewProcessing),

	// One scope for the life of the loop.
	scopes.Bind[WorkUntilStopped](workUntilStopped),
	hosting.Run(runBound),

	// One scope per iteration.
	hosting.Loop(workOnce, hosting.Idle(pause)),

	// Scopes that are opened and closed by hand.
	hosting.Service(NewSessions),
)

func main() { app.Main(Module) }
