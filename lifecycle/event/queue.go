package event

import "time"

// ItemRetried means: the call of a unit for an item of a queue has failed, and there will be another one.
type ItemRetried struct {
	Source
	Err     error
	Took    time.Duration
	Attempt int           // that has failed: 1 is the first
	Wait    time.Duration // before the next one
}

// ItemsLeft means: the application stops, and nobody has processed that many items of a queue.
type ItemsLeft struct {
	Source
	Count      int
	HandedOver bool // a Leftover unit is called with them next; without one they are lost
}

func (ItemRetried) event() {}
func (ItemsLeft) event()   {}
