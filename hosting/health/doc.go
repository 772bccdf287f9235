// Package health tells how well an application is, for those who decide whether it is given work or restarted.
//
//	health.Check("db", (*sql.DB).PingContext)                          // ready: may it be given work?
//	health.Check("outbox", (*Outbox).Lag, health.Every(time.Minute))
//	health.Check("pool", (*Pool).Deadlocked, health.Live)              // live: must it be restarted?
//	health.Check("cache", (*Cache).Warm, health.Startup)               // startup: has it come up?
//
// A check is a unit of work with a scope of its own. It runs in the background, each by itself, within its own
// limit of time. *Health is injectable and reports what the last runs have shown, without running anything: a
// thousand questions cost the database one ping each 10 s.
//
//	report := h.Report(ctx, health.Ready)
//	if report.Status == health.Unhealthy { ... }
//
// # Groups
//
// Startup, Ready and Live are the questions of an orchestrator, and follow the phase of the application beside the checks. See
// Health.Report. An application without any check answers them by its phase.
//
// # Triggers
//
// Every trigger of the application reports to Ready by itself:
//
//	unhealthy  it has failed for good, and its policy (hosting.MarkUnhealthy) lets the application go on
//	degraded   a Service or Run waits for a restart, or has not been calm since the last one
//	           the last turn of an Every or Cron has failed, or the last three of a Loop
//	           a queue is full
//
// Nothing of this makes it wait or run anything. These are no events: what leads to them is one already.
//
// # What others see
//
// An error of a check may tell of the inside of the application. To the public, show the status only; Report and
// Result with their JSON are for logs and for operators.
//
// # Testing
//
// In a bubble of testing/synctest a Report waits for first results without taking time:
//
//	apptest.Start(t, orders.Module, fx.Populate(&h))
//	if r := h.Report(t.Context(), health.Ready); r.Status != health.Healthy { t.Error(r) }
package health
