//go:build unix

package measure

import (
	"syscall"
	"time"
)

// CPU is the time of processors that this process has used so far.
func CPU() (time.Duration, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), err
}
