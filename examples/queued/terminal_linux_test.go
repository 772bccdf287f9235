package main_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A terminal is a pseudo-terminal: what is written to keys is typed at line.
type terminal struct{ keys, line *os.File }

func newTerminal(t *testing.T) terminal {
	t.Helper()
	open := func(name string) *os.File {
		f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	keys := open("/dev/ptmx")
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number := must(unix.IoctlGetUint32(int(keys.Fd()), unix.TIOCGPTN))
	return terminal{keys, open(fmt.Sprintf("/dev/pts/%d", number))}
}

func (t terminal) settings() unix.Termios {
	return *must(unix.IoctlGetTermios(int(t.line.Fd()), unix.TCGETS))
}

func TestTerminalGivesEachKeyAtOnceAndIsRestored(t *testing.T) {
	for name, end := range map[string]func(*testing.T, terminal, *process){
		"Ctrl-C": func(_ *testing.T, term terminal, _ *process) { fmt.Fprint(term.keys, "\x03") },
		"Ctrl-D, then Ctrl-C": func(t *testing.T, term terminal, p *process) {
			fmt.Fprint(term.keys, "\x04")
			p.until(t, "done") // the monitor, not the program
			fmt.Fprint(term.keys, "\x03")
		},
		"SIGTERM": func(_ *testing.T, _ terminal, p *process) { _ = p.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			term := newTerminal(t)
			before := term.settings()
			p := prepare(t, "APP_QUEUED__STEP=10ms")
			p.Stdin = term.line
			p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // keys that are signals are its own
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			p.until(t, "press w")
			if flags := term.settings().Lflag; flags&(unix.ICANON|unix.ECHO) != 0 || flags&unix.ISIG == 0 {
				t.Errorf("flags are %#x while the program runs", flags)
			}
			fmt.Fprint(term.keys, "w")
			p.until(t, "work is complete")

			end(t, term, p)
			if code := p.ended(); code != 0 {
				t.Errorf("exit code is %d:\n%s", code, strings.Join(p.read, "\n"))
			}
			if after := term.settings(); after != before {
				t.Errorf("settings were %+v, are %+v", before, after)
			}
		})
	}
}
