//go:build !race

package scopes_test

const raceEnabled = false
