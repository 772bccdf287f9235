package measure

import (
	"syscall"
	"time"
)

// CPU is the time of processors that this process has used so far.
func CPU() (time.Duration, error) {
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	var created, exited, kernel, user syscall.Filetime
	err = syscall.GetProcessTimes(process, &created, &exited, &kernel, &user)
	return inTicks(kernel) + inTicks(user), err
}

// inTicks is a time that is counted in units of 100 ns.
func inTicks(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}
