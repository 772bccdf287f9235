package main_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/berth-go/berth/app"
	"github.com/berth-go/berth/app/config"
	queued "github.com/berth-go/berth/examples/queued"
)

const processVar = "QUEUED_PROCESS"

// TestMain runs the test binary as the program, if it is asked to.
func TestMain(m *testing.M) {
	if os.Getenv(processVar) != "" {
		app.Main(config.Load(config.Env("APP")), queued.Module)
		return
	}
	goleak.VerifyTestMain(m)
}

// A process is the program with a pipe or a terminal as its keyboard.
type process struct {
	*exec.Cmd
	keys io.WriteCloser
	log  *bufio.Scanner
	read []string
}

func prepare(t *testing.T, settings ...string) *process {
	p := &process{Cmd: exec.CommandContext(t.Context(), must(filepath.Abs(os.Args[0])))}
	p.Env = append(append(os.Environ(), settings...), processVar+"=1")
	p.log = bufio.NewScanner(must(p.StderrPipe()))
	return p
}

// start starts the program on a pipe.
func start(t *testing.T, settings ...string) *process {
	t.Helper()
	p := prepare(t, settings...)
	p.keys = must(p.StdinPipe())
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// until reads the log to a line with this text.
func (p *process) until(t *testing.T, text string) {
	t.Helper()
	for p.log.Scan() {
		p.read = append(p.read, p.log.Text())
		if strings.Contains(p.log.Text(), text) {
			return
		}
	}
	t.Fatalf("log has no %q:\n%s", text, strings.Join(p.read, "\n"))
}

// ended reads the rest of the log and returns the exit code.
func (p *process) ended() int {
	for p.log.Scan() {
		p.read = append(p.read, p.log.Text())
	}
	_ = p.Wait()
	return p.ProcessState.ExitCode()
}

func TestCtrlCEndsTheProgramWhileItWaitsForAKey(t *testing.T) {
	p := start(t, "APP_QUEUED__STEP=10ms")
	p.until(t, "application started")
	fmt.Fprint(p.keys, "w\n")
	p.until(t, "work is complete")

	began := time.Now()
	_ = p.Process.Signal(syscall.SIGINT) // the pipe stays open
	if code := p.ended(); code != 0 || time.Since(began) > 10*time.Second {
		t.Errorf("exit code is %d after %v:\n%s", code, time.Since(began), strings.Join(p.read, "\n"))
	}
	if text := strings.Join(p.read, "\n"); !strings.Contains(text, "left behind") {
		t.Errorf("log does not tell of the read that was left behind:\n%s", text)
	}
}

func TestProgramOutlivesItsPipe(t *testing.T) {
	p := start(t, "APP_QUEUED__STEP=10ms", "APP_QUEUED__QUEUE_CAPACITY=1")
	fmt.Fprint(p.keys, "wwww")
	_ = p.keys.Close()
	for range 4 {
		p.until(t, "work is complete")
	}
	_ = p.Process.Signal(syscall.SIGTERM)
	if code := p.ended(); code != 0 {
		t.Errorf("exit code is %d:\n%s", code, strings.Join(p.read, "\n"))
	}
}
