package hosting_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/fx"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/hosting"
	"github.com/berth-go/berth/lifecycle"
)

// processVar says which program the test binary is to be.
const processVar = "HOSTING_PROCESS"

var processes = map[string]func(){
	"items": items,
	"deaf":  deaf,
}

// items sends 10,000 items to four workers, and counts what becomes of them.
func items() {
	const all = 10_000
	var accepted, processed, left atomic.Int64
	app.Main(app.Grace(300*time.Millisecond),
		hosting.Consume[int](func(ctx context.Context, _ int) error {
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
			if processed.Add(1) == all/10 {
				fmt.Println("ready")
			}
			return nil
		}, hosting.Workers(4), hosting.Capacity(all/2), hosting.Leftover(func(items []int) { left.Add(int64(len(items))) })),
		hosting.Run(func(ctx context.Context, q *hosting.Queue[int]) error {
			for i := range all {
				if err := q.Send(ctx, i); errors.Is(err, hosting.ErrStopped) {
					return nil
				} else if err != nil {
					return err
				}
				accepted.Add(1)
			}
			return nil
		}),
	)
	fmt.Println(accepted.Load(), processed.Load(), left.Load())
}

// A loud service says when it is stopped.
type loud struct{}

func (loud) Start(context.Context) error { return nil }

func (loud) Stop(context.Context) error { fmt.Println("stopped"); return nil }

// deaf has a Run that does not hear of the stop, between services that do.
func deaf() {
	service := hosting.Service(func() (loud, func()) { return loud{}, func() { fmt.Println("released") } })
	app.Main(service,
		hosting.Run(func(_ context.Context, s *lifecycle.Status) {
			<-s.Started()
			fmt.Println("ready")
			<-s.Stopping()
			fmt.Println("stopping")
			notHearing(make(chan struct{}))
		}, hosting.StopTimeout(2*time.Second)),
		fx.Module("behind", service))
}

// notHearing is what the stack must show.
func notHearing(never chan struct{}) { <-never }

// A process is a program that has been started.
type process struct {
	*exec.Cmd
	out    *bufio.Scanner
	stderr strings.Builder
}

func startProcess(t *testing.T, program string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), os.Args[0])}
	p.Env = append(os.Environ(), processVar+"="+program)
	p.Stderr = &p.stderr
	out, err := p.StdoutPipe()
	if err == nil {
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	return p
}

// signalAt sends SIGTERM when the program prints a line.
func (p *process) signalAt(t *testing.T, line string) {
	t.Helper()
	for p.out.Scan() && p.out.Text() != line {
		continue
	}
	if p.out.Text() != line {
		t.Fatalf("program did not print %q; log:\n%s", line, p.stderr.String())
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

// rest is what the program prints until it ends, and its exit code.
func (p *process) rest() (lines []string, code int) {
	for p.out.Scan() {
		lines = append(lines, p.out.Text())
	}
	_ = p.Wait()
	return lines, p.ProcessState.ExitCode()
}

func TestProcessAccountsForEachItemAtSIGTERM(t *testing.T) {
	p := startProcess(t, "items")
	p.signalAt(t, "ready")
	began := time.Now()
	lines, code := p.rest()
	var accepted, processed, left int
	if n, _ := fmt.Sscan(strings.Join(lines, " "), &accepted, &processed, &left); n != 3 || code != 0 {
		t.Fatalf("exit code %d, printed %q; log:\n%s", code, lines, p.stderr.String())
	}
	if processed+left != accepted || left == 0 || time.Since(began) > 25*time.Second {
		t.Errorf("%d accepted, %d processed, %d left over, after %v", accepted, processed, left, time.Since(began))
	}
}

func TestProcessNamesAServiceThatIgnoresItsContext(t *testing.T) {
	p := startProcess(t, "deaf")
	p.signalAt(t, "ready")
	lines, code := p.rest()
	slices.Sort(lines) // the Run hears of the stop while the service behind it stops
	if printed := strings.Join(lines, " "); code != 1 || printed != "released released stopped stopped stopping" {
		t.Errorf("exit code is %d, printed %s", code, printed)
	}
	if log := p.stderr.String(); !strings.Contains(log, "hangs") || !strings.Contains(log, "hosting_test.notHearing") {
		t.Errorf("log does not show who hangs:\n%s", log)
	}
}

func TestSecondSIGTERMEndsTheProcessAtOnce(t *testing.T) {
	p := startProcess(t, "deaf")
	p.signalAt(t, "ready")
	p.signalAt(t, "stopping")
	began := time.Now()
	_, code := p.rest()
	if code != 143 || time.Since(began) > 20*time.Second {
		t.Errorf("exit code is %d after %v", code, time.Since(began))
	}
}
