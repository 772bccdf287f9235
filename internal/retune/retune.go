// Package retune is what the configuration says of triggers, by their names: package app reads it, and package hosting does it.
package retune

import "time"

// Keys are those of one trigger. What is nil says nothing.
type Keys struct {
	Enabled  *bool          `doc:"whether it works at all"`
	Interval *time.Duration `doc:"of an Every, or how long a Loop waits when there was nothing to do"`
	Cron     *string        `doc:"spec of a Cron"`
	Timeout  *time.Duration `doc:"limits each call of the unit of an Every, Cron, Loop or Consume"`
	Workers  *int           `doc:"of a Consume"`
	Capacity *int           `doc:"of a Consume"`
}

// A Misfit is a key that does not fit a trigger, or a trigger that there is not.
type Misfit struct {
	Trigger string
	Key     string // "": the name is that of no trigger
	Reason  string // "is for a Consume, and this is an Every, at orders/module.go:27"
}
