package hosting

import (
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A RetryPolicy says how often and when an item is processed again that has failed. Between two attempts is a
// wait that grows twofold, each time 20 % more or less.
type RetryPolicy struct {
	Attempts int           // calls of the unit for one item at most, the first included. Default: 5.
	First    time.Duration // wait before the second attempt. Default: 100 ms.
	Most     time.Duration // the longest wait. Default: 30 s.
	// If reports whether another attempt is worth while after err. Default: always.
	If func(err error) bool
}

// retrying is a policy with its defaults. The zero value never tries again.
type retrying struct{ RetryPolicy }

// again reports whether there is another attempt after so many calls, of which the last returned err.
func (r retrying) again(calls int, err error) bool {
	return calls < r.Attempts && (r.If == nil || r.If(err))
}

// wait is how long to wait for the next attempt. pause keeps what the next wait depends on.
func (r retrying) wait(pause **backoff.ExponentialBackOff) time.Duration {
	if *pause == nil {
		*pause = growing(r.First, r.Most)
	}
	return (*pause).NextBackOff()
}

// growing are waits that double from first up to most, each 20 % more or less.
func growing(first, most time.Duration) *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     first,
		Multiplier:          2,
		MaxInterval:         most,
		RandomizationFactor: 0.2,
	}
}

// Retry makes a Consume process items again that have failed, each time with a new call of the unit and a new
// scope. The wait in between holds no worker: other items go on, so the order is not kept. While as many items
// as the capacity wait for another attempt, no new ones are taken. An item that waits when the
// application stops is left over. Default: an item is processed once.
func Retry(policy RetryPolicy) Option {
	return Option{"Retry", kindConsume, func(s *settings) {
		switch {
		case policy.Attempts < 0:
			s.problem("attempts of option Retry must be positive, are %d", policy.Attempts)
		case policy.First < 0 || policy.Most < 0:
			s.problem("waits of option Retry must be positive, are %v and %v", policy.First, policy.Most)
		}
		if policy.Attempts == 0 {
			policy.Attempts = 5
		}
		if policy.First == 0 {
			policy.First = 100 * time.Millisecond
		}
		if policy.Most == 0 {
			policy.Most = max(30*time.Second, policy.First)
		}
		if policy.Most < policy.First {
			s.problem("longest wait of option Retry, %v, is shorter than the first, %v", policy.Most, policy.First)
		}
		s.retry = retrying{policy}
	}}
}
