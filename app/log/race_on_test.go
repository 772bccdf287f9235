//go:build race

package log_test

// raceEnabled: the race detector allocates, and empties pools on purpose.
const raceEnabled = true
