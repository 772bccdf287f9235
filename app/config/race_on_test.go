//go:build race

package config_test

// raceEnabled: the race detector allocates, and empties pools on purpose.
const raceEnabled = true
