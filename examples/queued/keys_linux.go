package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// keyByKey makes a terminal hand over each key at once, without Enter and without showing it. Keys that are signals stay
// signals. restore puts the terminal back as it was; it is nil if f is no terminal.
func keyByKey(f *os.File) (restore func() error, err error) {
	fd := int(f.Fd())
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, nil //nolint:nilerr // a pipe or a file has no settings
	}
	cbreak := *was
	cbreak.Lflag &^= unix.ICANON | unix.ECHO
	cbreak.Cc[unix.VMIN], cbreak.Cc[unix.VTIME] = 1, 0 // a read returns with the first key
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &cbreak); err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	return func() error { return unix.IoctlSetTermios(fd, unix.TCSETS, was) }, nil
}
