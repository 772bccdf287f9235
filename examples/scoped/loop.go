package main

import "context"

// workOnce is called again and again by hosting.Loop, each time in a new scope.
func workOnce(_ context.Context, p *Processing) { p.Work("loop") }
