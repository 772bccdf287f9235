package main

import "context"

// WorkUntilStopped is a unit of work that lasts as long as the application: its one
// scope, and so its one Processing, live from the first execution to the stop.
type WorkUntilStopped func(ctx context.Context) error

func workUntilStopped(ctx context.Context, p *Processing) {
	for {
		p.Work("bound")
		if !wait(ctx) {
			return
		}
	}
}

// runBound is what hosting.Run hosts. It has no scope itself, it calls a function that has.
func runBound(ctx context.Context, work WorkUntilStopped) error { return work(ctx) }
